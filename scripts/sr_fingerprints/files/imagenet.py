"""ImageNet weights of torchvision's networks: from torch's cache, or else from the internet."""

from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import sha256_of


def imagenet_state(weights: Any, key: str) -> dict[str, torch.Tensor]:
    """The state dict of one of torchvision's ``weights``, such as ``VGG19_Weights.IMAGENET1K_V1``.

    The SHA-256 of the file, also of a cached one, is compared with the digits in its name, and nothing in it is
    executed. Raises `InputError` with the ``key`` of the configuration that needs it when it cannot be downloaded or
    has another SHA-256.
    """
    file = Path(torch.hub.get_dir(), "checkpoints", weights.url.rpartition("/")[2])
    digits = file.stem.rpartition("-")[2]
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(weights.url, str(file), hash_prefix=digits, progress=False)
        digest = sha256_of(file)
    except (URLError, OSError, RuntimeError) as error:
        raise InputError(
            f"{key}: 'imagenet' needs {weights.url} ({error}); put that file into {file.parent}, or use 'random' "
            "(TORCH_HOME names another folder than ~/.cache/torch)"
        ) from error
    if not digest.startswith(digits):
        raise InputError(
            f"{key}: {file} is damaged or another file (sha256 {digest}, not {digits}...); remove it and run again "
            f"to download {weights.url}"
        )
    state: dict[str, torch.Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return state

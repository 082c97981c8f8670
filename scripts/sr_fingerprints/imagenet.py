"""ImageNet weights of torchvision's networks: from torch's cache, or else from the internet."""

from typing import Any
from urllib.error import URLError

import torch

from sr_fingerprints.errors import InputError


def imagenet_state(weights: Any, key: str) -> dict[str, torch.Tensor]:
    """The state dict of one of torchvision's ``weights``, such as ``VGG19_Weights.IMAGENET1K_V1``.

    Raises `InputError` when it is not to be had, naming the ``key`` of the configuration that asks for it.
    """
    try:
        return weights.get_state_dict(progress=False, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        raise InputError(
            f"{key}: 'imagenet' needs {weights.url} ({error}); put that file into {torch.hub.get_dir()}/checkpoints, "
            "or use 'random'"
        ) from error

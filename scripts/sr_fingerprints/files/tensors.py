"""Tensors with a description and a digest in one safetensors file; safetensors has no checksums of its own."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError

from sr_fingerprints.files.atomic import write_bytes

DIGEST = "sha256"


def write_tensors(
    path: str | Path, tensors: Mapping[str, torch.Tensor], entry: str, description: dict[str, Any]
) -> None:
    """Write ``tensors`` and a JSON-serialisable ``description``; the same content gives the same bytes.

    The description is a single ``entry`` of the metadata, since safetensors does not keep the order of several.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    described = description | {DIGEST: _digest(tensors, description)}
    write_bytes(path, safetensors.torch.save(tensors, {entry: json.dumps(described, sort_keys=True)}))


def read_tensors(path: str | Path, entry: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return the tensors and the description that `write_tensors` wrote.

    Raises OSError when the file cannot be read, LookupError, TypeError or ValueError when it is damaged or of another
    kind.
    """
    # Given a path, safetensors would map the file, which some drives do not allow, and call one missing that it
    # cannot open.
    content = Path(path).read_bytes()
    try:
        tensors = safetensors.torch.load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    description = json.loads(header["__metadata__"][entry])
    if description.pop(DIGEST) != _digest(tensors, description):
        raise ValueError("its digest does not match its content")
    return tensors, description


def _digest(tensors: Mapping[str, torch.Tensor], description: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()

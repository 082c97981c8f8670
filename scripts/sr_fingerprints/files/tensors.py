"""Tensors with a description in one safetensors file, and with a digest, since safetensors has no checksums."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from sr_fingerprints.files.atomic import write_bytes

DIGEST = "sha256"


def write_tensors(
    path: str | Path, tensors: Mapping[str, torch.Tensor], entry: str, description: dict[str, Any]
) -> None:
    """Write ``tensors`` and the ``description``, which JSON can write; equal ones give an equal file, to the byte.

    The description is one ``entry`` of the file's metadata, since safetensors does not keep the order of several.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    described = description | {DIGEST: _digest(tensors, description)}
    write_bytes(path, safetensors.torch.save(tensors, {entry: json.dumps(described, sort_keys=True)}))


def read_tensors(path: str | Path, entry: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors and the description that `write_tensors` wrote.

    Raises OSError, `SafetensorError`, LookupError, TypeError or ValueError when the file is damaged or another one.
    """
    with safetensors.safe_open(path, "pt") as file:
        description = json.loads(file.metadata()[entry])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if description.pop(DIGEST) != _digest(tensors, description):
        raise ValueError("its digest does not match its content")
    return tensors, description


def _digest(tensors: Mapping[str, torch.Tensor], description: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()

"""Save and load the networks that the workflow trains, as safetensors with the settings to build them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from sr_fingerprints.files.tensors import read_tensors, write_tensors
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.study.network_row import NetworkRow


def save(
    path: str | Path,
    network: torch.nn.Module,
    row: NetworkRow,
    settings: Mapping[str, Any],
    precision: str = "float32",
) -> None:
    """Write the weights of ``network``; equal weights give an equal file, to the byte.

    ``row`` is its row of the table of networks, ``settings`` are those that it was built with, ``precision`` is that
    of its training.
    """
    save_weights(path, network.state_dict(), row, settings, precision)


def save_weights(
    path: str | Path,
    weights: Mapping[str, torch.Tensor],
    row: NetworkRow,
    settings: Mapping[str, Any],
    precision: str = "float32",
) -> None:
    """Write the ``weights``, a state dict, as `save` does those of a network."""
    described = {"network": row.network, "architecture": row.architecture, "scale": row.scale}
    described |= {"precision": precision}
    write_tensors(path, weights, "network", described | {"settings": dict(settings)})


def load(row: NetworkRow, path: str | Path, budget: ComputeBudget | None = None) -> TorchSuperResolver:
    """Load a network written by `save`.

    Raises `InputError` naming the file if it is damaged or does not hold the network of ``row``.
    """
    settings, weights = _read(row, Path(path))
    network = build_trainable(row.architecture, row.scale, **settings)
    _fill(network, weights, path)
    # In NLSN rounding errors change which pixels are compared.
    return TorchSuperResolver(network, row.scale, budget, half_precision=row.architecture != "NLSN")


def initialise(network: torch.nn.Module, row: NetworkRow, path: str | Path) -> None:
    """Load weights written by `save` into ``network``, which has the architecture and scale of ``row``.

    Raises `InputError` as `load` does.
    """
    _fill(network, _read(row, Path(path))[1], path)


def _fill(network: torch.nn.Module, weights: Mapping[str, torch.Tensor], path: str | Path) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(f"{path}: the weights do not fit the network it describes ({reason})") from error


def _read(row: NetworkRow, path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Settings that the network in the file ``path`` was built with, and its weights."""
    with as_input_error(path, "a network of this workflow", "remove it and run again to train it again"):
        weights, description = read_tensors(path, "network")
        found = {key: description[key] for key in ("architecture", "scale")}
        settings = description["settings"]
    for key, value in found.items():
        if value != getattr(row, key):
            raise InputError(f"{path}: holds a network of {key} {value!r}, not {getattr(row, key)!r}")
    return settings, weights

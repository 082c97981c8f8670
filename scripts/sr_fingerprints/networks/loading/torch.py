"""Load published networks of our own architectures: their authors' weights, with strict key matching."""

from collections.abc import Mapping
from pathlib import Path

import torch

from sr_fingerprints.networks.architectures import build_network, settings_for
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.loading.state_dicts import first_reasons, read_state_dict
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow


def load(row: NetworkRow, path: str | Path, budget: ComputeBudget) -> TorchSuperResolver:
    """Load the network of one row of the table of networks, with the weights in the file ``path``.

    Raises `InputError` naming the file if it is damaged or its layout differs from the row. If it holds another
    network, the message also names the first missing or unexpected keys.
    """
    run = row.run
    weights = read_state_dict(path, run.get("inside", ""), run.get("classes", ()))
    network = untrained(row, weights)
    try:
        network.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        reasons = first_reasons(error)
        raise InputError(f"{path}: does not hold the weights of {row.network} ({reasons})") from error
    return super_resolver(network, row, budget)


def untrained(row: NetworkRow, weights: Mapping[str, torch.Tensor] | None = None) -> torch.nn.Module:
    """Build the network of one row with random weights, drawn from torch's random state.

    It has the published settings, except for those that are inferred from the state dict ``weights``.
    """
    run = row.run
    architecture = row.published_architecture
    found = settings_for(architecture, weights) if weights else {}
    return build_network(architecture, row.scale, **run.get("settings", {}) | found)


def super_resolver(network: torch.nn.Module, row: NetworkRow, budget: ComputeBudget) -> TorchSuperResolver:
    """Wrap ``network`` with the image convention of its row."""
    run = row.run
    return TorchSuperResolver(
        network,
        row.scale,
        budget,
        Convention.from_run(run),
        **{"memory_per_pixel": run["memory_per_pixel"]} if "memory_per_pixel" in run else {},
        half_precision=run.get("reduced_precision", True),
    )

"""Load networks that were derived from others: the parent's network, with other weights or other arithmetic."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from sr_fingerprints.derived.changes import InPrecision, dynamically_quantised, observed, quantised
from sr_fingerprints.files.tensors import read_tensors, write_tensors
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.study.network_row import NetworkRow


def save(path: str | Path, network: nn.Module, row: NetworkRow) -> None:
    """Write the weights of a derived network, those of an `observed` one with the ranges of its activations."""
    described = {"network": row.network, **{key: row.run[key] for key in ("by", "how", "amount")}}
    tensors = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    write_tensors(path, tensors, "network", described)


def load(row: NetworkRow, path: str | Path, *parent: str | Path, budget: ComputeBudget) -> TorchSuperResolver:
    """Load the derived network of ``row`` from its file and those of its ``parent``.

    Raises `InputError` naming a file that is damaged or does not hold this network.
    """
    with as_input_error(Path(path), "a derived network", "remove it and run again to derive it again"):
        weights, _ = read_tensors(path, "network")
    by, how = row.run["by"], row.run["how"]
    resolver = parent_of(row, parent, replace(budget, device="cpu", precision="float32"))

    def change(network: nn.Module) -> nn.Module:
        before, after = CHANGES.get((by, how), UNCHANGED)
        network = before(network)
        try:
            network.load_state_dict(weights)
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise InputError(f"{path}: the weights do not fit {row.network} ({reason})") from error
        return after(network)

    return resolver.changed(change, budget, half_precision=by not in ("half", "quantise"))


def parent_of(row: NetworkRow, files: Any, budget: ComputeBudget | None = None) -> TorchSuperResolver:
    """Load the network that a derived one is derived from, from its ``files``."""
    resolver = load_network(NetworkRow(**row.run["parent"]), files, budget)
    if not isinstance(resolver, TorchSuperResolver):
        raise InputError(f"{row.network}: derived from a network that ncnn runs; allowed: networks that torch runs")
    return resolver


def _as_it_is(network: nn.Module) -> nn.Module:
    return network


Change = Callable[[nn.Module], nn.Module]
UNCHANGED: tuple[Change, Change] = (_as_it_is, _as_it_is)
CHANGES: dict[tuple[str, str], tuple[Change, Change]] = {
    ("quantise", "static"): (observed, quantised),
    ("quantise", "dynamic"): (_as_it_is, dynamically_quantised),
    ("half", "float16"): (_as_it_is, lambda network: InPrecision(network, "float16")),
    ("half", "bfloat16"): (_as_it_is, lambda network: InPrecision(network, "bfloat16")),
}
"""What is done with the parent's network before and after its weights are replaced, by kind and ``how``."""

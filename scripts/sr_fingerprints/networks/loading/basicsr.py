"""Load networks that BasicSR trained, built by the section ``network_g`` of the options that they were trained with.

Weights alone do not tell all of these: EDSR's factors on residuals and pixels, and its colour mean, are in no tensor.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.loading.candidates import candidates
from sr_fingerprints.networks.loading.state_dicts import check_tensors, first_reasons, read_weights_file
from sr_fingerprints.networks.loading.trial import RESEMBLANCE, try_weights
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import import_without_packages
from sr_fingerprints.study.network_row import NetworkRow

logger = logging.getLogger(__name__)

MODULES = {
    "EDSR": "edsr_arch",
    "MSRResNet": "srresnet_arch",
    "RCAN": "rcan_arch",
    "RRDBNet": "rrdbnet_arch",
    "SRVGGNetCompact": "srvgg_arch",
    "SwinIR": "swinir_arch",
}
"""BasicSR's networks from RGB images to RGB images, by ``type``, and the modules of ``basicsr.archs`` they are in."""

SWINIR_WINDOW = 7
"""BasicSR's default of ``window_size``."""


def load(row: NetworkRow, path: str | Path, budget: ComputeBudget) -> TorchSuperResolver:
    """Load the weights in the file ``path`` into the network that the row's ``network_g`` describes.

    Of several state dicts in the file, the first of the `candidates` that fits strictly is taken. Images are padded
    as BasicSR's own models do: by reflection, at the bottom and the right, to multiples of a Swin transformer's
    window. Raises `InputError` naming the file, or the section, if they do not belong together, and for a network
    that fails the trial that the row asks for.
    """
    options = dict(row.run["network_g"])
    network = _build(row.network, options, row.scale)
    _fill(network, Path(path), row.run.get("classes", ()))

    convention = Convention(multiple_of=_multiple_of(options, row.scale))
    if "trial" in row.run:  # by another resolver, since the first image decides the precision
        name = f"{path} ({options['type']})"
        exact = TorchSuperResolver(network, row.scale, replace(budget, precision="float32"), convention)
        try_weights(exact, name, row.run["trial"] == RESEMBLANCE)
    return TorchSuperResolver(network, row.scale, budget, convention)


def _build(name: str, options: Mapping[str, Any], scale: int) -> nn.Module:
    """Build the network; where the options have no scale, BasicSR's default need not be the row's."""
    kind = options["type"]
    module = import_without_packages(f"basicsr.archs.{MODULES[kind]}")
    given = {key: value for key, value in options.items() if key != "type"}
    wanted = {"scale" if kind == "RRDBNet" else "upscale": scale}
    if kind in ("EDSR", "RCAN", "RRDBNet"):
        wanted |= {"num_in_ch": 3, "num_out_ch": 3}
    try:
        network: nn.Module = getattr(module, kind)(**wanted | given)
    except Exception as error:  # whatever its layers raise for sizes that they cannot have
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{name}: BasicSR builds no {kind} of the options in network_g ({reason})") from error
    return network


def _fill(network: nn.Module, path: Path, classes: Sequence[str]) -> None:
    """Load into the network the first of the state dicts in a file that fits it."""
    nearest: RuntimeError | None = None
    for candidate in (each for group in candidates(read_weights_file(path, classes)) for each in group):
        try:
            network.load_state_dict(candidate.weights)
        except RuntimeError as error:
            nearest = nearest or error
            continue
        check_tensors(candidate.weights, path)
        logger.info("%s: %s, by %s", path, type(network).__name__, candidate)
        return
    reasons = first_reasons(nearest) if nearest else "it has no tensors"
    raise InputError(
        f"{path}: does not hold the weights of the {type(network).__name__} that network_g describes ({reasons})"
    ) from nearest


def _multiple_of(options: Mapping[str, Any], scale: int) -> int:
    """What height and width have to be multiples of."""
    match options["type"]:
        case "SwinIR":
            return int(options.get("window_size", SWINIR_WINDOW))
        case "RRDBNet":
            return {2: 2, 1: 4}.get(scale, 1)
    return 1

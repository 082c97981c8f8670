"""Load networks of any architecture that spandrel recognises from the weights alone."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import spandrel
import torch
from spandrel import (
    MAIN_REGISTRY,
    ImageModelDescriptor,
    ModelDescriptor,
    ModelLoader,
    UnsupportedModelError,
)

from sr_fingerprints.networks.architectures.registry import PUBLISHED
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.loading.candidates import Candidate, candidates
from sr_fingerprints.networks.loading.state_dicts import check_tensors, describe, read_weights_file
from sr_fingerprints.networks.loading.trial import RESEMBLANCE, try_weights
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow

logger = logging.getLogger(__name__)

LONGEST_REASON = 300
"""Characters of a reason that spandrel or torch gives."""


def load(row: NetworkRow, path: str | Path, budget: ComputeBudget) -> TorchSuperResolver:
    """Load the network in the file ``path``, for pixels in [0, 1], with the padding that its architecture needs.

    Raises `InputError` naming the file if spandrel does not recognise it, if it is not a network from RGB to RGB with
    the row's scale, and if it fails the trial that the row asks for.
    """
    found = _recognise(Path(path), row.run.get("classes", ()))
    name = found.architecture.name
    if not isinstance(found, ImageModelDescriptor) or found.input_channels != 3 or found.output_channels != 3:
        raise InputError(f"{path}: {name}, which does not map RGB images to RGB images; use one that does")
    if found.scale != row.scale:
        raise InputError(f"{path}: a network of scale {found.scale} ({name}), not of {row.scale} as the row says")

    def resolver(budget: ComputeBudget) -> TorchSuperResolver:
        return TorchSuperResolver(
            _SpandrelModule(found),
            row.scale,
            budget,
            Convention(multiple_of=found.size_requirements.multiple_of),
            **{"memory_per_pixel": row.run["memory_per_pixel"]} if "memory_per_pixel" in row.run else {},
            half_precision=found.supports_half,
        )

    if "trial" in row.run:  # by another resolver, since the first image decides the precision
        try_weights(
            resolver(replace(budget, precision="float32")), f"{path} ({name})", row.run["trial"] == RESEMBLANCE
        )
    return resolver(budget)


def _recognise(path: Path, classes: Sequence[str]) -> ModelDescriptor:
    """The network in a file: the first of the `candidates` in it that spandrel recognises."""
    checkpoint = read_weights_file(path, classes)
    nearest: Exception | None = None
    ranked = candidates(checkpoint)
    for group in ranked:
        found: list[tuple[Candidate, ModelDescriptor]] = []
        for candidate in group:
            try:
                found.append((candidate, ModelLoader(device="cpu").load_from_state_dict(candidate.weights)))
            except UnsupportedModelError:
                continue
            except Exception as error:  # of an architecture that took the weights for its own
                check_tensors(candidate.weights, path)
                nearest = nearest or error
        if len(found) > 1:
            places = " and ".join(repr(candidate.place) for candidate, _ in found)
            raise InputError(f"{path}: holds {len(found)} networks, at {places}; expected one: save it alone")
        if found:
            ((candidate, network),) = found
            check_tensors(candidate.weights, path)
            logger.info("%s: %s, by %s", path, network.architecture.name, candidate)
            return network
    keys = "; ".join(str(candidate) for group in ranked[:2] for candidate in group[:2]) or describe(checkpoint)
    tried = sorted(str(entry.architecture.name) for entry in MAIN_REGISTRY.architectures())
    reason = "" if nearest is None else f"the nearest one failed: {_beginning(nearest)}; "
    raise InputError(
        f"{path}: holds no network that is recognised ({reason}it has {keys}); tried the {len(tried)} architectures "
        f"of spandrel {spandrel.__version__}: {', '.join(tried)}. One that BasicSR trained needs `network_g`, that "
        f"section of its options; one of our own architectures ({', '.join(PUBLISHED)}) an entry in "
        "resources/networks.yaml; one for ncnn is given as its two files, param and bin"
    ) from nearest


def _beginning(error: Exception) -> str:
    """The first two lines of an error, of which torch's first one says little."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2])[:LONGEST_REASON] or type(error).__name__


class _SpandrelModule(torch.nn.Module):
    """A module around spandrel's descriptor, which pads as the architecture needs and clamps to [0, 1]."""

    def __init__(self, found: ImageModelDescriptor):
        super().__init__()
        self.model = found.model
        self._found = found

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        enlarged: torch.Tensor = self._found(images)
        return enlarged

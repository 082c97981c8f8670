"""The state dicts in a checkpoint that may be those of a super-resolution network, in order of preference.

Trainers save more than the network, under names of their own: averaged and plain weights (BasicSR's ``params_ema``
and ``params``), generator and discriminator (``netG``, ``netD``), wrappers (``module.`` of DataParallel,
``_orig_mod.`` of torch.compile, ``model.`` of Lightning modules).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch

from sr_fingerprints.networks.loading.state_dicts import abbreviate, walk_dicts

PREFERRED = (
    *("model_state_dict", "state_dict", "params_ema", "params-ema", "params", "model", "net"),
    *("netG_ema", "net_g_ema", "generator_ema", "G_ema", "g_ema", "netG", "net_g", "generator", "G", "g"),
)
"""Names of dicts, or first parts of keys, with the wanted network; the first one that there is counts. Those of the
first line, in this order, are spandrel's."""

COMPILED = "_orig_mod."
"""What torch.compile adds to keys, in front or, for a compiled part, within."""

AVERAGES = "n_averaged"
"""Beside the weights that torch.optim.swa_utils averages: of how many."""

BESIDE_A_NETWORK = re.compile(
    r"(net_?)?d([_0-9].*)?|disc.*|cri.*|.*(loss|vgg|lpips|psnr|ssim|metric|perceptual|ema|average).*|"
    + "|".join(PREFERRED),
    re.IGNORECASE,
)
"""First parts of keys that may be left out: discriminators, losses, measures. Without others it would be half a
network."""


@dataclass(frozen=True)
class Candidate:
    """A state dict, and where it is in the checkpoint."""

    place: str
    """Names of the dicts, then what all keys began with."""
    weights: dict[str, torch.Tensor]
    rank: tuple[int, ...]
    """Lower ones are preferred; equal ones are alternatives between which only the user can choose."""

    def __str__(self) -> str:
        where = f"{self.place!r}" if self.place else "the top level"
        return f"{abbreviate(self.weights)} at {where}"


def candidates(checkpoint: Mapping[str, Any]) -> list[list[Candidate]]:
    """Candidates in order of preference; those within a list are equally good."""
    found = [each for whole in _wholes(checkpoint) for each in _with_parts(whole)]
    found.sort(key=lambda each: each.rank)
    return [list(group) for _, group in groupby(found, key=lambda each: each.rank)]


def _wholes(checkpoint: Mapping[str, Any]) -> Iterator[Candidate]:
    """The tensors of each dict that has any."""
    for place, found in walk_dicts(checkpoint):
        weights = {
            key.replace(COMPILED, ""): value
            for key, value in found.items()
            if isinstance(key, str) and isinstance(value, torch.Tensor) and key != AVERAGES
        }
        if weights:
            yield Candidate(place, weights, tuple(map(_rank, place.split(".") if place else ())))


def _with_parts(whole: Candidate) -> Iterator[Candidate]:
    """The candidate itself, and those that it holds under the first parts of its keys."""
    yield whole
    groups: dict[str, dict[str, torch.Tensor]] = {}
    for key, value in whole.weights.items():
        first, _, rest = key.partition(".")
        groups.setdefault(first, {})[rest] = value
    if "" in groups or (not all(map(BESIDE_A_NETWORK.fullmatch, groups)) and len(groups) > 1):
        return
    for first, group in groups.items():
        if "" not in group and (len(groups) == 1 or first in PREFERRED):
            place = f"{whole.place}.{first}" if whole.place else first
            rank = 0 if len(groups) == 1 else _rank(first)
            yield from _with_parts(Candidate(place, group, (*whole.rank, rank)))


def _rank(name: str) -> int:
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)

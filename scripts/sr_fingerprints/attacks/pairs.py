"""Pairs of a source, whose images are forged, and the target that they are to be blamed on."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from sr_fingerprints.study.losses import kind
from sr_fingerprints.study.network_row import NetworkRow


class Pair(NamedTuple):
    """Images of ``source`` are to be named ``target``; ``kind`` is one of `KINDS`."""

    kind: str
    source: str
    target: str


def _other_seed(source: NetworkRow, target: NetworkRow) -> bool:
    columns = ("architecture", "dataset", "scale", "loss")
    alike = all(getattr(source, column) == getattr(target, column) for column in columns)
    return alike and source.seed != target.seed


def _of_losses(source_kind: str, target_kind: str) -> Callable[[NetworkRow, NetworkRow], bool]:
    def alike(source: NetworkRow, target: NetworkRow) -> bool:
        return (kind(source.loss), kind(target.loss)) == (source_kind, target_kind) and source.scale == target.scale

    return alike


KINDS: dict[str, Callable[[NetworkRow, NetworkRow], bool]] = {
    "other_seed": _other_seed,
    "adversarial_to_L1": _of_losses("adversarial", "L1"),
    "L1_to_adversarial": _of_losses("L1", "adversarial"),
    "larger_scale": lambda source, target: source.scale < target.scale and source.origin != "real",
    "photo": lambda source, _: source.origin == "real",
}
"""Kinds of pairs. Losses are changed within a scale; a photo was made by no network at all."""


def sample_pairs(
    kinds: Sequence[str], networks: Sequence[NetworkRow], photos: NetworkRow, number: int, seed: int
) -> list[Pair]:
    """Draw ``number`` pairs of each of these `KINDS`, or all if there are fewer.

    Targets are among ``networks``, sources too or the ``photos``. A kind that the networks have no pair of has none.
    The draws of one kind do not depend on which other kinds are asked for.
    """
    pairs: list[Pair] = []
    for name in kinds:
        eligible = [
            Pair(name, source.network, target.network)
            for source in (*networks, photos)
            for target in networks
            if source.network != target.network and KINDS[name](source, target)
        ]
        random = np.random.default_rng([seed, list(KINDS).index(name)])
        drawn = sorted(random.permutation(len(eligible))[:number].tolist())
        pairs += [eligible[index] for index in drawn]
    return pairs

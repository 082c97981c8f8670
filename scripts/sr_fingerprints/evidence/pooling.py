"""Several images of one network, taken together: the logarithms of their probabilities are added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from sr_fingerprints.evidence.held_out import HeldOut


@dataclass(frozen=True)
class Pooled:
    """``n`` sets of images, each set of one network and of different photos.

    In ``images`` a set has the first of its photos as ``source``.
    """

    images: HeldOut
    sources: Sequence[tuple[str, ...]]  # the photos of each set, in order


def pool(images: HeldOut, photos: Sequence[str], number: int, draws: int, random: np.random.Generator) -> Pooled:
    """Take ``number`` of the ``photos``, ``draws`` times, and one random image of each, the same of every network.

    Where there are as few as ``draws`` ways to choose photos, all of them are taken in turn, else random ones.
    Images of different photos are independent, given the network, so their log-likelihoods add up; log-probabilities
    are these up to constants, for networks that are equally probable beforehand.
    """
    networks = list(dict.fromkeys(images.network.tolist()))
    rows_of: dict[tuple[str, str], list[int]] = {(network, photo): [] for network in networks for photo in photos}
    for row, key in enumerate(zip(images.network.tolist(), images.source.tolist(), strict=True)):
        if key in rows_of:
            rows_of[key].append(row)
    members, sources = [], []
    every = list(combinations(sorted(photos), number)) if comb(len(photos), number) <= draws else []
    for draw in range(draws):
        drawn = every[draw % len(every)] if every else sorted(random.choice(sorted(photos), number, replace=False))
        places = random.random(number)
        for network in networks:
            rows = [rows_of[network, photo] for photo in drawn]
            members.append([found[int(place * len(found))] for found, place in zip(rows, places, strict=True)])
            sources.append(tuple(str(name) for name in drawn))
    chosen = np.array(members)
    sums = images.log_probabilities[chosen].sum(axis=1)
    first = images.select(chosen[:, 0])
    fields = {key: getattr(first, key) for key in ("actual", "network", "origin", "source", "test", "classes")}
    return Pooled(HeldOut(log_probabilities=sums, **fields), sources)

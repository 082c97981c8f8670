"""Evidence of many images whose origin is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

TILES = (2, 4, 8, 16)
"""Numbers of tiles of one photo that are taken for one larger image, besides single ones."""


LARGEST_NUMBER = 127
"""Of 8 bits with a sign."""


@dataclass(frozen=True)
class Observations:
    """The evidence of ``n`` images whose origin is known: what a model is fitted on, and tested with."""

    features: npt.NDArray[np.float32]  # (n, d), the mean over the crops of each image
    crops: npt.NDArray[np.int64]  # (n,), their number
    name: npt.NDArray[np.str_]  # (n,), what made the image: name of a `Source`, or of one that is not in the bundle
    photo: npt.NDArray[np.str_]  # (n,), the source photo, the unit of all intervals
    condition: npt.NDArray[np.str_]  # (n,), name of the degradation
    tier: npt.NDArray[np.str_]  # (n,), of the degradation: clean, web or hard
    split: npt.NDArray[np.str_]  # (n,), train, validation or test

    def __len__(self) -> int:
        return len(self.crops)

    def quantised(self) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
        """Features as a bundle stores them: whole numbers (n, d) of steps (d,), one for each dimension.

        A step is a power of two, as small as 8 bits allow. So those of some of the images can be stored without loss
        where those of all were.
        """
        largest = np.abs(self.features).max(axis=0, initial=np.finfo(np.float32).tiny)
        steps = np.exp2(np.ceil(np.log2(largest / LARGEST_NUMBER))).astype(np.float32)
        return np.rint(self.features / steps).astype(np.int8), steps

    def rounded(self) -> Self:
        """The same with features as a bundle stores them: `quantised`, and converted back."""
        numbers, steps = self.quantised()
        return replace(self, features=numbers * steps)

    def select(self, rows: np.ndarray) -> Self:
        """Some of the images; ``rows`` are their indices, or bool (n,)."""
        return type(self)(**{key: value[rows] for key, value in vars(self).items()})


def joined(parts: Sequence[Observations]) -> Observations:
    """All images of several `Observations`, in order."""
    return Observations(**{key: np.concatenate([vars(part)[key] for part in parts]) for key in vars(parts[0])})


def pooled(observations: Observations, number: int) -> Observations:
    """Larger images: ``number`` images of one photo, network and condition taken for parts of one.

    Images of the same photo are its tiles. Their features are averaged with their numbers of crops as weights. In
    order, each tile in one result; a rest that is not enough for another result is added to the last, and photos with
    fewer tiles are left out, so that no result has fewer than ``number``.
    """
    keys = np.stack([observations.name, observations.photo, observations.condition, observations.split], axis=1)
    _, codes = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(codes.ravel(), kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(codes.ravel()[order])) + 1)
    parts = [
        group[number * part : None if part == len(group) // number - 1 else number * (part + 1)]
        for group in groups
        for part in range(len(group) // number)
    ]
    first = observations.select(np.array([part[0] for part in parts], np.intp))
    if not parts:
        return first
    crops = np.array([observations.crops[part].sum() for part in parts], np.int64)
    weighted = observations.features * observations.crops[:, None]
    sums = np.stack([weighted[part].sum(axis=0, dtype=np.float64) for part in parts])
    features = (sums / crops[:, None]).astype(np.float32)
    return replace(first, features=features, crops=crops)

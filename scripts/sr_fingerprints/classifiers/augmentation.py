"""Degradation of training crops: a setting of a classifier, so that it learns what survives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from sr_fingerprints.degradations.chains import Pixels, degrade
from sr_fingerprints.degradations.operations import Chain, degraded_size, for_size
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

PHASES = 16
"""Pixels by which what is degraded exceeds a crop: JPEG's largest blocks. Crops begin at any phase of its grid."""


@dataclass(frozen=True)
class Augmentation:
    """A ``share``, 0 to 1, of all crops is degraded, each by one of the ``chains``, drawn uniformly.

    A window somewhat larger than the crop is read, degraded, and cropped at a random place: whole images would take
    the longer, the larger they are.
    """

    share: float
    chains: Sequence[Chain]

    def random_crop(self, file: ImageFile, index: int, side: int, random: np.random.Generator) -> Pixels:
        """A square at a random place of one image, perhaps degraded, uint8 (side, side, 3).

        Raises `InputError` for an image of which less than a crop remains.
        """
        if random.random() >= self.share:
            return file.random_crop(index, side, random)
        size = (int(file.size[index][0]), int(file.size[index][1]))
        chain = for_size(self.chains[int(random.integers(len(self.chains)))], size)
        height, width = window_size(size, chain, side)
        top, left = (
            int(random.integers(whole - part + 1)) for whole, part in zip(size, (height, width), strict=True)
        )
        window = degrade(file.crop(index, top, left, height, width), chain, random)
        if min(window.shape[:2]) < side:
            raise InputError(
                f"{file.path}: found an image of {size[0]} x {size[1]} pixels, of which augmentation leaves "
                f"{window.shape[0]} x {window.shape[1]}; allowed: {side} or more, the classifier's crop"
            )
        top, left = (int(random.integers(whole - side + 1)) for whole in window.shape[:2])
        return window[top : top + side, left : left + side]


def window_size(size: tuple[int, int], chain: Chain, side: int) -> tuple[int, int]:
    """Height and width in pixels of what is degraded for a crop of ``side``: at most the ``size`` of the image."""
    wanted = side + PHASES
    window = wanted
    while min(degraded_size((window, window), chain)) < wanted and window < max(size):
        window += max(1, ceil((wanted - min(degraded_size((window, window), chain))) / 2))
    return min(window, size[0]), min(window, size[1])


def augmentation(settings: Mapping[str, Any] | None) -> Augmentation | None:
    """The augmentation that ``settings`` with the fields ``share`` and ``chains`` describe; None for none."""
    return Augmentation(settings["share"], settings["chains"]) if settings else None

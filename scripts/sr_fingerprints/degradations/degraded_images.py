"""Centre crops of degraded test images: the same ones for every method that is measured on them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from sr_fingerprints.degradations.chains import Pixels, degrade
from sr_fingerprints.degradations.operations import degraded_size
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

Degradation = Mapping[str, Any]
"""A row of ``degradations`` in the configuration: ``name``, ``tier`` and ``chain``."""


def spread_rows(images: ImageFile, split: str, most: int | None, seed: int) -> list[int]:
    """Rows of up to ``most`` images of a split (None: all), as evenly as possible over the source photos.

    They are drawn by ``seed``, and are images of the same photos in all files of one study.
    """
    seen, turns = Counter[str](), list[tuple[int, int]]()
    for row in np.random.default_rng(seed).permutation(images.indices(split)).tolist():
        turns.append((seen[images.source[row]], row))
        seen[images.source[row]] += 1
    return sorted(row for _, row in sorted(turns, key=lambda turn: turn[0])[:most])


def common_side(
    files: Sequence[str | Path], degradations: Sequence[Degradation], split: str, most: int | None, seed: int
) -> int:
    """The largest side in pixels of a crop that fits into every image after every degradation.

    Raises `InputError` for a file without images of the split.
    """
    found: list[int] = []
    for path in files:
        with ImageFile(path) as images:
            rows = spread_rows(images, split, most, seed)
            if not rows:
                raise InputError(f"{path}: found no images of the split {split!r}; allowed: one or more")
            sizes = {(int(height), int(width)) for height, width in images.size[rows]}
        found += [min(degraded_size(size, each["chain"])) for size in sizes for each in degradations]
    return min(found)


def degraded_crops(
    images: ImageFile, row: int, network: str, degradations: Sequence[Degradation], side: int, seed: int
) -> npt.NDArray[np.uint8]:
    """The centre crops of one image after each degradation, uint8 (degradations, side, side, 3).

    The whole image is degraded, then cropped. What is drawn follows from ``seed``, the names of the degradation and
    the network, and the photo.
    """
    image, photo = images.image(row), images.photo[row]
    return np.stack([_crop(degraded_image(image, each, f"{network}/{photo}", seed), side) for each in degradations])


def degraded_image(image: Pixels, degradation: Degradation, name: str, seed: int) -> Pixels:
    """A whole image, uint8 (h, w, 3), after a degradation; what is drawn follows from ``seed`` and both names."""
    drawn_from = crc32(f"{degradation['name']}/{name}".encode())
    return degrade(image, degradation["chain"], np.random.default_rng([seed, drawn_from]))


def _crop(image: Pixels, side: int) -> Pixels:
    top, left = ((whole - side) // 2 for whole in image.shape[:2])
    return image[top : top + side, left : left + side]

"""Patches of Figure 2 and of two other photos, as every network super-resolved them: for the pages of networks."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.figures.patches import Place, most_textured_place, scale_of
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.files.patches import Patches, write_patches
from sr_fingerprints.photos.input_kinds import rows_to_compare
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.runtime.errors import InputError

MOST = 3
"""Patches, of as many photos. The first is that of Figure 2."""


def cut_patches(
    photos: str | Path,
    low_resolution: Sequence[str | Path],
    super_resolved: Sequence[str | Path],
    output: str | Path,
    side: int,
    photo: str | None = None,
) -> None:
    """Write a file of `files.patches` with the patches of every network in ``super_resolved``.

    Arguments and errors are those of `patches.plot_patches`, whose patch is the first. The others are the most
    textured ones of the first test photos by name; of a photo smaller than ``side`` there is none.
    """
    places = _places(max(low_resolution, key=scale_of), side, photo)
    scales = sorted((scale_of(path), str(path)) for path in low_resolution)
    images, made = [], {}
    for path in super_resolved:
        with ImageFile(path) as file:
            images.append(_crops(file, places))
            made[str(file.attributes["network"])] = _without_names(file.attributes)
    with ImageFile(photos) as file:
        truth = _crops(file, places)
    write_patches(
        output,
        Patches(
            photo=truth,
            bicubic=np.stack([_interpolated(path, places) for _, path in scales]),
            images=np.stack(images),
            network=list(made),
            scale=[scale for scale, _ in scales],
            of=[place.photo for place in places],
            corner=np.array([(place.top, place.left) for place in places]),
            made=made,
        ),
    )


def _places(low_resolution: str | Path, side: int, photo: str | None) -> list[Place]:
    first = most_textured_place(low_resolution, side, photo)
    with ImageFile(low_resolution) as file:
        rows = rows_to_compare(file, "test")
        shown = file.source[file.photo == first.photo][0]
        others = sorted({str(source) for source in file.source[rows]} - {str(shown)})
    return [first, *_others(low_resolution, side, others)][:MOST]


def _others(low_resolution: str | Path, side: int, sources: Sequence[str]) -> Iterator[Place]:
    found = 0
    for source in sources:
        try:
            place = most_textured_place(low_resolution, side, source)
        except InputError:  # it is smaller than the patch
            continue
        yield place
        found += 1
        if found == MOST - 1:
            return


def _crops(file: ImageFile, places: Sequence[Place]) -> npt.NDArray[np.uint8]:
    return np.stack(
        [file.crop(_row(file, place.photo), place.top, place.left, place.side, place.side) for place in places]
    )


def _interpolated(path: str | Path, places: Sequence[Place]) -> npt.NDArray[np.uint8]:
    with ImageFile(path) as file:
        scale = file.attributes["scale"]
        return np.stack([place.crop(upscale(file.image(_row(file, place.photo)), scale)) for place in places])


def _row(file: ImageFile, photo: str) -> int:
    rows = np.flatnonzero(file.photo == photo)
    if not len(rows):
        raise InputError(
            f"{file.path}: found no image of {photo}; it was made from other photos: remove it and run again"
        )
    return int(rows[0])


def _without_names(attributes: dict[str, Any]) -> dict[str, Any]:
    """What is recorded of how images were made; the network's row is in the table of networks."""
    return {key: value for key, value in attributes.items() if key not in ("network", "row")}

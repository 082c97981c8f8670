"""Difference between the images of twins: one network, applied by two paths through the program.

If no pixel differs, nothing can tell the twins apart, and an accuracy at chance proves nothing.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

COLUMNS = ("weights_of", "path", "pixels", "pixels_differ", "greatest_difference")


def compare_twins(
    rows: Sequence[Mapping[str, str]], first: Sequence[str | Path], second: Sequence[str | Path], output: str | Path
) -> None:
    """Write a CSV file with one row per pair of twins.

    ``rows`` have the network (``weights_of``) and the ``path`` of the second twin, ``first`` and ``second`` the
    images of the two, one file per pair. Further columns: pixels (of all images), pixels_differ (how many of them
    differ in some channel) and greatest_difference (of a channel, in grey levels of 255). Raises `InputError` where
    two files are not of the same photos.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row, *files in progress(list(zip(rows, first, second, strict=True)), "comparing twins"):
        writer.writerow([row["weights_of"], row["path"], *count_differing_pixels(*files)])
    write_text(output, text.getvalue())


def count_differing_pixels(first: str | Path, second: str | Path) -> tuple[int, int, int]:
    """Number of pixels, number of pixels that differ in any channel, and greatest difference (grey levels)."""
    pixels, differ, greatest = 0, 0, 0
    with ImageFile(first) as ours, ImageFile(second) as theirs:
        if ours.photo.tolist() != theirs.photo.tolist() or not np.array_equal(ours.size, theirs.size):
            raise InputError(f"{first}, {second}: images of different photos; remove both and run again")
        for index in range(len(ours)):
            counted = differing_pixels(ours.image(index), theirs.image(index))
            pixels, differ, greatest = pixels + counted[0], differ + counted[1], max(greatest, counted[2])
    return pixels, differ, greatest


def differing_pixels(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> tuple[int, int, int]:
    """The same numbers of two images, uint8 (height, width, 3)."""
    channels = np.maximum(first, second) - np.minimum(first, second)
    difference = np.maximum(
        np.maximum(channels[..., 0], channels[..., 1]), channels[..., 2]
    )  # faster than max(axis=2)
    return difference.size, int(np.count_nonzero(difference)), int(difference.max())

"""How far the images of twins differ: of one network, applied by two paths through the program.

Where no pixel does, nothing could tell the twins apart, and that nothing does shows nothing.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

COLUMNS = ("weights_of", "path", "pixels", "pixels_differ", "greatest_difference")


def compare_twins(
    rows: Sequence[Mapping[str, str]], first: Sequence[str | Path], second: Sequence[str | Path], output: str | Path
) -> None:
    """Write a CSV file with one row a pair of twins.

    ``rows`` have the network (``weights_of``) and the ``path`` of the second twin, ``first`` and ``second`` the
    images of either, one file a pair. Further columns: pixels (of all images), pixels_differ (how many of them differ
    in some channel) and greatest_difference (of a channel, in grey levels of 255). Raises `InputError` where two
    files are not of the same photos.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row, *files in progress(list(zip(rows, first, second, strict=True)), "comparing twins"):
        writer.writerow([row["weights_of"], row["path"], *differing(*files)])
    write_text(output, text.getvalue())


def differing(first: str | Path, second: str | Path) -> tuple[int, int, int]:
    """The number of pixels in one collection, of those that differ in the other, and the greatest difference."""
    pixels, differ, greatest = 0, 0, 0
    with ImageFile(first) as ours, ImageFile(second) as theirs:
        if ours.photo.tolist() != theirs.photo.tolist() or not np.array_equal(ours.size, theirs.size):
            raise InputError(f"{first}, {second}: images of different photos; remove both and run again")
        for index in range(len(ours)):
            apart = np.abs(ours.image(index).astype(np.int16) - theirs.image(index)).max(axis=2)
            pixels += apart.size
            differ += int(np.count_nonzero(apart))
            greatest = max(greatest, int(apart.max()))
    return pixels, differ, greatest

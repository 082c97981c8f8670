"""How far the images of derived networks are from those of their parents, and both from the photos."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.photos.input_kinds import rows_to_compare
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

COLUMNS = ("network", "photo", "source", "to_parent", "to_photo", "parent_to_photo")


def compare_with_parents(
    parents: Mapping[str, str],
    images: Mapping[str, str | Path],
    photos: str | Path,
    output: str | Path,
    split: str = "test",
) -> None:
    """Write a CSV file with a row for each image of one split by each derived network.

    ``parents`` has the name of each derived network's parent, and ``images`` the files of both, by name. Columns:
    network, photo, source, and mean squared differences over all pixels and channels, in grey levels squared: of the
    network's image to_parent and to_photo, and of its parent's to the photo (parent_to_photo). Photos whose low
    resolution is not the photo downscaled and nothing else are left out. Raises `InputError` where a file lacks a
    photo.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    with ImageFile(photos) as originals:
        for network, parent in progress(list(parents.items()), "comparing derived networks"):
            with ImageFile(images[network]) as ours, ImageFile(images[parent]) as theirs:
                for row in rows_to_compare(ours, split):
                    photo = str(ours.photo[row])
                    truth, image, other = (_image_of(file, photo) for file in (originals, ours, theirs))
                    differences = [_squared(image, other), _squared(image, truth), _squared(other, truth)]
                    writer.writerow([network, photo, ours.source[row], *differences])
    write_text(output, text.getvalue())


def _image_of(file: ImageFile, photo: str) -> npt.NDArray[np.uint8]:
    found = np.flatnonzero(file.photo == photo)
    if len(found) != 1:
        raise InputError(f"{file.path}: found {len(found)} images of {photo}; remove it and run again")
    return file.image(int(found[0]))


def _squared(image: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    if image.shape != other.shape:
        raise InputError(f"images of {image.shape[:2]} and {other.shape[:2]} pixels; allowed: of one size")
    return float(np.mean((image.astype(np.float64) - other) ** 2))

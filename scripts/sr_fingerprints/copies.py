"""Copies of photos: none counts twice, and none of the study's photos is one that networks are trained on."""

import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from sr_fingerprints.errors import InputError
from sr_fingerprints.storage import ImageFile

logger = logging.getLogger(__name__)

STRIP = 256
"""Rows that are hashed at once, so that a large photo is not in memory twice."""

REMEDY = "allowed: photos of no other use; take it out of one of them"


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of an image's mode, size and pixels: equal for copies of other names, metadata or lossless formats."""
    digest = hashlib.sha256(f"{image.mode} {image.width} {image.height}\n".encode())
    for top in range(0, image.height, STRIP):
        digest.update(image.crop((0, top, image.width, min(top + STRIP, image.height))).tobytes())
    return digest.hexdigest()


def copies(pixels: Mapping[str, str]) -> dict[str, list[str]]:
    """Of photos with equal digests, the first in order of their names, and the others; ``pixels`` is by name."""
    alike = defaultdict(list)
    for name in sorted(pixels):
        alike[pixels[name]].append(name)
    found = {first: others for first, *others in alike.values() if others}
    for first, others in found.items():
        logger.warning("%s: has the same pixels as %s, which alone is taken", ", ".join(others), first)
    return found


def refuse_same_files(photos: Mapping[str, Path], datasets: Mapping[str, Mapping[str, Path]]) -> None:
    """Check, without reading any, that no file of ``photos`` is one of ``datasets`` too, by whatever path or link.

    Both are by name, files of data sets by the data set's name first; data sets may share files. Raises `InputError`
    with both paths.
    """
    ours = {identity: path for path in photos.values() for identity in _identities(path)}
    for dataset, files in datasets.items():
        shared = [(path, ours[key]) for path in files.values() for key in _identities(path) if key in ours][:1]
        for theirs, photo in shared:
            same = "which `photos` has too" if theirs == photo else f"the same file as {photo} of `photos`"
            raise InputError(f"configuration: datasets.{dataset}: found {theirs}, {same}; {REMEDY}")


def _identities(path: Path) -> tuple[str, tuple[int, int]]:
    """Where links lead, and the number of the file, which hard links share (some network drives forget numbers)."""
    status = path.stat()
    return os.path.realpath(path), (status.st_dev, status.st_ino)


def refuse_same_pixels(photos: str | Path, dataset: str, pixels: Mapping[str, str]) -> None:
    """Check that no photo of the prepared ``photos`` (HDF5) has the pixels of one of a data set.

    ``pixels`` has the digests of the data set's photos by name. Raises `InputError` with both names.
    """
    with ImageFile(photos) as file:
        ours = {digest: source for source, digest in file.attributes["pixels"].items()}
    shared = [name for name in sorted(pixels) if pixels[name] in ours]
    if shared:
        more = f" (and {len(shared) - 1} more like it)" if shared[1:] else ""
        photo = ours[pixels[shared[0]]]
        raise InputError(
            f"datasets.{dataset}: found {shared[0]}{more}, with the same pixels as {photo} of `photos`; {REMEDY}"
        )


def refuse_leakage(photos: str | Path, datasets: Mapping[str, str | Path]) -> None:
    """Check, as `refuse_same_pixels` does, prepared data sets (HDF5, by name) against the prepared ``photos``."""
    for name, path in datasets.items():
        with ImageFile(path) as file:
            pixels = file.attributes["pixels"]
        refuse_same_pixels(photos, name, pixels)

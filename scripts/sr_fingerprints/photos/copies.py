"""Find copies of photos: no photo enters the study twice, and no study photo is a training photo of a network."""

import csv
import hashlib
import io
import logging
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)

STRIP = 256
"""Rows that are hashed together, to avoid a second copy of a large photo in memory."""

COLUMNS = ["collection", "photo", "copy_of", "copy_in"]

REMEDY = "allowed: photos that are in one of the two only; remove it from the other"


def pixel_digest(image: Image.Image) -> str:
    """SHA-256 of an image's mode, size and pixels, regardless of name, metadata and (lossless) file format."""
    digest = hashlib.sha256(f"{image.mode} {image.width} {image.height}\n".encode())
    for top in range(0, image.height, STRIP):
        digest.update(image.crop((0, top, image.width, min(top + STRIP, image.height))).tobytes())
    return digest.hexdigest()


def find_copies(pixels: Mapping[str, str]) -> dict[str, list[str]]:
    """Map each photo that has copies to the names of these copies, and warn of them.

    ``pixels`` has digests by name. Of photos with equal digests, the one with the shortest name (then the first in
    order) is the original, since file managers lengthen the names of copies: ``a (1).png``, ``Copy of a.png``.
    """
    alike = defaultdict(list)
    for name in sorted(pixels, key=lambda name: (len(name), name)):
        alike[pixels[name]].append(name)
    found = {first: others for first, *others in alike.values() if others}
    for first, others in found.items():
        logger.warning("%s: same pixels as %s, which alone is used", ", ".join(others), first)
    return found


def check_no_shared_files(photos: Mapping[str, Path], datasets: Mapping[str, Mapping[str, Path]]) -> None:
    """Check, without reading files, that ``photos`` and ``datasets`` share no file, by path or by link.

    ``photos`` has paths by name, ``datasets`` the same for each data set. Data sets may share files with each other.
    Raises `InputError` with both paths.
    """
    ours = {identity: path for path in photos.values() for identity in _identities(path)}
    for dataset, files in datasets.items():
        shared = [(path, ours[key]) for path in files.values() for key in _identities(path) if key in ours][:1]
        for theirs, photo in shared:
            same = "which `photos` has too" if theirs == photo else f"the same file as {photo} of `photos`"
            raise InputError(f"configuration: datasets.{dataset}: found {theirs}, {same}; {REMEDY}")


def _identities(path: Path) -> tuple[str, tuple[int, ...]]:
    """The resolved path, and what hard links share: device, inode, size and modification time.

    The inode alone is not enough: some network drives give all files the same one.
    """
    status = path.stat()
    return os.path.realpath(path), (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class Collection:
    """Prepared photos: ``name`` (``photos``, or that of a data set), HDF5 ``file``, ``folder`` (None if bundled)."""

    name: str
    file: str | Path
    folder: str | None = None

    def attributes(self) -> dict[str, Any]:
        """The attributes that `prepare_photos` wrote to the file."""
        with ImageFile(self.file) as file:
            return file.attributes

    def path(self, photo: str) -> str:
        """The user's path of a photo; a bundled one has only a name."""
        return str(Path(self.folder or "", photo))


def tabulate_copies(photos: Collection, datasets: Sequence[Collection], output: str | Path) -> None:
    """Write a CSV table of copies: collection, photo, copy_of, and copy_in (the collection of ``copy_of``).

    Copies within a collection were left out of it. Photos of a data set that are copies of the study's photos are
    what `check_no_leakage` rejects. Data sets may share photos with each other.
    """
    ours = {digest: photo for photo, digest in photos.attributes()["pixels"].items()}
    rows: list[Sequence[str]] = [COLUMNS]
    for collection in (photos, *datasets):
        attributes = collection.attributes()
        rows += [
            (collection.name, collection.path(other), collection.path(kept), collection.name)
            for kept, others in sorted(attributes["copies"].items())
            for other in others
        ]
        rows += [
            (collection.name, collection.path(photo), photos.path(ours[digest]), photos.name)
            for photo, digest in sorted(attributes["pixels"].items())
            if digest in ours and collection is not photos
        ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_text(output, text.getvalue())


def check_no_leakage(photos: Collection, dataset: Collection, output: str | Path) -> None:
    """Check that no photo of the study is among the photos of a data set that networks are trained on.

    Writes an empty table of such photos to ``output``. Raises `InputError` with the paths of both photos; all of them
    are logged.
    """
    ours = {digest: photo for photo, digest in photos.attributes()["pixels"].items()}
    theirs = sorted(dataset.attributes()["pixels"].items())
    shared = [(dataset.path(photo), photos.path(ours[digest])) for photo, digest in theirs if digest in ours]
    for path, same in shared:
        logger.warning("%s: same pixels as %s of `%s`", path, same, photos.name)
    if shared:
        path, same = shared[0]
        more = f" (and {len(shared) - 1} more, in the log)" if shared[1:] else ""
        found = f"{path}, with the same pixels as {same} of `{photos.name}`{more}"
        raise InputError(f"datasets.{dataset.name}: found {found}; {REMEDY}")
    write_text(output, ",".join(COLUMNS) + "\n")

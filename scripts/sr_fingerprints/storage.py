"""Photographs and super-resolved images in HDF5, laid out for random crops.

One file holds one collection of images: the study's photos, a training data set, or every photo as one
network super-resolved it. Its datasets, with one row an image:

``images``  uint8 (count, height, width, 3), RGB, padded at the bottom and right to the largest image. Chunks
            of 64 x 64 pixels, so that a crop reads only the chunks it touches; chunks of padding are never
            written and take no space. Every chunk carries a checksum.
``size``    int32 (count, 2), height and width of each image without the padding.
``photo``   the name of the photo (or of the tile of it) that the image shows.
``source``  the name of the source photo; the tiles of one photo share it.
``split``   ``train``, ``validation`` or ``test``.

Attributes of the file record what it is and how it came to be.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np

from sr_fingerprints.errors import InputError
from sr_fingerprints.files import written_beside

CHUNK = 64
SPLITS = ("train", "validation", "test")


class ImageWriter:
    """Write a collection of images, one `append` an image; use it in a ``with`` block.

    The file appears under its name only when the block succeeds. ``attributes`` are stored as JSON, as they are then.
    """

    def __init__(self, path: str | Path, attributes: Mapping[str, Any]):
        self._path = path
        self.attributes = dict(attributes)
        self._size: list[tuple[int, int]] = []
        self._names: dict[str, list[str]] = {"photo": [], "source": [], "split": []}

    def __enter__(self) -> Self:
        self._closing = ExitStack()
        temporary = self._closing.enter_context(written_beside(self._path))
        self._file = self._closing.enter_context(h5py.File(temporary, "w"))
        self._closing.push(self._finish)
        self._images = self._file.create_dataset(
            "images",
            shape=(0, 0, 0, 3),
            maxshape=(None, None, None, 3),
            dtype=np.uint8,
            chunks=(1, CHUNK, CHUNK, 3),
            fletcher32=True,
        )
        return self

    def append(self, image: np.ndarray, photo: str, source: str, split: str) -> None:
        """Store ``image``, uint8 (height, width, 3), as the next row."""
        height, width = image.shape[:2]
        row = len(self._size)
        self._images.resize((row + 1, max(height, self._images.shape[1]), max(width, self._images.shape[2]), 3))
        self._images[row, :height, :width] = image
        self._size.append((height, width))
        for key, value in (("photo", photo), ("source", source), ("split", split)):
            self._names[key].append(value)

    def __exit__(self, *error: Any) -> None:
        self._closing.__exit__(*error)

    def _finish(self, error: type[BaseException] | None, *_: Any) -> None:
        if error is None:
            self._file.create_dataset("size", data=np.array(self._size, np.int32).reshape(-1, 2))
            for key, values in self._names.items():
                self._file.create_dataset(key, data=values, dtype=h5py.string_dtype())
            write_attributes(self._file, self.attributes)


class ImageFile:
    """A collection of images opened for reading; use it in a ``with`` block.

    ``photo``, ``source`` and ``split`` are arrays of str, ``size`` int32 (count, 2), ``attributes`` a dict.
    Raises `InputError` with the file's name when it is damaged or not of this layout.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        with damage_named(self.path, "a collection of images"):
            self._file = h5py.File(self.path, "r")
            self._images = self._file["images"]
            self.size = self._file["size"][:]
            self.photo, self.source, self.split = (
                self._file[key].asstr()[:].astype(str) for key in ("photo", "source", "split")
            )
            self.attributes = read_attributes(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self.size)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width that hold the largest image."""
        return self._images.shape[1:3]

    def indices(self, split: str) -> np.ndarray:
        """Rows that belong to one split, ascending."""
        return np.flatnonzero(self.split == split)

    def image(self, index: int) -> np.ndarray:
        """One image without its padding, uint8 (height, width, 3)."""
        height, width = self.size[index]
        return self.crop(index, 0, 0, height, width)

    def crop(self, index: int, top: int, left: int, height: int, width: int) -> np.ndarray:
        """A rectangle of one image, uint8 (height, width, 3); it must lie inside the image."""
        with damage_named(self.path, "a collection of images"):
            return self._images[index, top : top + height, left : left + width]

    def center_crop(self, index: int, side: int) -> np.ndarray:
        """The central square of one image, uint8 (side, side, 3)."""
        height, width = self.size[index]
        return self.crop(index, (height - side) // 2, (width - side) // 2, side, side)

    def random_crop(self, index: int, side: int, random: np.random.Generator) -> np.ndarray:
        """A square of one image at a uniformly random place, uint8 (side, side, 3)."""
        height, width = self.size[index]
        top, left = random.integers(height - side + 1), random.integers(width - side + 1)
        return self.crop(index, top, left, side, side)


@contextmanager
def damage_named(path: Path, expected: str):
    """Turn what HDF5 says of a damaged or foreign file into an `InputError` that names it."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (OSError, KeyError, RuntimeError, AttributeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{path}: damaged, or not {expected} ({reason}); remove it and run again to rebuild it"
        ) from error


def write_attributes(file: h5py.File, attributes: Mapping[str, Any]) -> None:
    """Store each value of ``attributes`` as JSON."""
    for key, value in attributes.items():
        file.attrs[key] = json.dumps(value, sort_keys=True)


def read_attributes(file: h5py.File) -> dict[str, Any]:
    """What `write_attributes` stored."""
    return {key: json.loads(value) for key, value in file.attrs.items()}

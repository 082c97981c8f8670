"""Photographs and super-resolved images in HDF5, laid out for random crops.

One file holds one collection of images: the study's photos, a training data set, or every photo as one
network super-resolved it. Its datasets, with one row per image:

``images``  uint8 (count, height, width, 3), RGB, padded at the bottom and right to the largest image. Chunks
            of 64 x 64 pixels, so that a crop reads only the chunks it touches; chunks of padding are never
            written and take no space. Every chunk carries a checksum.
``size``    int32 (count, 2), height and width of each image without the padding.
``photo``   the name of the photo (or of the tile of it) that the image shows.
``source``  the name of the source photo; the tiles of one photo share it.
``split``   ``train``, ``validation`` or ``test``.

Attributes of the file record what it contains and how it was made. For the detection of damage see `hdf5`.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5, read_attributes, remedy, write_attributes
from sr_fingerprints.runtime.errors import as_input_error

CHUNK = 64  # pixels
SPLITS = ("train", "validation", "test")


class ImageWriter:
    """Writer of a collection of images, one `append` per image; use it in a ``with`` block.

    The file appears under its name only when the block succeeds. ``attributes`` are stored as JSON when it ends.
    """

    def __init__(self, path: str | Path, attributes: Mapping[str, Any]):
        self._path = path
        self.attributes = dict(attributes)
        self._size: list[tuple[int, int]] = []
        self._names: dict[str, list[str]] = {"photo": [], "source": [], "split": []}

    def __enter__(self) -> Self:
        self._closing = ExitStack()
        self._file = self._closing.enter_context(create_hdf5(self._path))
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

    def append(self, image: npt.NDArray[np.uint8], photo: str, source: str, split: str) -> None:
        """Store ``image``, uint8 (height, width, 3), as the next row."""
        height, width = image.shape[:2]
        row = len(self._size)
        self._images.resize((row + 1, max(height, self._images.shape[1]), max(width, self._images.shape[2]), 3))
        self._images[row, :height, :width] = image
        self._file.raise_write_error()
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

    ``photo``, ``source`` and ``split`` are str (count,), ``size`` is int32 (count, 2): height and width.
    Raises `InputError` with the file's name when it is damaged or not of this layout.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        with ExitStack() as closing:
            self._file = closing.enter_context(open_hdf5(self.path, "a collection of images"))
            self._remedy = remedy(self._file)
            self._images = self._file["images"]
            self.size: npt.NDArray[np.int32] = self._file["size"][:]
            self.photo = self._strings("photo")
            self.source = self._strings("source")
            self.split = self._strings("split")
            self.attributes = read_attributes(self._file)
            self._held: dict[int, npt.NDArray[np.uint8]] = {}
            self._closing = closing.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._closing.close()

    def __len__(self) -> int:
        return len(self.size)

    def _strings(self, key: str) -> npt.NDArray[np.str_]:
        strings: npt.NDArray[np.str_] = self._file[key].asstr()[:].astype(str)
        return strings

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the padded images: the largest of each."""
        _, height, width, _ = self._images.shape
        return height, width

    def indices(self, split: str) -> npt.NDArray[np.intp]:
        """Rows of one split, ascending."""
        return np.flatnonzero(self.split == split)

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """One image without its padding, uint8 (height, width, 3)."""
        height, width = self.size[index]
        return self.crop(index, 0, 0, height, width)

    def crop(self, index: int, top: int, left: int, height: int, width: int) -> npt.NDArray[np.uint8]:
        """A rectangle of one image, uint8 (height, width, 3); it must lie inside the image.

        Of an image in memory (`hold`) it is a view.
        """
        if (held := self._held.get(index)) is not None:
            return held[top : top + height, left : left + width]
        with as_input_error(self.path, "a collection of images", self._remedy):
            pixels: npt.NDArray[np.uint8] = self._images[index, top : top + height, left : left + width]
            return pixels

    def center_crop(self, index: int, side: int) -> npt.NDArray[np.uint8]:
        """The central square of one image, uint8 (side, side, 3)."""
        height, width = self.size[index]
        return self.crop(index, (height - side) // 2, (width - side) // 2, side, side)

    def random_crop(self, index: int, side: int, random: np.random.Generator) -> npt.NDArray[np.uint8]:
        """A square of one image at a uniformly random place, uint8 (side, side, 3)."""
        return self.crop(index, *self.random_place(index, side, random), side, side)

    def random_place(self, index: int, side: int, random: np.random.Generator) -> tuple[int, int]:
        """Top and left of a square at a uniformly random place of one image."""
        height, width = self.size[index]
        return int(random.integers(height - side + 1)), int(random.integers(width - side + 1))

    def hold(self, indices: Iterable[int]) -> None:
        """Keep these images in memory, so that crops of them are no longer read from the file."""
        for index in indices:
            image = self.image(index)
            image.flags.writeable = False
            self._held[index] = image

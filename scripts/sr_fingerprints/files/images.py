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

Damage is noticed: HDF5 keeps checksums of chunks and, since its version 1.10, of what says where they lie; the
attribute ``digest`` is a SHA-256 of all the rest (see `create_hdf5` and `open_checked`).
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.runtime.errors import InputError

CHUNK = 64
SPLITS = ("train", "validation", "test")
DIGEST = "digest"
METADATA_CACHE = 1 << 18  # bytes


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

    def append(self, image: np.ndarray, photo: str, source: str, split: str) -> None:
        """Store ``image``, uint8 (height, width, 3), as the next row."""
        height, width = image.shape[:2]
        row = len(self._size)
        self._images.resize((row + 1, max(height, self._images.shape[1]), max(width, self._images.shape[2]), 3))
        self._images[row, :height, :width] = image
        self._file.check()
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
        with ExitStack() as closing:
            self._file = closing.enter_context(open_checked(self.path, "a collection of images"))
            self._images = self._file["images"]
            self.size = self._file["size"][:]
            self.photo, self.source, self.split = (
                self._file[key].asstr()[:].astype(str) for key in ("photo", "source", "split")
            )
            self.attributes = read_attributes(self._file)
            self._closing = closing.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._closing.close()

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
        with as_input_error(self.path, "a collection of images"):
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


class _Stream(io.FileIO):
    """A file that remembers the first error of writing it, and lets the writer go on, with the rest in memory.

    HDF5 is not to know that a disk is full: closing a file, it raises nothing then, and reading again what could not
    be written, it crashes. Who writes has to look at ``error`` soon.
    """

    def __init__(self, path: Path):
        super().__init__(path, "w+")
        self.error: OSError | None = None
        self._unwritten: list[tuple[int, bytes]] = []  # where in the file, and what

    def write(self, content: Any) -> int:
        rest = memoryview(content).cast("B")
        end = self.tell() + len(rest)
        while len(rest) and self.error is None:
            try:
                rest = rest[super().write(rest) :]
            except OSError as error:
                self.error = error
        if len(rest):
            self._unwritten.append((end - len(rest), bytes(rest)))
            self.seek(end)
        return memoryview(content).nbytes

    def readinto(self, buffer: Any) -> int:
        start = self.tell()
        found = super().readinto(buffer)
        if not self._unwritten:
            return found
        view = memoryview(buffer).cast("B")
        view[found:] = bytes(len(view) - found)
        for offset, content in self._unwritten:
            first, last = max(offset, start), min(offset + len(content), start + len(view))
            if first < last:
                view[first - start : last - start] = content[first - offset : last - offset]
        self.seek(start + len(view))
        return len(view)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        place = super().seek(offset, whence)
        if whence == io.SEEK_END and self._unwritten:
            end = max(place - offset, *(start + len(content) for start, content in self._unwritten))
            place = super().seek(end + offset)
        return place


class NewFile(h5py.File):
    """An HDF5 file under way; the same content gives the same bytes."""

    def __init__(self, path: Path):
        self._stream = _Stream(path)
        super().__init__(self._stream, "w", libver=("v110", "v110"))

    def check(self) -> None:
        """Raise OSError if the disk was full, or failed, up to now."""
        if self._stream.error:
            raise self._stream.error

    def close(self) -> None:
        super().close()
        self._stream.close()


@contextmanager
def create_hdf5(path: str | Path) -> Iterator[NewFile]:
    """An HDF5 file to be written; it appears under its name when the block succeeds (see `atomic_path`)."""
    with atomic_path(path) as temporary:
        with NewFile(temporary) as file:
            try:
                yield file
                file.flush()
                file.check()
                file.attrs[DIGEST] = _digest(file)
            except (OSError, RuntimeError):
                file.check()  # what is missing on a full disk cannot be read either
                raise
        file.check()


@contextmanager
def open_checked(path: str | Path, expected: str) -> Iterator[h5py.File]:
    """An HDF5 file that `create_hdf5` wrote, for reading.

    Raises `InputError` with the file's name when it is damaged or not the ``expected``, in the block too.
    """
    with as_input_error(Path(path), expected), h5py.File(path, "r", rdcc_nbytes=0) as file:
        _limit_cache(file)
        if _digest(file) != file.attrs[DIGEST]:
            raise ValueError("its digest is another")
        yield file


def _limit_cache(file: h5py.File) -> None:
    """Keep HDF5 from holding up to 32 megabytes for each of 200 open files: where chunks lie is read again instead.

    Chunks themselves are not held at all (``rdcc_nbytes=0``): no crop needs one twice.
    """
    settings = file.id.get_mdc_config()
    settings.set_initial_size = True
    settings.initial_size = settings.min_size = settings.max_size = METADATA_CACHE
    settings.incr_mode = settings.flash_incr_mode = settings.decr_mode = 0
    file.id.set_mdc_config(settings)


def _digest(file: h5py.File) -> str:
    """SHA-256 of everything in ``file`` but the values of datasets that have checksums of their own."""
    digest = hashlib.sha256()
    for key, dataset in sorted(file.items()):
        digest.update(f"{key} {dataset.dtype} {dataset.shape} {dataset.fletcher32}\n".encode())
        if dataset.dtype == object:
            digest.update("\n".join(map(repr, dataset[:])).encode())
        elif not dataset.fletcher32:
            digest.update(dataset[:].tobytes())
    for key, value in sorted(file.attrs.items()):
        if key != DIGEST:
            digest.update(f"{key} {value!r}\n".encode())
    return digest.hexdigest()


@contextmanager
def as_input_error(path: Path, expected: str) -> Iterator[None]:
    """Turn what HDF5 says of a damaged or foreign file into an `InputError` that names it."""
    try:
        yield
    except (FileNotFoundError, InputError):
        raise
    except PermissionError as error:
        raise InputError(f"{path}: cannot be read ({os.strerror(error.errno)}); make it readable") from error
    except (OSError, LookupError, RuntimeError, AttributeError, TypeError, ValueError, OverflowError) as error:
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
    return {key: json.loads(value) for key, value in file.attrs.items() if key != DIGEST}

"""HDF5 files that are written atomically and reproducibly, and whose damage is detected.

The same content gives the same bytes. HDF5 has checksums of chunks and, since version 1.10, of their index. The
attribute ``digest`` is a SHA-256 of all the rest: names, shapes, attributes, and values of datasets without
checksums.
"""

import hashlib
import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.runtime.errors import REBUILD, InputError, as_input_error

logger = logging.getLogger(__name__)

DIGEST = "digest"
STREAM = "fileobj"
"""Name of HDF5's driver for Python's streams."""
IN_USE = (
    "another program has it open for writing, or had it so when it ended: close it there and run again; if none has, "
    "move it away and run again to rebuild it"
)
"""What to do about a file that was found wrong, and that may change yet."""
METADATA_CACHE = 1 << 18  # bytes


@contextmanager
def create_hdf5(path: str | Path) -> Iterator["NewFile"]:
    """Create an HDF5 file; it appears under its name when the block succeeds (see `atomic_path`).

    Raises `InputError` when the disk is full or not writable, OSError for other errors of writing.
    """
    with atomic_path(path) as temporary:
        with NewFile(temporary) as file:
            try:
                yield file
                file.flush()
                file.raise_write_error()
                file.attrs[DIGEST] = _digest(file)
            except (OSError, RuntimeError):
                file.raise_write_error()  # on a full disk, reading back what was not written fails too
                raise
        file.raise_write_error()


@contextmanager
def open_hdf5(path: str | Path, expected: str) -> Iterator[h5py.File]:
    """Open for reading an HDF5 file that `create_hdf5` wrote; no lock is needed, since files are replaced whole.

    Raises `InputError` with the file's name when it cannot be read, is damaged or is not ``expected``, also inside
    the block.
    """
    path = Path(path)
    with as_input_error(path, expected), _open(path) as file, as_input_error(path, expected, remedy(file)):
        _limit_cache(file)
        _check_filters(path, file)
        if _digest(file) != file.attrs[DIGEST]:
            raise ValueError("its digest does not match its content")
        yield file


def remedy(file: h5py.File) -> str:
    """What to do if ``file``, which `open_hdf5` opened, is found damaged."""
    return IN_USE if file.driver == STREAM else REBUILD


def write_attributes(file: h5py.File, attributes: Mapping[str, Any]) -> None:
    """Store each value of ``attributes`` as JSON."""
    for key, value in attributes.items():
        file.attrs[key] = json.dumps(value, sort_keys=True)


def read_attributes(file: h5py.File) -> dict[str, Any]:
    """Return the attributes that `write_attributes` stored."""
    return {key: json.loads(value) for key, value in file.attrs.items() if key != DIGEST}


class NewFile(h5py.File):
    """An HDF5 file open for writing; the same content gives the same bytes."""

    def __init__(self, path: Path):
        self._stream = _DeferredErrorStream(path)
        super().__init__(self._stream, "w", libver=("v110", "v110"))

    def raise_write_error(self) -> None:
        """Raise the OSError of the first failed write, if any."""
        if self._stream.error:
            raise self._stream.error

    def close(self) -> None:
        super().close()
        self._stream.close()


class _DeferredErrorStream(io.FileIO):
    """A file that stores the first write error in ``error`` and keeps all later writes in memory.

    HDF5 must not see that a disk is full: it raises nothing when it then closes the file, and crashes when it reads
    back what could not be written. So the caller checks ``error`` after each write.
    """

    def __init__(self, path: Path):
        super().__init__(path, "w+")
        self.error: OSError | None = None
        self._unwritten: list[tuple[int, bytes]] = []  # (offset in the file, content)

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


@contextmanager
def _open(path: Path) -> Iterator[h5py.File]:
    """Open without a lock, and whatever other programs do with the file."""
    with ExitStack() as closing:
        try:
            file = h5py.File(path, "r", rdcc_nbytes=0, locking=False)
        except OSError as error:
            in_use = "already open for write" in str(error)
            if not in_use and "lock" not in str(error):
                raise
            # A program that opens it for writing marks it so, HDF5_USE_FILE_LOCKING may demand a lock, or this
            # process has it open with one. In Python's streams HDF5 minds none of these; they are a third slower.
            if in_use:
                logger.warning("%s: open for writing in another program, or was when that one ended", path)
            stream = closing.enter_context(path.open("rb", buffering=0))
            file = h5py.File(stream, "r", rdcc_nbytes=0)
        yield closing.enter_context(file)


def _check_filters(path: Path, file: h5py.File) -> None:
    """Raise `InputError` for a compression that is not installed; `create_hdf5` uses none, but h5repack may."""
    for key, dataset in file.items():
        if isinstance(dataset, h5py.Dataset):
            settings = dataset.id.get_create_plist()
            for index in range(settings.get_nfilters()):
                number, *_, name = settings.get_filter(index)
                if not h5py.h5z.filter_avail(number):
                    raise InputError(
                        f"{path}: another program has compressed `{key}` with HDF5's filter {number} "
                        f"({name.decode(errors='replace')}), which is not installed; undo that, or move the "
                        "file away and run again to rebuild it"
                    )


def _limit_cache(file: h5py.File) -> None:
    """Limit the metadata cache, which would grow to 32 megabytes for each of 200 open files.

    Chunks are not cached at all (``rdcc_nbytes=0``), since no crop reads a chunk twice.
    """
    settings = file.id.get_mdc_config()
    settings.set_initial_size = True
    settings.initial_size = settings.min_size = settings.max_size = METADATA_CACHE
    settings.incr_mode = settings.flash_incr_mode = settings.decr_mode = 0
    file.id.set_mdc_config(settings)


def _digest(file: h5py.File) -> str:
    """SHA-256 of everything in ``file`` except the values of datasets that have checksums of their own."""
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

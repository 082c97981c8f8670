"""Take the images out of a zip or tar archive, and nothing else: no links, no paths out of it, no bombs."""

import hashlib
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO, cast

from sr_fingerprints.files.atomic import explain_write_errors
from sr_fingerprints.networks.downloading.content import COMPRESSED, DAMAGE, refuse_web_page
from sr_fingerprints.networks.downloading.sources import SourceError
from sr_fingerprints.networks.size_limits import LARGEST_GROWTH
from sr_fingerprints.runtime.errors import InputError, explain_unread
from sr_fingerprints.runtime.progress import progress

CHUNK_BYTES = 1 << 20
LARGEST_IMAGE = 1 << 29
"""Bytes of an image's file; the largest of the sets in the table have 20 MB."""
MAGIC = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff"}
"""How the content of an image begins, by the suffix of its name in lower case."""
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}")
"""Names that images are written under: what every file system and Snakemake take literally."""


def unpack_images(archive: Path, pattern: str, images: int, folder: Path) -> dict[str, str]:
    """Write the images in ``archive`` whose paths fit ``pattern`` into ``folder``; returns SHA-256 by name.

    ``pattern`` is as of `fnmatch`, part by part: ``*`` does not match ``/``. Of about ``images`` images each
    is written under the last part of its path. Raises `SourceError` for a damaged archive; for one that has
    links, paths out of it, two images of one name, or files that fit and are no images; and for one that unpacks to
    more than `LARGEST_GROWTH` times its size. Raises `InputError` where the operating system cannot read it.
    """
    with explain_unread(archive), archive.open("rb") as stream:
        beginning = stream.read(CHUNK_BYTES)
    refuse_web_page(beginning)
    members = _zip_members if beginning.startswith(b"PK\x03\x04") else _tar_members
    digests: dict[str, str] = {}
    try:
        with closing(members(archive, pattern)) as found:
            for path, content in progress(found, "images", images):
                name = path.name
                if name in digests:
                    raise SourceError(f"an archive with two images of the name {name}")
                digests[name] = write_image(name, content, folder)
    except InputError:  # a ValueError, as DAMAGE has
        raise
    except tarfile.ReadError as error:
        raise SourceError(f"neither a zip nor a tar archive, or a damaged one ({error})") from error
    except DAMAGE as error:
        raise SourceError(f"a damaged archive ({error})") from error
    except RuntimeError as error:  # encrypted, or compressed in a way that Python does not support
        raise SourceError(f"an archive that cannot be read ({error})") from error
    return digests


def write_image(name: str, content: Iterable[bytes], folder: Path) -> str:
    """Write an image as ``folder/name``; returns its SHA-256. Raises `SourceError` if it is none, or too large."""
    if not NAME.fullmatch(name):
        raise SourceError(f"an image of the name {name!r}; expected letters, digits and . _ -")
    digest, size = hashlib.sha256(), 0
    with explain_write_errors(folder / name), (folder / name).open("xb") as stream:
        for chunk in content:
            if not size and not chunk.startswith(MAGIC.get(Path(name).suffix.lower(), b"\0")):
                raise SourceError(f"{name} is no PNG or JPEG image, as its name says (it begins with {chunk[:4]!r})")
            size += len(chunk)
            if size > LARGEST_IMAGE:
                raise SourceError(f"{name} has more than {LARGEST_IMAGE:,} bytes")
            digest.update(chunk)
            stream.write(chunk)
    if not size:
        raise SourceError(f"{name} is empty")
    return digest.hexdigest()


def _fits(path: str, pattern: str) -> bool:
    """Whether a path in an archive fits; what macOS adds (``__MACOSX/._name``) does not. Refuses what leads out."""
    found, wanted = PurePosixPath(path), PurePosixPath(pattern)
    if found.is_absolute() or ".." in found.parts or "\\" in path or re.match(r"[A-Za-z]:", path):
        raise SourceError(f"an archive with a path out of it: {path!r}")
    return (
        len(found.parts) == len(wanted.parts)
        and not found.name.startswith("._")
        and all(fnmatchcase(part, each) for part, each in zip(found.parts, wanted.parts, strict=True))
    )


def _check_growth(size: int, archive: Path) -> None:
    if size > (limit := LARGEST_GROWTH * archive.stat().st_size):
        raise SourceError(f"an archive that unpacks to more than {limit:,} bytes, {LARGEST_GROWTH} times its size")


def _zip_members(archive: Path, pattern: str) -> Generator[tuple[PurePosixPath, Iterator[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        entries = [entry for entry in opened.infolist() if _fits(entry.filename, pattern) and not entry.is_dir()]
        _check_growth(sum(entry.file_size for entry in entries), archive)
        for entry in entries:
            mode = entry.external_attr >> 16
            if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
                raise SourceError(f"an archive with a link or device: {entry.filename!r}")
            with opened.open(entry) as stream:
                yield PurePosixPath(entry.filename), _chunks(stream)


def _tar_members(archive: Path, pattern: str) -> Generator[tuple[PurePosixPath, Iterator[bytes]]]:
    with (
        closing(_BoundedStream(archive)) as unpacked,
        tarfile.open(fileobj=cast(IO[bytes], unpacked), mode="r|") as opened,  # read once, from front to back
    ):
        for entry in opened:
            if not _fits(entry.name, pattern) or entry.isdir():
                continue
            if not entry.isreg() or entry.issparse():
                raise SourceError(f"an archive with a link or device: {entry.name!r}")
            stream = opened.extractfile(entry)
            if stream is not None:
                yield PurePosixPath(entry.name), _chunks(stream)


class _BoundedStream:
    """A tar archive, decompressed while it is read, up to `LARGEST_GROWTH` times its size."""

    def __init__(self, archive: Path):
        with archive.open("rb") as stream:
            beginning = stream.read(8)
        openers: Iterator[Callable[..., BufferedIOBase]] = (
            opener for magic, opener in COMPRESSED.items() if beginning.startswith(magic)
        )
        self._archive, self._position = archive, 0
        self._stream = next(openers, open)(archive, "rb")
        self.close = self._stream.close

    def read(self, size: int) -> bytes:
        """Read as a file does. Raises `SourceError` beyond the limit."""
        _check_growth(self._position + size - tarfile.RECORDSIZE, self._archive)
        content: bytes = self._stream.read(size)
        self._position += len(content)
        return content


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")

"""Read the checkpoint from a downloaded file: the file itself, or a member of an archive; web pages are rejected."""

import bz2
import gzip
import hashlib
import html
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from io import BufferedIOBase
from pathlib import Path
from typing import IO, BinaryIO, Self, cast

from sr_fingerprints.networks.downloading.sources import SourceError
from sr_fingerprints.networks.size_limits import LARGEST_GROWTH
from sr_fingerprints.runtime.errors import explain_unread

CHUNK_BYTES = 1 << 20
COMPRESSED: dict[bytes, Callable[..., BufferedIOBase]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
"""First bytes of compressed tar archives, and the functions that open them."""
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, IndexError, ValueError)
"""Exceptions that the readers of archives raise for damaged ones."""


def read_chunks(path: Path, member: str = "") -> Iterator[bytes]:
    """Yield the content of a checkpoint in chunks: the file, or the one file in the archive that matches ``member``.

    Raises `SourceError` for an empty or damaged file, for a web page and for an archive that does not have exactly
    one such file, `InputError` for a file that the operating system cannot read.
    """
    with explain_unread(path):
        try:
            yield from _read_chunks(path, member)
        except SourceError:
            _read_through(path)  # the readers of archives call one damaged that they cannot read
            raise


def _read_chunks(path: Path, member: str) -> Iterator[bytes]:
    with path.open("rb") as stream:
        beginning = stream.read(CHUNK_BYTES)
    if not beginning:
        raise SourceError("an empty file")
    refuse_web_page(beginning)
    is_zip = beginning.startswith(b"PK\x03\x04")  # PyTorch's files do too
    if is_zip and not zipfile.is_zipfile(path):
        raise SourceError("a truncated zip archive")
    if not member:
        with path.open("rb") as stream:
            yield from _read(stream)
        return
    try:
        yield from _zip_member(path, member) if is_zip else _tar_member(path, member)
    except tarfile.ReadError as error:
        reason = f"neither a zip nor a tar archive, or a damaged one (it begins with {beginning[:4]!r})"
        raise SourceError(reason) from error
    except DAMAGE as error:
        raise SourceError(f"a damaged archive ({error})") from error
    except RuntimeError as error:  # encrypted, or compressed in a way that Python does not support
        raise SourceError(f"an archive that cannot be read ({error})") from error


def content_digest(path: Path, member: str = "", copy: BinaryIO | None = None) -> str:
    """SHA-256 of what `read_chunks` yields, which is also written to ``copy``; raises `SourceError` as it does."""
    digest = hashlib.sha256()
    for chunk in read_chunks(path, member):
        digest.update(chunk)
        if copy:
            copy.write(chunk)
    return digest.hexdigest()


def refuse_web_page(beginning: bytes) -> None:
    """Raise `SourceError` with the page's title if ``beginning`` is that of a web page."""
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<") or not re.search(rb"<(!doctype html|html|head|title)\b", text, re.IGNORECASE):
        return
    title = re.search(rb"<title[^>]*>(.*?)</title", text, re.IGNORECASE | re.DOTALL)
    words = html.unescape(title[1].decode(errors="replace")).split() if title else ["untitled"]
    raise SourceError(f"a web page instead of the file: {' '.join(words)[:200]}")


def only_member(names: list[str], pattern: str) -> str:
    """The one name that matches ``pattern``; raises `SourceError` if none or several do."""
    # macOS adds "__MACOSX/._name" beside every "name".
    names = [name for name in names if not Path(name).name.startswith("._")]
    fitting = [name for name in names if fnmatchcase(name, pattern)]
    if len(fitting) != 1:
        listed = ", ".join((fitting or names)[:10])
        raise SourceError(f"{len(fitting)} files fit {pattern}, not one (there are: {listed})")
    return fitting[0]


def _zip_member(path: Path, pattern: str) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        name = only_member([entry.filename for entry in archive.infolist() if not entry.is_dir()], pattern)
        limit = LARGEST_GROWTH * path.stat().st_size
        if archive.getinfo(name).file_size > limit:
            raise SourceError(_too_large(limit))
        with archive.open(name) as stream:
            yield from _read(stream)


def _tar_member(path: Path, pattern: str) -> Iterator[bytes]:
    with (
        _BoundedTarStream(path) as unpacked,
        tarfile.open(
            fileobj=cast(IO[bytes], unpacked), mode="r:"
        ) as archive,  # it has the methods that tarfile uses for reading
    ):
        name = only_member([entry.name for entry in archive if entry.isfile() and not entry.issparse()], pattern)
        stream = archive.extractfile(name)
        if stream is None:
            raise SourceError(f"{name} in the archive is not a file")
        with stream:
            yield from _read(stream)


class _BoundedTarStream:
    """A file object that decompresses a tar archive while it is read, up to `LARGEST_GROWTH` times the file's size.

    The limit stops decompression bombs, which would fill the memory or take very long. Raises `SourceError` beyond
    it.
    """

    def __init__(self, path: Path):
        with path.open("rb") as stream:
            beginning = stream.read(5)
        openers = (opener for magic, opener in COMPRESSED.items() if beginning.startswith(magic))
        self._limit = LARGEST_GROWTH * path.stat().st_size + tarfile.RECORDSIZE
        self._stream = next(openers, open)(path, "rb")
        self.tell = self._stream.tell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int) -> bytes:
        self._check(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, position: int) -> int:
        self._check(position)
        return self._stream.seek(position)

    def _check(self, position: int) -> None:
        if position > self._limit:
            raise SourceError(_too_large(self._limit))


def _too_large(limit: int) -> str:
    return f"an archive that unpacks to more than {limit:,} bytes, {LARGEST_GROWTH} times its size"


def _read_through(path: Path) -> None:
    """Raise the OSError, if any, of a file that cannot be read to its end."""
    with path.open("rb") as stream:
        for _ in _read(stream):
            pass


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(CHUNK_BYTES), b"")

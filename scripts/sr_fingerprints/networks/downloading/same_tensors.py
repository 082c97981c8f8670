"""Find files that hold the same tensors although their bytes differ: torch.save writes the file's name into it."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from sr_fingerprints.networks.size_limits import LARGEST_GROWTH
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.remembered import remembered

CHUNK_BYTES = 1 << 20
LONGEST_HEADER = 100_000_000
"""Bytes; the limit of safetensors itself."""


ALLOWED = "one of them; `networks.twins` enters a network twice, as a control"
"""What a study may have instead of one network under two names."""

FAILURES = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""Exceptions of reading a damaged file, or one of another format."""


def check_distinct(path: Path, others: Iterable[Path], memory: Path) -> None:
    """Raise `InputError` if one of the ``others`` that exist has the weights in ``path`` too.

    ``others`` are the weights of the study's other networks of the same scale, under their names. Of two jobs that
    write the same weights at once, the one that ends later finds the other's. ``memory`` is a folder as in
    `local_files`.
    """
    there = [other for other in others if other.exists()]
    digests = remembered([path, *there], tensors_digest, memory / "tensors.json")
    for other in there:
        if digests[other] == digests[path]:
            first, second = (each.name.removesuffix(each.suffix) for each in (path, other))
            raise InputError(
                f"{path}: the weights of {first!r} are those of {second!r} too ({other}), so that nobody can tell "
                f"their images apart; allowed: {ALLOWED}"
            )


def tensors_digest(path: Path) -> str:
    """Digest of the tensors in a file of PyTorch or safetensors, whatever their names and order; or of all its bytes.

    Nothing is unpickled. It is that of size and CRC-32 of the bytes of each tensor (in files of PyTorch: of each
    storage), sorted. Files of other formats, and damaged ones, have the digest of their bytes.
    """
    try:
        sums = sorted(_of_torch(path) if zipfile.is_zipfile(path) else _of_safetensors(path))
    except FAILURES:
        sums = []
    if not sums:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest()


def _of_torch(path: Path) -> list[tuple[int, int]]:
    """Sizes and CRCs of the members ``*/data/*`` of an archive; computed, since torch may be told to write none."""
    with zipfile.ZipFile(path) as archive:
        storages = [entry for entry in archive.infolist() if "/data/" in f"/{entry.filename}"]
        _check_growth((entry.file_size for entry in storages), path)
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in storages):
            return []  # not torch's own
        sums = []
        for entry in storages:
            with archive.open(entry) as stream:
                sums.append((entry.file_size, _crc(iter(lambda: stream.read(CHUNK_BYTES), b""))))
        return sums


def _of_safetensors(path: Path) -> list[tuple[int, int]]:
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > LONGEST_HEADER:
            return []
        header = json.loads(stream.read(length))
        offsets = [entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"]
        _check_growth((end - begin for begin, end in offsets), path)
        return [(end - begin, _crc(_part(stream, 8 + length + begin, end - begin))) for begin, end in offsets]


def _check_growth(sizes: Iterable[int], path: Path) -> None:
    """Raise ValueError for a file that claims to have one content many times, which would take hours to read."""
    if sum(sizes) > LARGEST_GROWTH * path.stat().st_size:
        raise ValueError("a decompression bomb")


def _part(stream: IO[bytes], start: int, size: int) -> Iterable[bytes]:
    stream.seek(start)
    while size > 0 and (chunk := stream.read(min(size, CHUNK_BYTES))):
        size -= len(chunk)
        yield chunk


def _crc(chunks: Iterable[bytes]) -> int:
    value = 0
    for chunk in chunks:
        value = zlib.crc32(chunk, value)
    return value

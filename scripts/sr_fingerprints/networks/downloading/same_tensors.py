"""Find networks of the same weights though the bytes of their files differ: torch.save writes a file's name into it.

A network is all its files: networks for ncnn may share their weights (Real-ESRGAN's of 2X, 3X and 4X do) or their
layers.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from sr_fingerprints.networks.downloading.content import CHUNK_BYTES
from sr_fingerprints.networks.downloading.lock import DigestLock
from sr_fingerprints.networks.downloading.sources import read_sources
from sr_fingerprints.networks.size_limits import LARGEST_GROWTH, LONGEST_HEADER
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import sha256_of
from sr_fingerprints.runtime.remembered import remembered

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


def check_distinct(
    network: str, files: Mapping[str, Mapping[str, Mapping[str, Any]]], folder: Path, lock: Path, memory: Path
) -> None:
    """Raise `InputError` if the files of ``network`` in ``folder`` have the content of those of another network.

    ``files`` are the entries of the files by network and suffix: of ``network``, and of the others with which it
    `local_files.may_be_one`. Only files that are what the study asks for now are compared, since another job may yet
    replace one of a former run: of jobs that write the same at once, the one that ends last finds the other's.
    ``lock`` has the digests of downloads, ``memory`` is a folder as in `local_files`.
    """

    def digests(name: str) -> list[str]:
        paths = {suffix: folder / f"{name}.{suffix}" for suffix in files[name]}
        is_current = all(_is_current(path, name, suffix, files[name][suffix], lock) for suffix, path in paths.items())
        return [remembered_digest(path, suffix, memory) for suffix, path in paths.items()] if is_current else []

    for other in files if (mine := digests(network)) else []:
        if other != network and digests(other) == mine:
            first, second = (folder / f"{name}.{list(files[name])[-1]}" for name in (network, other))
            raise InputError(
                f"{first}: the weights of {network!r} are those of {other!r} too ({second}), so that nobody "
                f"can tell their images apart; allowed: {ALLOWED}"
            )


def _is_current(path: Path, network: str, suffix: str, file: Mapping[str, Any], lock: Path) -> bool:
    """Whether a file is there, and is of one of the sources of its entry."""
    if not path.exists():
        return False
    recorded = DigestLock(lock, network)
    expected = [recorded.expected(source) for source in read_sources(file, default_name=f"{network}.{suffix}")]
    digest = sha256_of(path)
    return any(digest.startswith(each) for each in expected if each)


def remembered_digest(path: Path, suffix: str, memory: Path) -> str:
    """`layers_digest` of a file that is the ``param`` of a network, `tensors_digest` of others."""
    function, name = (layers_digest, "layers.json") if suffix == "param" else (tensors_digest, "tensors.json")
    return remembered([path], function, memory / name)[path]


def layers_digest(path: Path) -> str:
    """Digest of the layers in a ``.param`` file of ncnn, whatever their names, those of blobs, and the blanks.

    Files of other formats, and damaged ones, have the digest of their bytes.
    """
    content = path.read_bytes()
    lines = [line.split() for line in content.splitlines() if line.strip()]
    try:
        numbers: dict[bytes, int] = {}
        structure = []
        for kind, _, bottoms, tops, *rest in lines[2:]:
            blobs, options = rest[: int(bottoms) + int(tops)], rest[int(bottoms) + int(tops) :]
            structure.append(
                [kind, bottoms, tops, *(numbers.setdefault(blob, len(numbers)) for blob in blobs), *options]
            )
    except ValueError:
        structure = []
    return hashlib.sha256(repr(structure).encode() if structure else content).hexdigest()


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
        return sha256_of(path)
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

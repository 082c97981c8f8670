"""The first frame of animated WebP files whose later frames are damaged; libwebp reads all frames or none."""

import io
import struct
from collections.abc import Iterator
from pathlib import Path

ANIMATION, XMP, EXIF = 0x02, 0x04, 0x08
"""Flags of VP8X (WebP Container Specification, Extended File Format)."""


def first_webp_frame(path: Path) -> Iterator[tuple[io.BytesIO, str]]:
    """Yield an animated WebP file as one of its first frame only, with what was left out.

    Nothing for others, for one whose first frame is cut or is not as large as the image, or whose EXIF or XMP, which
    may tell the photo's orientation, is missing.
    """
    with path.open("rb") as stream:
        start = stream.read(12)
        if start[:4] != b"RIFF" or start[8:] != b"WEBP":
            return
        content = stream.read()
    chunks: dict[bytes, bytes] = {}
    for name, data in _chunks(content):
        chunks.setdefault(name, data)
    extended, frame = chunks.get(b"VP8X", b""), chunks.get(b"ANMF", b"")
    if len(extended) != 10 or not extended[0] & ANIMATION or frame[:6] != bytes(6) or frame[6:12] != extended[4:]:
        return
    kept = [(name, chunks[name]) for name in (b"ICCP",) if name in chunks]
    kept += list(_chunks(frame[16:]))
    for flag, name in ((EXIF, b"EXIF"), (XMP, b"XMP ")):
        if extended[0] & flag and name not in chunks:
            return
        kept += [(name, chunks[name])] if name in chunks else []
    kept.insert(0, (b"VP8X", bytes([extended[0] & ~ANIMATION]) + extended[1:]))
    body = b"".join(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in kept)
    yield io.BytesIO(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body), "further frames"


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the data of each chunk up to the first that is cut."""
    start = 0
    while start + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, start)
        data = content[start + 8 : start + 8 + length]
        if len(data) < length:
            return
        yield name, data
        start += 8 + length + length % 2

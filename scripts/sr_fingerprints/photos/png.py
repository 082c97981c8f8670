"""PNG files whose texts Pillow refuses, while their pixels are whole."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import PngImagePlugin

PngImagePlugin.MAX_TEXT_CHUNK = 16 * 2**20  # bytes decompressed, of texts and of the colour profile; 1 MB in Pillow

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = (b"tEXt", b"zTXt", b"iTXt")
USED_TEXTS = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0")
"""Keywords of the texts that may tell the photo's orientation."""

PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"IDAT", b"IEND")
"""Chunks that the upright pixels of the first image are in."""


def reduced_pngs(path: Path) -> Iterator[tuple[io.BytesIO, str]]:
    """Yield a PNG file again with fewer chunks, each with what was left out: texts first, then all but the pixels.

    A file with a damaged chunk is not reduced, nor is one of another format.
    """
    chunks = list(_chunks(path))
    without_texts = [(kind, chunk) for kind, chunk in chunks if kind not in TEXTS or chunk[8:].startswith(USED_TEXTS)]
    pixels = [(kind, chunk) for kind, chunk in chunks if kind in PIXELS]
    for kept, left_out in ((without_texts, "texts"), (pixels, "texts, profile and further frames")):
        if 0 < len(kept) < len(chunks):
            yield io.BytesIO(SIGNATURE + b"".join(chunk for _, chunk in kept)), left_out


def _chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and the bytes of each chunk; nothing if one of them is damaged."""
    with path.open("rb") as stream:
        if stream.read(len(SIGNATURE)) != SIGNATURE:
            return
        content = stream.read()
    chunks, start = list[tuple[bytes, bytes]](), 0
    while start < len(content) and (not chunks or chunks[-1][0] != b"IEND"):
        if start + 12 > len(content):
            return
        length, kind = struct.unpack_from(">I4s", content, start)
        chunk = content[start : start + length + 12]
        if len(chunk) != length + 12 or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            return
        chunks.append((kind, chunk))
        start += len(chunk)
    yield from chunks

"""What TIFF files say of themselves, and those of which Pillow reads wrong pixels or none."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL.TiffImagePlugin import ImageFileDirectory_v2

SIGNATURES = (b"II*\0", b"MM\0*", b"MM*\0", b"II\0*", b"II+\0", b"MM\0+")
"""Of TIFF and BigTIFF, as Pillow takes them."""

BIG_ENDIAN_BIGTIFF = b"MM\0+"
"""Which Pillow takes for TIFF: it looks for the 43 of BigTIFF in the wrong byte."""

MAX_DIRECTORIES = 100
"""Pages and subdirectories of a TIFF that are compared with the first one."""

READ_BITS = (1, 2, 4, 8, 12, 16)
"""Bits a channel that Pillow reads, as whole numbers without a sign."""

READ_COMPRESSIONS = "LZW, Deflate, ZSTD, JPEG, or none"
UNREAD_COMPRESSIONS = {
    **dict.fromkeys((33003, 33004, 33005, 34712), "JPEG 2000"),
    34887: "LERC",
    34933: "PNG",
    **dict.fromkeys((22610, 34934), "JPEG XR"),
    50001: "WebP",
    **dict.fromkeys((50002, 52546), "JPEG XL"),
}
"""Registered compressions that Pillow's wheels do not read."""

LAB = (8, 9, 10)
"""PhotometricInterpretation of CIELAB, ICCLAB and ITULAB."""

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, PLANES, SAMPLE_FORMAT = 256, 257, 258, 259, 262, 284, 339
TAGS = (254, 255, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, PLANES, SAMPLE_FORMAT, 50706)


def directories(path: Path) -> Iterator[dict[int, Any]]:
    """Yield `TAGS` as whole numbers, of each page of a TIFF and of their SubIFDs, without damaged ones."""
    with path.open("rb") as stream:
        header = stream.read(16)
        if not header.startswith(SIGNATURES) or header.startswith(BIG_ENDIAN_BIGTIFF):
            return
        header = header if b"+" in header[2:4] else header[:8]
        offsets, seen = [ImageFileDirectory_v2(header).next], set[int]()
        while offsets and len(seen) < MAX_DIRECTORIES:
            offset = offsets.pop(0)
            if not offset or offset in seen:
                continue
            seen.add(offset)
            directory = ImageFileDirectory_v2(header)
            with suppress(Exception):  # Pillow tells of the first directory what is damaged
                stream.seek(offset)
                directory.load(stream)
                yield {tag: _number(directory, tag) for tag in TAGS if tag in directory}
                inner = directory.get(330, ())
                offsets += [*(inner if isinstance(inner, tuple) else (inner,)), directory.next]


def _number(directory: ImageFileDirectory_v2, tag: int) -> int:
    """The value of a tag, or its first; 0 if it is no whole number."""
    value = directory[tag]
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int) else 0


def unread_tiff(path: Path) -> str | None:
    """Say what of the first page of a TIFF Pillow does not read, and what is allowed; None if there is nothing."""
    with path.open("rb") as stream:
        if stream.read(4) == BIG_ENDIAN_BIGTIFF:
            return "found a big-endian BigTIFF; allowed: TIFF, and little-endian BigTIFF"
    tags = next(directories(path), dict[int, Any]())
    if tags.get(PHOTOMETRIC) in LAB:
        return "found CIELAB colours; allowed: RGB, grey or CMYK"
    bits = tags.get(BITS, 1)
    kinds = {2: f"integers of {bits} bits with a sign", 3: "floating-point numbers", 5: "complex numbers"}
    kinds[6] = kinds[5]
    kind = kinds.get(tags.get(SAMPLE_FORMAT, 1), f"integers of {bits} bits" if bits not in READ_BITS else None)
    if kind:
        return f"found {kind}; allowed: 8 or 16 bits a channel"
    if compression := UNREAD_COMPRESSIONS.get(tags.get(COMPRESSION, 1)):
        return f"found TIFF compressed by {compression}; allowed: {READ_COMPRESSIONS}"
    return None


def needs_libtiff(path: Path) -> bool:
    """Whether Pillow without libtiff would read wrong pixels: planes of 16 bits that are not compressed."""
    tags = next(directories(path), dict[int, Any]())
    return (tags.get(PLANES), tags.get(BITS), tags.get(COMPRESSION, 1)) == (2, 16, 1)

"""Which files are photos: the formats that are opened, and files of which a preview or wrong pixels would be read."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from sr_fingerprints.photos.tiff import HEIGHT, PHOTOMETRIC, WIDTH, directories, unread_tiff

FORMATS = (
    *("AVIF", "BMP", "DDS", "DIB", "GIF", "JPEG", "JPEG2000", "PCX", "PNG", "PPM", "PSD"),
    *("QOI", "SGI", "SUN", "TGA", "TIFF", "WEBP"),
)
"""Formats of photos, by Pillow's names; JPEG includes MPO.

Not those that Pillow hands to another program or decodes with whatever it finds inside (EPS, WMF, IPTC), those of
which it reads a preview (PCD, FPX, MIC, XVTHUMB), stubs (BUFR, GRIB, HDF5, MPEG), measurements without a white level
(FITS, MCIDAS, SPIDER), icons, brushes, textures of games and drawings.
"""

RAW_SUFFIXES = (
    *(".3fr", ".ari", ".arw", ".bay", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dcs", ".dng", ".drf", ".eip", ".erf"),
    *(".fff", ".gpr", ".iiq", ".k25", ".kdc", ".mdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef"),
    *(".ptx", ".pxn", ".r3d", ".raf", ".raw", ".rw2", ".rwl", ".rwz", ".sr2", ".srf", ".srw", ".sti", ".x3f"),
)
"""Suffixes of camera raw files, in lower case."""

RAW_SIGNATURES = {
    (0, b"FUJIFILMCCD-RAW"): "Fujifilm",
    (0, b"FOVb"): "Sigma",
    (0, b"\0MRM"): "Minolta",
    (0, b"IIU\0"): "Panasonic",
    (0, b"IIR"): "Olympus",
    (0, b"MMOR"): "Olympus",
    (0, b"IIII"): "Phase One",
    (8, b"IIII"): "Phase One",
    (8, b"MMMM"): "Phase One",
    (4, b"RED1"): "RED",
    (4, b"RED2"): "RED",
    (4, b"ftypcrx "): "Canon",
    (6, b"HEAPCCDR"): "Canon",
    (8, b"CR\2"): "Canon",
    (25, b"ARECOYK"): "Kyocera",
}
"""Makers of camera raw files, by the offset and bytes by which the files are known."""

OTHER_SIGNATURES = {
    (0, b"%!PS"): "EPS",
    (0, b"\xc5\xd0\xd3\xc6"): "EPS",
    (0, b"%PDF"): "PDF",
    (0, b"\xd7\xcd\xc6\x9a"): "WMF",
    (40, b" EMF"): "EMF",
    (0, b"<svg"): "SVG",
    (0, b"<?xml"): "XML",
    (4, b"ftyphe"): "HEIC",
    (4, b"ftypmif1"): "HEIF",
    (4, b"ftypmsf1"): "HEIF",
    (4, b"ftypavi"): "AVIF",
    (4, b"ftyp"): "video",
    (4, b"moov"): "video",
    (4, b"mdat"): "video",
    (8, b"AVI "): "video",
    (0, b"\x1aE\xdf\xa3"): "video",
    (0, b"\xff\x0a"): "JPEG XL",
    (4, b"JXL \r\n"): "JPEG XL",
    (0, b"II\xbc"): "JPEG XR",
    (0, b"AT&TFORM"): "DjVu",
    (0, b"8BPS\0\2"): "PSB",
    (0, b"gimp xcf"): "XCF",
    (0, b"v/1\1"): "OpenEXR",
    (0, b"#?RADIANCE"): "Radiance HDR",
    (0, b"#?RGBE"): "Radiance HDR",
    (0, b"SDPX"): "DPX",
    (0, b"XPDS"): "DPX",
    (0, b"PK\3\4"): "ZIP",
    (0, b"P7 332"): "XVTHUMB",
    (0, b"icns"): "ICNS",
    (0, b"\0\0\1\0"): "ICO",
    (0, b"SIMPLE  ="): "FITS",
    (0, b"GRIB"): "GRIB",
    (0, b"BUFR"): "BUFR",
    (0, b"\x89HDF"): "HDF5",
}
"""Formats that are not read, by offset and bytes."""

CONVERT = "convert it to TIFF, PNG or JPEG"
DEVELOP = "develop it to TIFF, PNG or JPEG"


@cache
def photo_formats() -> tuple[str, ...]:
    """Those of `FORMATS` that the installed Pillow reads, for the ``formats`` of `Image.open`."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def misread(path: Path) -> str | None:
    """Say what a file is of which Pillow would read a preview, wrong pixels or none, with the remedy; or None."""
    start = _start(path)
    if path.suffix.lower() in RAW_SUFFIXES:
        return f"found a camera raw file, by its suffix {path.suffix}; {DEVELOP}, or rename it if it is none"
    if path.suffix.lower() == ".thm":
        return f"found a camera's thumbnail, by its suffix {path.suffix}; give the photo itself"
    if maker := _signed(RAW_SIGNATURES, start):
        return f"found a camera raw file ({maker}); {DEVELOP}"
    if start.startswith(b"8BPS\0\1"):
        bits = int.from_bytes(start[22:24], "big")
        return f"found PSD of {bits} bits a channel; allowed: 8; {CONVERT}" if bits > 8 else _preview_in_psd(path)
    if preview := _preview_in_tiff(path):
        return preview
    unread = unread_tiff(path)
    return f"{unread}; {CONVERT}" if unread else None


def other_format(path: Path) -> str | None:
    """Name the format of a file that is not a photo, if it is known, without opening it in this format."""
    other = _signed(OTHER_SIGNATURES, _start(path))
    return None if other in photo_formats() else other


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(48)


def _signed(signatures: dict[tuple[int, bytes], str], start: bytes) -> str | None:
    return next((name for (offset, sign), name in signatures.items() if start.startswith(sign, offset)), None)


def _preview_in_tiff(path: Path) -> str | None:
    """TIFF 6.0, NewSubfileType and SubfileType; DNG 1.4, DNGVersion, PhotometricInterpretation and SubIFDs."""
    pages = list(directories(path))
    if not pages:
        return None
    first, *others = pages
    if 50706 in first or any(tags.get(PHOTOMETRIC) in (32803, 34892) for tags in pages):
        return f"found a camera raw file (TIFF with the data of a sensor); {DEVELOP}"
    width, height = size = _size(first)
    largest = max((_size(tags) for tags in others), key=lambda size: size[0] * size[1], default=size)
    is_reduced = first.get(254, 0) & 1 or first.get(255) == 2
    if is_reduced or largest[0] * largest[1] >= 2 * width * height > 0:
        order = "first" if largest == size else f"before one of {largest[0]} x {largest[1]}"
        kind = "a reduced image" if is_reduced else "an image"
        return f"found {kind} of {width} x {height} pixels {order}, as in camera raw files; {DEVELOP}"
    if first.get(254, 0) & 4:
        return f"found a mask of transparency before the photo; {CONVERT}"
    return None


def _size(tags: dict[int, Any]) -> tuple[int, int]:
    return tags.get(WIDTH, 0), tags.get(HEIGHT, 0)


def _preview_in_psd(path: Path) -> str | None:
    """Adobe Photoshop File Formats Specification, resource 1057: whether the image beside the layers is real."""
    with suppress(Exception), Image.open(path, formats=("PSD",)) as image:
        for number, _, data in image.resources:  # type: ignore[attr-defined]
            if number == 1057 and data[4:5] == b"\0":
                return f"found layers only, without the image that they make; {CONVERT}"
    return None

"""Images of any origin, as the study reads photos: pixels, and what of the file an answer should mention."""

import hashlib
import io
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from sr_fingerprints.photos.formats import photo_formats
from sr_fingerprints.photos.reading import OR_SKIP, decode_photo
from sr_fingerprints.runtime.errors import InputError, explain_unread

Pixels = npt.NDArray[np.uint8]

ANIMATED = ("AVIF", "GIF", "PNG", "WEBP")
"""Formats, by Pillow's names, whose further images are frames of an animation and not pages or views."""


@dataclass(frozen=True)
class GivenImage:
    """A decoded image, and its file."""

    path: str | None
    pixels: Pixels  # (h, w, 3), RGB in sRGB
    sha256: str  # of the file
    jpeg_quality: int | None  # 1 to 100, the nearest by its quantisation; None for other formats
    remarks: tuple[str, ...]  # of what was converted or passed over


def read_image(path: str | Path) -> GivenImage:
    """Decode an image file as `photos.reading.read_photo` does, with its turning and its conversion of colours.

    Raises `InputError`, one line with the file's name, for what that function refuses, and for animations.
    """
    path = Path(path)
    try:
        with explain_unread(path):
            content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: not found; allowed: an image file") from error
    if not path.is_file():  # a pipe, which can be read once
        return read_image_bytes(content, str(path))
    return _decoded(path, str(path), hashlib.sha256(content).hexdigest())


def read_image_bytes(content: bytes, name: str | None = None) -> GivenImage:
    """The same of the content of a file; ``name`` stands for its path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image")  # what tells formats apart reads files
        path.write_bytes(content)
        return _decoded(path, name, hashlib.sha256(content).hexdigest())


def _decoded(path: Path, name: str | None, sha256: str) -> GivenImage:
    shown = name or "the given bytes"
    try:
        photo = decode_photo(path)
    except InputError as error:
        raise InputError(str(error).removesuffix(OR_SKIP).replace(str(path), shown, 1)) from error
    frames, quality = 1, None
    with suppress(Exception), Image.open(path, formats=photo_formats()) as file:  # it may be readable in part only
        if file.format in ANIMATED:
            frames = getattr(file, "n_frames", 1)
        quality = jpeg_quality(getattr(file, "quantization", None))
    if frames > 1:
        raise InputError(f"{shown}: found an animation of {frames} frames; allowed: a single image")
    converted = (f"its colours were converted from {photo.profile} to sRGB",) if photo.profile else ()
    return GivenImage(name, np.asarray(photo.image), sha256, quality, (*converted, *photo.remarks))


def jpeg_quality(quantisation: dict[int, list[int]] | None) -> int | None:
    """Quality, 1 to 100, at which libjpeg quantises luminance most like these tables do, by their sum of differences.

    That of programs with tables of their own, such as Adobe's or a camera's, is an equivalent. None without tables.
    """
    if not quantisation:
        return None
    differences = np.abs(_luminance_tables() - np.array(quantisation[0])).sum(axis=1)
    return int(differences.argmin()) + 1


@cache
def _luminance_tables() -> npt.NDArray[np.int64]:
    """Luminance quantisation by libjpeg at each quality from 1 to 100, (100, 64), as it writes them."""
    tables = []
    for quality in range(1, 101):
        written = io.BytesIO()
        Image.new("L", (8, 8)).save(written, "JPEG", quality=quality)
        with Image.open(written) as file:
            tables.append(file.quantization[0])  # type: ignore[attr-defined]
    return np.array(tables, np.int64)

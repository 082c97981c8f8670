"""Figures as small PNG files, for a repository."""

import io
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from sr_fingerprints.runtime.errors import as_input_error

LARGEST = 300_000  # bytes
COLOURS = (256, 128, 64)
SMALLEST_FACTOR = 0.5  # of a width of 200 dots an inch; texts of 7 points would not be read below it


def small_png(path: Path, largest: int = LARGEST) -> bytes:
    """Content of a PNG file, encoded anew if it has more than ``largest`` bytes.

    Tried one after another until one is small enough: the same pixels compressed better; 256, 128 or 64 colours;
    and the same with fewer pixels, down to half the width. Else the smallest of these is returned. Raises
    `InputError` if the file is no image.
    """
    with as_input_error(path, "a PNG file"):
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as opened:
            image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if len(content) <= largest:
        return content
    smallest = content
    for encoded in _encodings(image):
        smallest = min(smallest, encoded, key=len)
        if len(smallest) <= largest:
            break
    return smallest


def _encodings(image: Image.Image) -> Iterator[bytes]:
    """``image`` as PNG, ever smaller."""
    yield _png(image)
    if image.mode == "RGBA":  # figures are shown on white
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    factor = 1.0
    while factor > SMALLEST_FACTOR - 1e-9:
        size = (max(round(image.width * factor), 1), max(round(image.height * factor), 1))
        resized = image if factor == 1 else image.resize(size, Image.Resampling.LANCZOS)
        for colours in COLOURS:
            yield _png(resized.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))
        factor -= 0.125


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()

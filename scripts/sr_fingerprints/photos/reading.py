"""Decode one image file as 8-bit RGB."""

import logging
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)

MAX_MEGAPIXELS = 500
"""Limit of a photo. Decoded, this many take 1.5 gigabytes, and preparing the photo several times that."""

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is lower, and it warns before it raises an error

DECODING_ERRORS = (
    *(OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError),
    *(struct.error, zlib.error),
)
"""Exceptions that Pillow raises for damaged files, depending on the format."""


def read_photo(path: Path) -> Image.Image:
    """Decode an image file as 8-bit RGB, rotated according to its EXIF orientation.

    Transparent pixels are blended with white, 16 bits are reduced to the upper 8. Of several frames or pages the
    first is used. Raises `InputError` with the file's name when it is not an image, is damaged, has more than
    `MAX_MEGAPIXELS`, or holds numbers whose white level is not known (32-bit integers, floating point).
    """
    try:
        with Image.open(path) as file:
            if file.width * file.height > MAX_MEGAPIXELS * 1_000_000:
                raise ValueError(
                    f"found {file.width} x {file.height} pixels; allowed: up to {MAX_MEGAPIXELS} megapixels"
                )
            if file.mode in ("I", "F"):
                kind = {"I": "integers of 32 bits", "F": "floating-point numbers"}[file.mode]
                raise ValueError(f"found {kind}; allowed: 8 or 16 bits a channel")
            image: Image.Image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I;16"):
                image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return image.convert("RGB")
    except DECODING_ERRORS as error:
        raise InputError(
            f"{path}: not a whole image, or not a photo ({error}); repair or remove it, or set skip_unreadable: true"
        ) from error


def warn_of_frames(path: Path) -> None:
    """Warn of a file with several images, except MPO, which some cameras write with several views of one scene."""
    with Image.open(path) as image:
        frames = getattr(image, "n_frames", 1)
        if frames > 1 and image.format != "MPO":
            logger.warning("%s: has %d frames or pages; only the first is used", path, frames)

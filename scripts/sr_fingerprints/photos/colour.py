"""Convert photos to sRGB, which networks and other people's photos without a profile are in."""

import io
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from itertools import product
from typing import cast

import numpy as np
from PIL import ExifTags, Image, ImageCms

TOLERANCE = 2
"""Levels, of 255. A profile that moves no colour by more is a variant of sRGB: its pixels are left as they are."""

SRGB_GAMMA = 0.45455
SRGB_CHROMATICITY = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""As PNG stores them (third edition, 11.3.2.1 and 11.3.2.2): white, red, green, blue."""

MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Pillow's mode by the colour space of an ICC profile."""

CLASSES = ("scnr", "mntr", "prtr", "spac")
"""Classes of ICC profiles that describe the colours of an image: scanners, monitors, printers, colour spaces."""

Transform = Callable[[Image.Image], Image.Image]


def convert_to_srgb(image: Image.Image, icc: bytes) -> tuple[Image.Image, str | None]:
    """Convert an image from its ICC profile to sRGB, and return the description of that profile.

    Colours of sRGB stay what they are (relative colorimetric intent, with black point compensation), those outside it
    become the nearest ones. Transparency is kept. An image in sRGB, or in a variant of it (see `TOLERANCE`), is
    returned as it is, with None.

    Raises ValueError if the profile is damaged, or is not one for this kind of image.
    """
    mode, description, transform = _transform(icc)
    grey = image.mode in ("1", "L", "LA", "La")
    if mode != ("CMYK" if image.mode == "CMYK" else "L" if grey and mode == "L" else "RGB"):
        raise ValueError(f"{description} is for {mode} and not for {image.mode}")
    if transform is None:
        return image, None
    if not image.has_transparency_data:
        return transform(image.convert(mode)), description
    image = image.convert("RGBA")
    converted = transform(image.convert(mode))
    converted.putalpha(image.getchannel("A"))
    return converted, description


def other_colours(image: Image.Image) -> list[str]:
    """What a file without an ICC profile says of its colours if it is not sRGB; that is not used.

    PNG: gAMA and cHRM; EXIF: Adobe RGB by the rules of camera makers (DCF 2.0, interoperability index R03).
    """
    told = []
    gamma, chromaticity = image.info.get("gamma", SRGB_GAMMA), image.info.get("chromaticity", SRGB_CHROMATICITY)
    alike = np.allclose(gamma, SRGB_GAMMA, atol=0.02) and np.allclose(chromaticity, SRGB_CHROMATICITY, atol=0.005)
    if "srgb" not in image.info and not alike:
        told.append("its gAMA and cHRM, which are not those of sRGB, are passed over: read as sRGB")
    with suppress(Exception):  # entries may be of any type
        if image.getexif().get_ifd(ExifTags.IFD.Interop).get(1) == "R03":
            told.append("its EXIF says Adobe RGB, but it has no profile: read as sRGB")
    return told


@lru_cache(maxsize=8)
def _transform(icc: bytes) -> tuple[str, str, Transform | None]:
    """The mode that a profile is for, its description, and the conversion to sRGB; None if that changes nothing."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        header = profile.profile
        mode = MODES.get(header.xcolor_space.strip())
        if mode is None or header.device_class not in CLASSES:
            raise ValueError(f"of class {header.device_class!r} for {header.xcolor_space!r}")
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        description = "".join(character for character in header.profile_description or "" if character.isprintable())
    except (ImageCms.PyCMSError, OSError, TypeError) as error:
        raise ValueError(str(error)) from error

    def convert(image: Image.Image) -> Image.Image:
        return cast(Image.Image, ImageCms.applyTransform(image, transform))  # a new image, since not in place

    samples = _samples(mode)
    change = np.asarray(convert(samples), int) - np.asarray(samples.convert("RGB"), int)
    same = mode != "CMYK" and np.abs(change).max() <= TOLERANCE
    return mode, description.strip() or "a profile without a name", None if same else convert


def _samples(mode: str) -> Image.Image:
    """All greys, and for RGB a grid of colours, as one row of pixels."""
    levels = np.arange(256, dtype=np.uint8)
    if mode != "RGB":
        return Image.fromarray(levels[None]).convert(mode)
    grid = np.array(list(product(levels[::15], repeat=3)), np.uint8)
    return Image.fromarray(np.concatenate([grid, np.stack([levels] * 3, 1)])[None])

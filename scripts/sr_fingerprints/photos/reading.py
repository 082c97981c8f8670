"""Decode one image file as 8-bit RGB."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, TiffImagePlugin, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from sr_fingerprints.photos.colour import convert_to_srgb, other_colours
from sr_fingerprints.photos.formats import CONVERT, misread, other_format, photo_formats
from sr_fingerprints.photos.png import reduced_pngs
from sr_fingerprints.photos.tiff import BITS, PHOTOMETRIC, needs_libtiff
from sr_fingerprints.photos.webp import first_webp_frame
from sr_fingerprints.runtime.errors import InputError, system_error

MAX_MEGAPIXELS = 500
"""Limit of a photo. Decoded, this many take 1.5 gigabytes, and preparing the photo several times that."""

Image.MAX_IMAGE_PIXELS = None  # Pillow's own limit is lower, and it warns before it raises an error
Image.WARN_POSSIBLE_FORMATS = True  # tell why a file of a known format is not opened

OR_SKIP = ", or for `photos` set skip_unreadable: true"
"""What else can be done about a file that is not taken, at the end of its error."""

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a photo upright, by its EXIF orientation."""

XMP_ORIENTATION = r"""tiff:Orientation\s*(?:=\s*["']|>)\s*([0-9])"""
"""As XML may have it; Pillow knows it without spaces, and in double quotes."""


class UnreadPhotoError(InputError):
    """The system did not let a file be read: nothing is known about the photo, so it is never skipped."""


class _Refusal(ValueError):
    """What was found in a file that is not taken, and what to do or give instead."""


@dataclass(frozen=True)
class Photo:
    """A decoded photo: 8-bit RGB, upright, in sRGB.

    ``profile`` is the description of the ICC profile from which it was converted, None if it was not. ``remarks``
    tell what of the file was passed over, such as further frames.
    """

    image: Image.Image
    profile: str | None
    remarks: tuple[str, ...]


def read_photo(path: str | Path) -> Image.Image:
    """Decode an image file as 8-bit RGB in sRGB, turned according to its EXIF orientation.

    Colours are converted from the file's ICC profile; without one they are sRGB. Transparent pixels are blended with
    white, 16 bits are reduced to the upper 8. Of several frames or pages the first is used. Raises `InputError` with
    the file's name when it is not of a format of photos, is damaged, has more than `MAX_MEGAPIXELS`, holds numbers
    whose white level is not known (32-bit integers, floating point), or when Pillow would read a preview of it, and
    `UnreadPhotoError` when the system does not let it be read.
    """
    return decode_photo(path).image


def decode_photo(path: str | Path) -> Photo:
    """Decode as `read_photo` does, and tell from which colours, and what was passed over."""
    path = Path(path)
    try:
        with warnings.catch_warnings(record=True, action="always", category=UserWarning) as warned:
            if found := misread(path):
                raise _Refusal(found)
            TiffImagePlugin.READ_LIBTIFF = needs_libtiff(path)
            photo = _decode_in_part(path)
        told = tuple(f"Pillow warns: {_first_line(warning)}" for warning in _told(warned)[0][:1])
        return replace(photo, remarks=photo.remarks + told)
    except Exception as error:
        if unread := system_error(error):
            raise UnreadPhotoError(f"{path}: cannot be read {unread}") from error
        reason = _reason(path, error, _told(warned)[1])
        raise InputError(f"{path}: {reason}{OR_SKIP}") from error


def _told(warned: Sequence[warnings.WarningMessage]) -> tuple[list[str], list[str]]:
    """Pillow's warnings of a file that it opened, and those of formats in which it tried to, without success."""
    messages, tried = [str(warning.message) for warning in warned], " opening failed. "
    failed = [_first_line(message).replace(tried, ": ") for message in messages if tried in message]
    return [message for message in messages if tried not in message], failed


def _decode_in_part(path: Path) -> Photo:
    """Decode a file; if that fails, without what of it is not the pixels of the first image."""
    try:
        return _decode(path)
    except Exception as error:
        for part, left_out in chain(reduced_pngs(path), first_webp_frame(path)):
            with suppress(Exception):
                photo = _decode(part)
                remark = f"its {left_out} cannot be read, and are passed over ({_first_line(error)})"
                return replace(photo, remarks=(*photo.remarks, remark))
        raise


def _decode(source: Path | io.BytesIO) -> Photo:
    with Image.open(source, formats=photo_formats()) as file:
        _check_size_and_mode(file)
        image, remarks = _upright(file)
        if image.mode.startswith("I"):
            image = _reduced_to_8_bits(image, getattr(file, "tag_v2", {}))
        profile = None
        if icc := file.info.get("icc_profile"):
            try:
                image, profile = convert_to_srgb(image, icc)
            except ValueError as error:
                remarks.append(f"its colour profile is passed over ({_first_line(error)}): read as sRGB")
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        photo = image.convert("RGB")
        return Photo(photo, profile, (*remarks, *_further_frames(file)))


def _reduced_to_8_bits(image: Image.Image, tags: Mapping[int, Any]) -> Image.Image:
    """The upper 8 of 16 bits of grey, or of the 12 that a TIFF may have, whose white may be zero."""
    values = np.asarray(image)
    bits = tags.get(BITS, (16,))[0]
    grey = (values >> bits - 8).astype(np.uint8)
    if tags.get(PHOTOMETRIC) == 0:
        grey = 255 - grey
    if "transparency" not in image.info:
        return Image.fromarray(grey)
    opaque = (values != image.info["transparency"]) * np.uint8(255)
    return Image.fromarray(np.stack([grey, opaque], -1))


def _check_size_and_mode(file: ImageFile) -> None:
    if file.width * file.height > MAX_MEGAPIXELS * 1_000_000:
        raise _Refusal(f"found {file.width} x {file.height} pixels; allowed: up to {MAX_MEGAPIXELS} megapixels")
    if file.mode == "LAB":
        raise _Refusal(f"found CIELAB colours; allowed: RGB, grey or CMYK; {CONVERT}")
    kind = {"I": "integers of 32 bits", "F": "floating-point numbers"}.get(file.mode)
    if kind and (file.format, file.mode) != ("PPM", "I"):  # Pillow scales those to 16 bits
        raise _Refusal(f"found {kind}; allowed: 8 or 16 bits a channel")


def _upright(file: ImageFile) -> tuple[Image.Image, list[str]]:
    """Decode the pixels, and turn them by the EXIF orientation alone: other entries may be damaged."""
    remarks: list[str] = []
    if file.format != "TIFF":
        file.load()
    for key in {"xmp", "XML:com.adobe.xmp"} & set(file.info):
        file.info[key] = _as_pillow_expects(file.info[key])
    try:
        turn = TURNS.get(file.getexif().get(ORIENTATION, 1))
    except Exception as error:
        turn = None
        remarks.append(f"its EXIF cannot be read ({_first_line(error)}): not turned")
    if "icc_profile" not in file.info:
        remarks += other_colours(file)
    elif file.info["icc_profile"] is None:
        remarks.append("its colour profile is passed over (damaged, or not whole): read as sRGB")
    if file.format == "TIFF":  # Pillow turns it when it decodes it, and reads all its EXIF, unless there is no more
        exif = file.getexif()
        for tag in set(exif) - {ORIENTATION}:
            del exif[tag]
        file.info.pop("xmp", None)
        file.load()
        turn = turn if ORIENTATION in exif else None
    return (file.transpose(turn) if turn is not None else file), remarks


def _as_pillow_expects(xmp: object) -> object:
    if isinstance(xmp, bytes):
        return re.sub(XMP_ORIENTATION.encode(), rb'tiff:Orientation="\1', xmp)
    return re.sub(XMP_ORIENTATION, r'tiff:Orientation="\1', xmp) if isinstance(xmp, str) else xmp


def _further_frames(file: ImageFile) -> Iterator[str]:
    """Tell of other frames or pages than the first, except those of MPO, where some cameras put views of one scene.

    The layers of PSD are none, since the image shows them all.
    """
    if file.format in ("MPO", "PSD"):
        return
    try:
        frames = getattr(file, "n_frames", 1)
    except Exception as error:
        yield f"a frame or page after the first is damaged ({_first_line(error)}); only the first is used"
    else:
        if frames > 1:
            yield f"has {frames} frames or pages; only the first is used"


def _reason(path: Path, error: Exception, failed: Sequence[str]) -> str:
    if isinstance(error, _Refusal):
        return str(error)
    if isinstance(error, MemoryError):
        return "more than there is memory for; reduce it"
    why = _first_line(error)
    if isinstance(error, UnidentifiedImageError):
        if name := other_format(path):
            return f"found {name}; allowed: {', '.join(photo_formats())}; {CONVERT}"
        why = next((told for told in failed if not told.startswith(("DIB", "TGA"))), why)  # which any file could be
    return f"not a whole image, or not one that is read ({why}); repair or convert it, or move it elsewhere"


def _first_line(error: object) -> str:
    if isinstance(error, UnidentifiedImageError):  # whose message is the path
        return "of no known format, or damaged at its start"
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]

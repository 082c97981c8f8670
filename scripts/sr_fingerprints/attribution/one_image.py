"""Attribution of a file, of bytes or of pixels: what the command line does for each image."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sr_fingerprints.attribution.images import GivenImage, Pixels, read_image, read_image_bytes
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle
    from sr_fingerprints.attribution.decisions import Attribution

DEFAULT_BUNDLE = Path(__file__).parents[3] / "resources" / "bundles" / "upscalers.safetensors"
"""The bundle of the checkout that this package is installed from."""


def attribute(
    image: "str | Path | bytes | Pixels | GivenImage", bundle: "Bundle | str | Path | None" = None
) -> "Attribution":
    """Which super-resolution network made this image, if any?

    ``image`` is the path of a file, its content as bytes, or pixels, uint8 (h, w, 3), RGB in sRGB. ``bundle`` is the
    path of one, one that `read_bundle` read, or None for the project's. The answer's ``image`` has the path and the
    digest of the file where there is one. Raises `InputError`, in one line, for an image that cannot be read, is an
    animation or too small, for other pixels, and for a bundle that is missing or damaged.
    """
    from sr_fingerprints.attribution.decisions import decide

    known = load_bundle(bundle)
    if isinstance(image, np.ndarray):
        return decide(known, image)
    if isinstance(image, str | Path):
        image = read_image(image)
    elif isinstance(image, bytes):
        image = read_image_bytes(image)
    try:
        answer = decide(known, image.pixels, jpeg_quality=image.jpeg_quality)
    except InputError as error:
        raise InputError(f"{image.path or 'image'}: {str(error).removeprefix('image: ')}") from error
    answer = replace(answer, limits=(*answer.limits, *image.remarks))
    return replace(answer, image=replace(answer.image, path=image.path, sha256=image.sha256))


def load_bundle(bundle: "Bundle | str | Path | None") -> "Bundle":
    """The bundle at a path, that of the project for None, or the given one itself.

    A file is read once, unless it changes. Raises `InputError` if it is missing or damaged.
    """
    if bundle is not None and not isinstance(bundle, str | Path):
        return bundle
    path = bundle_path(bundle)
    return _read(path, path.stat().st_mtime_ns)


def bundle_path(given: str | Path | None) -> Path:
    """The path of a bundle: the given one, or the project's for None. Raises `InputError` if there is no file."""
    path = DEFAULT_BUNDLE if given is None else Path(given)
    if path.is_file():
        return path
    if given is None:
        raise InputError(
            f"there is no bundle in the project ({path}): it was not installed from a checkout; give one that "
            "`sr-fingerprints export` wrote, with --bundle"
        )
    found = "a folder" if path.is_dir() else "no such file"
    raise InputError(f"{path}: found {found}; allowed: a bundle that `sr-fingerprints export` wrote")


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> "Bundle":
    from sr_fingerprints.attribution.bundle import read_bundle

    return read_bundle(path)

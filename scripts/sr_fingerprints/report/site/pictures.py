"""Small PNG files of patches, of their errors and of spectra. The same pixels give the same bytes."""

import io
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.colors import Normalize
from PIL import Image

from sr_fingerprints.runtime.errors import as_input_error

GAIN = 4
"""Errors are shown so many times as large."""

GAP = 2  # pixels between the patches of a strip


def png(image: npt.NDArray[np.uint8]) -> bytes:
    """An image, uint8 (height, width, 3 or 4), as PNG."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file in pixels. Raises `InputError` if it is none."""
    with as_input_error(path, "a PNG file"), Image.open(path) as image:
        return image.size


def strip(patches: npt.NDArray[np.uint8]) -> bytes:
    """Patches, uint8 (count, side, side, 3), side by side, with transparent gaps."""
    count, side, _, _ = patches.shape
    whole = np.zeros((side, count * (side + GAP) - GAP, 4), np.uint8)
    for number, patch in enumerate(patches):
        left = number * (side + GAP)
        whole[:, left : left + side] = np.dstack([patch, np.full((side, side), 255, np.uint8)])
    return png(whole)


def error_strip(patches: npt.NDArray[np.uint8], truth: npt.NDArray[np.uint8]) -> bytes:
    """Absolute differences of patches from the photos', `GAIN` times as large, as a `strip`."""
    error = np.abs(patches.astype(np.int16) - truth.astype(np.int16))
    return strip(np.minimum(GAIN * error, 255).astype(np.uint8))


def heat_map(values: npt.NDArray[np.float64], limit: float, colors: str) -> bytes:
    """Values (height, width) from ``-limit`` to ``limit`` in a colour map of matplotlib, one pixel each."""
    rgba = matplotlib.colormaps[colors](Normalize(-limit, limit)(values), bytes=True)
    return png(np.asarray(rgba[..., :3], np.uint8))

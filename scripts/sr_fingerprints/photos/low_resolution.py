"""Bicubic resizing as in the super-resolution literature: MATLAB's ``imresize``, which antialiases when downscaling.

The results equal those of ``imresize`` in BasicSR. That one needs torch, whose import takes longer than most resizing
jobs. Here each axis is resized by a matrix product.
"""

from functools import cache
from math import ceil, floor

import numpy as np


def downscale(image: np.ndarray, scale: int) -> np.ndarray:
    """Downscale uint8 (h, w, 3) to uint8 (h / scale, w / scale, 3); ``scale`` divides h and w.

    The two images are aligned: pixel (i, j) of the result covers the pixels from (scale * i, scale * j) to
    (scale * i + scale - 1, scale * j + scale - 1).
    """
    height, width = image.shape[:2]
    return _resize(image, height // scale, width // scale)


def upscale(image: np.ndarray, scale: int) -> np.ndarray:
    """Upscale uint8 (h, w, 3) to uint8 (h * scale, w * scale, 3)."""
    height, width = image.shape[:2]
    return _resize(image, height * scale, width * scale)


def _resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    rows, columns = _resize_matrix(image.shape[0], height), _resize_matrix(image.shape[1], width)
    channels: np.ndarray = rows @ image.transpose(2, 0, 1).astype(np.float64) @ columns.T
    levels: np.ndarray = channels.round().clip(0, 255).astype(np.uint8)
    return levels.transpose(1, 2, 0)


@cache
def _resize_matrix(length: int, new_length: int) -> np.ndarray:
    """Matrix, float64 (new_length, length), that resizes one axis; its rows sum to 1.

    The kernel is Keys' cubic ("Cubic convolution interpolation for digital image processing", 1981, a = -1/2),
    widened by the scale when downscaling. Pixels are mirrored at the edge of the image. For scales 2 and 4 the
    weights are dyadic fractions, so the resized image is exact in any order of summation.
    """
    scale = new_length / length
    stretch = min(scale, 1)
    reach = 2 / stretch
    matrix = np.zeros((new_length, length))
    for new, center in enumerate((np.arange(new_length) + 0.5) / scale - 0.5):
        pixels = np.arange(floor(center - reach), ceil(center + reach) + 1)
        weights = _keys_cubic((center - pixels) * stretch)
        mirrored = np.minimum(pixels % (2 * length), (-1 - pixels) % (2 * length))
        np.add.at(matrix[new], mirrored, weights / weights.sum())
    return matrix


def _keys_cubic(distance: np.ndarray) -> np.ndarray:
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x**2 + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))

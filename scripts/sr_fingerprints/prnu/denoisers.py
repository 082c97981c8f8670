"""Noise residuals of images: the image minus its denoised version."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pywt
from scipy.ndimage import uniform_filter

from sr_fingerprints.prnu.settings import NO_BM3D
from sr_fingerprints.runtime.errors import InputError

WAVELET = "db4"  # Daubechies' wavelet of 8 taps
LEVELS = 4
WINDOWS = (3, 5, 7, 9)

Images = npt.NDArray[np.float32]
"""Images, their residuals or their wavelet coefficients, (n, height, width, 3)."""


def noise_residuals(images: np.ndarray, denoiser: str, sigma: float) -> Images:
    """Residuals of ``images`` (n, height, width, 3), 8-bit levels 0 to 255, as float32 of the same shape.

    ``denoiser`` is ``wavelet`` or ``bm3d``; ``sigma`` is the standard deviation of the noise that it assumes,
    in 8-bit levels. Raises `InputError` for another denoiser, and for ``bm3d`` if it is not installed.
    """
    if denoiser not in DENOISERS:
        raise InputError(f"prnu denoiser: found {denoiser!r}; allowed: {', '.join(DENOISERS)}")
    return DENOISERS[denoiser](images.astype(np.float32), sigma)


def wavelet_residuals(images: Images, sigma: float) -> Images:
    """Noise that a wavelet Wiener filter removes from float32 ``images`` (n, height, width, 3), per channel.

    Mihcak, Kozintsev and Ramchandran 1999, in the form of Lukas, Fridrich and Goljan 2006, appendix A: four
    levels (fewer for images under 112 pixels) of the 8-tap Daubechies wavelet; each detail coefficient ``c``
    is modelled as a Gaussian of unknown local variance in white noise of variance sigma^2. The variance of ``c`` is
    the smallest mean of ``c^2`` over windows of 3, 5, 7 and 9; the filter keeps the share ``1 - sigma^2 / variance``
    of ``c``, or nothing where that is negative. The residual is the removed part, without the coarsest
    approximation. Images are padded symmetrically.
    """
    height, width = images.shape[1:3]
    levels = min(LEVELS, pywt.dwt_max_level(min(height, width), WAVELET))
    approximation, *details = pywt.wavedec2(images, WAVELET, level=levels, axes=(1, 2))
    noise = [tuple(_wiener_noise(subband, sigma**2) for subband in level) for level in details]
    residuals: Images = pywt.waverec2([np.zeros_like(approximation), *noise], WAVELET, axes=(1, 2))
    return residuals[:, :height, :width]


def _wiener_noise(subband: Images, noise_variance: float) -> Images:
    energy = subband**2
    variance: Images = np.minimum.reduce([uniform_filter(energy, size=window, axes=(1, 2)) for window in WINDOWS])
    removed: np.ndarray = subband * (noise_variance / np.maximum(variance, noise_variance))
    return removed


def bm3d_residuals(images: Images, sigma: float) -> Images:
    """Noise that BM3D (Dabov et al. 2007) removes from float32 ``images`` (n, height, width, 3).

    Called as the paper's code calls it (classification/classifiers/prnu_classifier.py of JeremyIV/SISR-fingerprints,
    line 29 at commit 78efb0b): ``bm3d.bm3d(image, 5)`` of 8-bit RGB, with the package's default profile. It searches
    similar blocks in the red channel only, and denoises every channel with those blocks.

    It takes seconds per image, and the licence of the package ``bm3d`` is for non-commercial research only. Raises
    `InputError` if the package is not installed.
    """
    try:
        from bm3d import bm3d
    except ImportError:
        raise InputError(NO_BM3D) from None
    return np.stack([image - bm3d(image, sigma) for image in images]).astype(np.float32)


DENOISERS: dict[str, Callable[[Images, float], Images]] = {
    "wavelet": wavelet_residuals,
    "bm3d": bm3d_residuals,
}

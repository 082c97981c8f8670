"""Peak signal-to-noise ratio of 8-bit images, from squared errors."""

import math


def psnr_of(mean_squared_error: float) -> float:
    """PSNR in dB for a mean squared error in 8-bit levels; infinite for images that are the same."""
    return 10 * math.log10(255**2 / mean_squared_error) if mean_squared_error else math.inf

"""What is added to images to blame another network: patterns, measured in that network's images.

PRNU's fingerprints are forged in this way (Gloe, Kirchner, Winkler and Böhme 2007, "Can we trust digital image
forensics?", ACM Multimedia; Goljan, Fridrich and Chen 2010, "Sensor noise camera identification:
countering counter-forensics", SPIE 7541). The pattern is added rather than multiplied with the image, since a
network's is no sensitivity to light.
"""

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attacks.samples import Pixels
from sr_fingerprints.prnu.denoisers import noise_residuals

Pattern = npt.NDArray[np.float32]
"""What is added to an image, (height, width, 3), in grey levels of 255."""

SIGMA = 5.0  # grey levels; of the noise that the attacker's denoiser removes


def mean_residual(images: Pixels) -> Pattern:
    """Mean noise residual of ``images`` (n, height, width, 3) of one network, by the wavelet denoiser."""
    residual: Pattern = noise_residuals(images, "wavelet", SIGMA).mean(axis=0)
    return residual


def grid_pattern(residual: Pattern, period: int) -> Pattern:
    """The part of ``residual`` (height, width, 3) that repeats every ``period`` pixels: the mark of the upsampling.

    It is the mean of the blocks of ``period`` x ``period`` pixels, without their mean over the block, repeated over
    the whole area.
    """
    height, width = residual.shape[:2]
    rows, columns = height // period, width // period
    blocks = residual[: rows * period, : columns * period].reshape(rows, period, columns, period, 3)
    block = blocks.mean(axis=(0, 2), dtype=np.float64)
    block -= block.mean(axis=(0, 1))
    repeated = np.tile(block, (rows + 1, columns + 1, 1))[:height, :width]
    return repeated.astype(np.float32)


def random_pattern(shape: tuple[int, ...], random: np.random.Generator) -> Pattern:
    """White noise of this shape (height, width, 3): a control, which blames nobody."""
    return random.standard_normal(shape, np.float32)


def with_rms(pattern: Pattern, rms: float) -> Pattern:
    """``pattern`` scaled to a root mean square of ``rms`` grey levels; one without any variation stays zero."""
    found = float(np.sqrt(np.mean(np.square(pattern, dtype=np.float64))))
    return pattern * np.float32(rms / found if found else 0.0)


def add(images: npt.NDArray[np.uint8] | npt.NDArray[np.float32], pattern: Pattern) -> Pixels:
    """``images`` (n, height, width, 3) with ``pattern`` added, rounded to whole levels from 0 to 255."""
    changed: Pixels = np.clip(np.rint(images + pattern), 0, 255).astype(np.uint8)
    return changed

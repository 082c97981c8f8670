"""Forging: images are changed so that they are attributed to a network that did not make them.

The forger has images of the target, and needs no recogniser; `gradients` is for a forger who has one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attacks.patterns import (
    SIGMA,
    Pattern,
    add,
    grid_pattern,
    random_pattern,
    with_rms,
)
from sr_fingerprints.attacks.samples import Pixels
from sr_fingerprints.prnu.denoisers import noise_residuals

Base = npt.NDArray[np.uint8] | npt.NDArray[np.float32]
"""Images that a pattern is added to, (n, height, width, 3), in grey levels."""


@dataclass(frozen=True)
class Measured:
    """What the forger measured in images of the source and of the target, from training photos."""

    own: Pattern  # mean residual of the source
    residual: Pattern  # mean residual of the target
    grid: Pattern  # its part that repeats with the target's scale
    noise: Pattern  # white noise, for the control


def measure(own: Pattern, residual: Pattern, scale: int, seed: int) -> Measured:
    """From the mean residuals of the source, and of the target, whose ``scale`` is the period of its grid."""
    noise = random_pattern(residual.shape, np.random.default_rng(seed))
    return Measured(own, residual, grid_pattern(residual, scale), noise)


METHODS: Mapping[str, Callable[[Pixels, Measured], tuple[Base, Pattern]]] = {
    "residual": lambda images, measured: (images, measured.residual),
    "grid": lambda images, measured: (images, measured.grid),
    "replaced": lambda images, measured: (images - measured.own, measured.residual),
    "denoised": lambda images, measured: (images - noise_residuals(images, "wavelet", SIGMA), measured.residual),
    "own": lambda images, measured: (images, measured.own),
    "random": lambda images, measured: (images, measured.noise),
}
"""From images (n, height, width, 3) and what was measured: what is added to, and what is added, at any strength.

``residual``: the target's mean residual is added. ``grid``: its grid pattern. ``replaced``: the source's mean
residual is taken off first, ``denoised``: each image's own residual is. Controls, which blame nobody: ``own``, the
source's mean residual is added; ``random``, white noise, the same for all images.
"""


def forge(images: Pixels, measured: Measured, method: str, strengths: Sequence[float]) -> Iterator[Pixels]:
    """``images`` (n, height, width, 3) forged by one of `METHODS`, one array for each of the ``strengths``.

    A strength is the root mean square of what is added, in grey levels.
    """
    base, pattern = METHODS[method](images, measured)
    for rms in strengths:
        yield add(base, with_rms(pattern, rms))

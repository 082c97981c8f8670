"""Settings of a PRNU experiment, of its residuals and of its fingerprints."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any

ARITHMETIC = ("exact", "int8_residuals", "int8")
"""Arithmetic of the sums of training residuals and of the test residuals.

``exact``: floating point. ``int8``: as in the paper's code (classification/classifiers/prnu_classifier.py of
JeremyIV/SISR-fingerprints, lines 30, 79 and 85 at commit 78efb0b), where residuals are truncated to int8 and summed
in int8, which wraps around beyond -128 and 127. ``int8_residuals``: truncated in the same way, but summed exactly.
"""

MIN_PHOTOS = 8
"""Smallest number of training photos whose sum is stored, unless there are fewer photos."""

NO_BM3D = (
    "prnu.denoiser: found 'bm3d', which is not installed; allowed: wavelet, or install it with "
    "`uv sync --extra bm3d` (its licence is for non-commercial research only)"
)
"""What is told where the package is missing."""

RESIDUAL_SETTINGS = ("denoiser", "sigma", "crop", "grid")
"""Settings that residuals depend on, apart from ``shift``; if they change, images must be denoised again."""

BASELINE_SETTINGS = {"arithmetic": "exact", "grid": "free", "shift": [0, 0], "training_photos": None}
"""Settings of the experiments that are compared with classifiers in Tables 1, 3 and 4."""


def residuals_name(settings: Mapping[str, Any]) -> str:
    """Name of the residuals with these settings, such as ``wavelet-5-128-free``."""
    return "-".join(f"{settings[key]:g}" if key == "sigma" else str(settings[key]) for key in RESIDUAL_SETTINGS)


def is_baseline(settings: Mapping[str, Any], shared: Mapping[str, Any]) -> bool:
    """Whether an experiment with these settings is compared with classifiers; ``shared`` are the study's settings."""
    alike = {key: shared[key] for key in ("denoiser", "sigma", "crop")} | BASELINE_SETTINGS
    return all(settings[key] == value for key, value in alike.items())


@dataclass(frozen=True)
class Extraction:
    """Crops of the photos and their denoiser; lengths are in pixels.

    A crop is the central square of a photo, or with the grid ``snapped`` the one that begins at the nearest multiple
    of ``period`` above and left of it: a multiple of every scale is at the same phase of every network's upsampling
    in photos of any size. ``shifts`` (down, right) move the crops of test photos only; there is one set of test
    residuals for each.
    """

    denoiser: str  # of `denoisers.DENOISERS`
    crop: int  # side
    sigma: float = 5.0  # 8-bit levels; standard deviation of the noise that the denoiser assumes
    grid: str = "free"  # or "snapped"
    period: int = 1
    shifts: Sequence[Sequence[int]] = ((0, 0),)

    def corner(self, size: Sequence[int]) -> tuple[int, int]:
        """Top and left of the crop of a photo with this (height, width), before any shift."""
        top, left = ((int(side) - self.crop) // 2 for side in size)
        if self.grid == "snapped":
            top, left = top // self.period * self.period, left // self.period * self.period
        return top, left

    def outside(self, size: Sequence[int], shifts: Sequence[Sequence[int]] | None = None) -> Sequence[int] | None:
        """First of the ``shifts`` (None: all) whose crop exceeds a photo of this (height, width), or None."""
        for shift in self.shifts if shifts is None else shifts:
            starts = [start + by for start, by in zip(self.corner(size), shift, strict=True)]
            if any(start < 0 or start + self.crop > side for start, side in zip(starts, size, strict=True)):
                return shift
        return None


def period_of(scales: Iterable[int]) -> int:
    """Common period, in pixels, of the upsampling grids of networks with these ``scales``."""
    return lcm(*map(int, scales))


def extractions(experiments: Iterable[Mapping[str, Any]], period: int) -> dict[str, dict[str, Any]]:
    """Fields of every `Extraction` that experiments with these settings need, by `residuals_name`."""
    found: dict[str, dict[str, Any]] = {}
    for settings in experiments:
        fields = {key: settings[key] for key in RESIDUAL_SETTINGS} | {"period": period, "shifts": []}
        shifts = found.setdefault(residuals_name(settings), fields)["shifts"]
        if settings["shift"] not in shifts:
            shifts.append(settings["shift"])
            shifts.sort()
    return found


def kept_photo_counts(photos: int) -> list[int]:
    """Numbers of training photos whose sums are stored: powers of two from `MIN_PHOTOS`, and all ``photos``."""
    powers = [2**power for power in range(photos.bit_length()) if MIN_PHOTOS <= 2**power < photos]
    return [*powers, photos]

"""The settings of a PRNU experiment: what decides its residuals, and what its fingerprints are made of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any

ARITHMETIC = ("exact", "int8_residuals", "int8")
"""How training residuals are added up, and what is compared with the fingerprint.

``exact``: with their fractions. ``int8``: as in the paper's code (classification/classifiers/prnu_classifier.py of
JeremyIV/SISR-fingerprints, lines 30, 79 and 85 at commit 78efb0b), where residuals are cut off to int8 and summed in
int8, which wraps around beyond -128 and 127. ``int8_residuals``: cut off in the same way, but added up without error.
"""

FEWEST = 8
"""The least number of training photos whose sum is kept, unless there are fewer."""

OF_RESIDUALS = ("denoiser", "sigma", "crop", "grid")
"""The settings that residuals depend on, apart from ``shift``; with others, images have to be denoised again."""

BASELINE = {"arithmetic": "exact", "grid": "free", "shift": [0, 0], "training_photos": None}
"""What the experiments have in common that stand beside classifiers in Tables 1, 3 and 4."""


def residuals_name(settings: Mapping[str, Any]) -> str:
    """The name of the residuals of these settings, such as ``wavelet-5-128-free``."""
    return "-".join(f"{settings[key]:g}" if key == "sigma" else str(settings[key]) for key in OF_RESIDUALS)


def is_baseline(settings: Mapping[str, Any], shared: Mapping[str, Any]) -> bool:
    """Whether an experiment of these settings stands beside classifiers; ``shared`` are those of the study."""
    alike = {key: shared[key] for key in ("denoiser", "sigma", "crop")} | BASELINE
    return all(settings[key] == value for key, value in alike.items())


@dataclass(frozen=True)
class Extraction:
    """Which squares of the photos are denoised, and by what; lengths are in pixels.

    A crop is the central square of a photo, or with the grid ``snapped`` the one that begins at the nearest multiple
    of ``period`` above and left of it: a multiple of every scale is at the same phase of every network's upsampling,
    whatever the size of the photo. ``shifts`` (down, right) move the crops of test photos alone; there is one set of
    test residuals for each.
    """

    denoiser: str  # of `denoisers.DENOISERS`
    crop: int  # side
    sigma: float = 5.0  # 8-bit levels; standard deviation of the noise that the denoiser assumes
    grid: str = "free"  # or "snapped"
    period: int = 1
    shifts: Sequence[Sequence[int]] = ((0, 0),)

    def corner(self, size: Sequence[int]) -> tuple[int, int]:
        """Top and left of the crop of a photo of this height and width, before any shift."""
        top, left = ((int(side) - self.crop) // 2 for side in size)
        if self.grid == "snapped":
            top, left = top // self.period * self.period, left // self.period * self.period
        return top, left

    def outside(self, size: Sequence[int], shifts: Sequence[Sequence[int]] | None = None) -> Sequence[int] | None:
        """The first of the ``shifts`` (None: all) whose crop does not lie in a photo of this height and width."""
        for shift in self.shifts if shifts is None else shifts:
            starts = [start + by for start, by in zip(self.corner(size), shift, strict=True)]
            if any(start < 0 or start + self.crop > side for start, side in zip(starts, size, strict=True)):
                return shift
        return None


def period_of(scales: Iterable[int]) -> int:
    """The period, in pixels, with which the upsampling of networks of all these ``scales`` repeats itself."""
    return lcm(*map(int, scales))


def extractions(experiments: Iterable[Mapping[str, Any]], period: int) -> dict[str, dict[str, Any]]:
    """The fields of every `Extraction` that experiments of these settings need, by `residuals_name`."""
    found: dict[str, dict[str, Any]] = {}
    for settings in experiments:
        fields = {key: settings[key] for key in OF_RESIDUALS} | {"period": period, "shifts": []}
        shifts = found.setdefault(residuals_name(settings), fields)["shifts"]
        if settings["shift"] not in shifts:
            shifts.append(settings["shift"])
            shifts.sort()
    return found


def counts(photos: int) -> list[int]:
    """The numbers of training photos, of so many, whose sums are kept: powers of two from `FEWEST`, and all."""
    powers = [2**power for power in range(photos.bit_length()) if FEWEST <= 2**power < photos]
    return [*powers, photos]

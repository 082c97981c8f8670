"""Thresholds of decisions, such that what is decided is right as often as promised, by the validation photos."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import beta, t

from sr_fingerprints.attribution.model import NEVER

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

RIGHT = 0.95
"""Share of decisions for a network, a group, or that no network made it, that are to be right."""

FALSELY_NAMED = 0.02
"""Largest share of photos and interpolations that a network or a group of them is to be named for."""

CONFIDENCE = 0.9
"""Of the one-sided upper bounds of both."""

ASSUMED_CORRELATION = 0.05
"""Of errors within a photo, where too few photos have any to measure it: above the 0.01 to 0.02 found in trials."""

NO_EFFECT = 1e-9
"""Scale of the effects of photos, in logarithms, below which they have none."""

GRID = (
    *(0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985),
    *(0.99, 0.9925, 0.995, 0.997, 0.998, 0.999, 0.9995, 0.9998, 0.9999),
)
"""Probabilities that are tried; no two sources or groups can have more than half of it."""


def upper_bound(wrong: Bools, photo: npt.NDArray[np.str_], confidence: float = CONFIDENCE) -> float:
    """One-sided upper bound of the share of images that are ``wrong``, bool (n,), whose photos are ``photo`` (n,).

    That of Clopper and Pearson for an effective number of images, since images of a photo are wrong together (Korn
    and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from
    survey data", Survey Methodology 24, 1998). The design effect is that of the variance between photos, at least 1;
    with `ASSUMED_CORRELATION` where fewer than two photos have errors. 1 without images.
    """
    n = len(wrong)
    if not n:
        return 1.0
    _, codes, images = np.unique(photo, return_inverse=True, return_counts=True)
    photos, share = len(images), float(wrong.mean())
    errors = np.bincount(codes, wrong, photos)
    if (errors > 0).sum() < 2 or photos < 2:
        effect = 1 + ASSUMED_CORRELATION * ((images**2).sum() / n - 1)
    else:
        variance = photos / (photos - 1) * ((errors - share * images) ** 2).sum() / n**2
        effect = variance / (share * (1 - share) / n) if share < 1 else images.max()
    effective = n / min(max(effect, 1.0), n)
    return 1.0 if share == 1 else float(beta.ppf(confidence, share * effective + 1, effective * (1 - share)))


def accepting_score(scores: Floats, photo: npt.NDArray[np.str_], share: float) -> float:
    """The score below which a ``share`` of images of other photos is expected, by ``scores`` (n,), above 0.

    Scores of one photo, ``photo`` (n,), are alike, so that the quantile of few photos is too low for others. The
    logarithm of a score is taken for the sum of a mean, an effect of the photo, which is normal, and a residual,
    distributed as those that were found, each photo with equal weight: the random-effects model of one way. What a
    new photo's effect adds to the mean of k photos then has a t distribution with k - 1 degrees of freedom and the
    scale sd * sqrt(1 + 1 / k) (Hahn and Meeker, "Statistical Intervals", 1991, on the prediction of a future
    observation), and the result is the quantile of its sum with a residual. Of one photo, which says nothing of
    others: the quantile of its scores.
    """
    logarithms = np.log(np.maximum(scores, np.finfo(np.float64).tiny))
    _, codes, images = np.unique(photo, return_inverse=True, return_counts=True)
    photos = len(images)
    means = np.bincount(codes, logarithms) / images
    scale = float(means.std(ddof=1)) * np.sqrt(1 + 1 / photos) if photos > 1 else 0.0
    if scale <= NO_EFFECT:
        return float(np.quantile(scores, share))
    residuals, weights = logarithms - means[codes], 1 / (photos * images[codes])

    def excess(at: float) -> float:
        return float(weights @ t.cdf((at - residuals) / scale, photos - 1)) - share

    most = scale * float(t.ppf(share, photos - 1))
    found = brentq(excess, residuals.min() + min(most, 0), residuals.max() + max(most, 0))
    return float(np.exp(means.mean() + found))


@dataclass(frozen=True)
class Judged:
    """Validation images to whose decisions something is promised."""

    wrong: Bools  # (n,), if it were decided so
    photo: npt.NDArray[np.str_]  # (n,)
    part: npt.NDArray[np.str_]  # (n,), of images that the promise is kept for too: of one tier, and one size

    def within(self, decided: Bools, limit: float, among: Bools | None = None) -> bool:
        """Whether at most ``limit`` of what is ``decided`` is wrong: by the bound of all, and in each part as found.

        With ``among``, the share is that of these images instead. Parts with so few of them that a single one would
        be more than ``limit`` are not looked at alone.
        """
        of = decided if among is None else among
        wrong = self.wrong & decided
        if upper_bound(wrong[of], self.photo[of]) > limit:
            return False
        parts = (of & (self.part == part) for part in set(self.part[of].tolist()))
        return all(wrong[part].mean() <= limit for part in parts if part.sum() >= 1 / limit)


def lowest_threshold(kept: Callable[[float], bool], grid: Iterable[float] = GRID) -> float:
    """The lowest threshold of the ``grid`` at which a promise is ``kept``.

    It must be kept at each higher one too, down from the highest at which it is, so that none is taken that keeps it
    by chance (fixed-sequence testing: Angelopoulos et al., "Learn then test", 2021, section 4). `NEVER` if at none.
    """
    found = NEVER
    for threshold in sorted(grid, reverse=True):
        if kept(threshold):
            found = float(threshold)
        elif found != NEVER:
            break
    return found

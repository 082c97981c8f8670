"""Confidence intervals of accuracies, with photos, or photos and networks, as the sampling units.

Images of one photo are not independent, be they tiles of it or made by different networks: a photo of a clear sky is
hard to attribute to any network. So photos are the sampling units, however many images there are of each. A claim
about networks in general, such as that larger scales are more distinctive, needs the networks as a second sample,
crossed with the first.

Small studies have few photos, for which percentile bootstrap intervals are far too short: at a level of 95 %, they
cover the truth in about half of the cases with two photos. Student's t of variances that are robust to clusters does
better (Cameron and Miller, "A practitioner's guide to cluster-robust inference", Journal of Human Resources, 2015;
for two crossed samples Cameron, Gelbach and Miller, "Robust inference with multiway clustering", Journal of Business
and Economic Statistics, 2011). ``tests/support/coverage_of_intervals.py`` measures the coverage; docs/statistics.md
reports it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtrit

LEVEL = 0.95

FEWEST_PHOTOS = 5
"""Number of test photos below which findings are undecided. Intervals of fewer photos are valid too, since Student's
factor widens them, but they cannot account for kinds of photos that are absent: a kind that is a fifth of all is
absent from four photos in 41 % of cases, and from two in 64 %. From five on, the factor is at most 1.5 times that of
known variances (1.96)."""

RESAMPLES = 2_000
SEED = 20220607
"""Seed of the permutations of `chance_range`, which is thereby reproducible."""


def interval_over_photos(images: pd.DataFrame, value: str = "correct") -> tuple[float, float]:
    """95 % confidence interval (low, high) of the mean of a column over images, clustered by photo.

    ``images`` has a row per image (or image and classifier seed), with the column ``source``, which names its photo,
    and the shares or bools ``value``, from 0 to 1. The interval reflects the choice of photos, for fixed networks and
    classifiers. It is NaN for a single photo.

    Student's t with the variance between photos, on the log-odds scale, since shares are skewed near 0 and 1. The
    variance is at least that of as many independent images (Agresti and Coull, The American Statistician 52, 1998),
    so that the interval has a width even if all images are correct.
    """
    sums, counts = _sum_by_cluster(images["source"], images[value].to_numpy(np.float64))
    if len(counts) < 2:
        return float("nan"), float("nan")
    total, mean = counts.sum(), sums.sum() / counts.sum()
    between = _variance((sums - mean * counts) / total)
    shrunk_mean = (mean * total + 2) / (total + 4)
    within = shrunk_mean * (1 - shrunk_mean) / total
    center = np.clip(mean, 2 / (total + 4), 1 - 2 / (total + 4))
    half_width = _t_quantile(len(counts)) * np.sqrt(max(between, within)) / (center * (1 - center))
    low, high = expit(logit(center) - half_width), expit(logit(center) + half_width)
    return float(min(low, mean)), float(max(high, mean))


def difference_interval(
    images: pd.DataFrame, group: str, value: str = "correct", over: Sequence[str] = ("source",)
) -> tuple[float, float]:
    """95 % confidence interval of the mean over images with column ``group`` True, minus that with False.

    ``over`` names one or two columns of clusters. Both means are over the same photos, so that the difficulty of a
    photo cancels. With two crossed samples, such as photos and networks, the variance is the sum of the two clustered
    variances minus that over their pairs, and at least the larger of the two; the degrees of freedom are those of the
    smaller sample. NaN if a group is empty, or a sample has a single cluster. Otherwise as `interval_over_photos`,
    but on the scale of ``value`` itself.
    """
    chosen, values = images[group].to_numpy(bool), images[value].to_numpy(np.float64)
    clusters = [pd.factorize(images[column])[0] for column in over]
    sizes = [len(np.unique(codes)) for codes in clusters]
    if min(sizes) < 2 or chosen.all() or not chosen.any():
        return float("nan"), float("nan")
    means = values[chosen].mean(), values[~chosen].mean()
    parts = np.where(chosen, (values - means[0]) / chosen.sum(), (means[1] - values) / (~chosen).sum())
    variances = [_variance(np.bincount(codes, parts)) for codes in clusters]
    variance = max(variances)
    if len(clusters) == 2:
        pairs = pd.factorize(clusters[0] * sizes[1] + clusters[1])[0]
        variance = max(sum(variances) - _variance(np.bincount(pairs, parts)), variance)
    if variance == 0:  # all correct, or all wrong
        variance = sum(2 / (count + 4) * (1 - 2 / (count + 4)) / count for count in (chosen.sum(), (~chosen).sum()))
    half_width = _t_quantile(min(sizes)) * np.sqrt(variance)
    difference = means[0] - means[1]
    return float(max(difference - half_width, -1.0)), float(min(difference + half_width, 1.0))


def jackknife_interval(
    images: pd.DataFrame, statistic: Callable[[pd.DataFrame], float], bounds: tuple[float, float] = (0.0, 1.0)
) -> tuple[float, float]:
    """95 % confidence interval (low, high) of any ``statistic`` of images, clustered by photo.

    ``images`` has the column ``source``, as in `interval_over_photos`; ``statistic`` maps such a frame to a number
    within ``bounds``, such as an area under a curve. Each photo is left out in turn (the jackknife by clusters, CV3
    of Cameron and Miller), with Student's t of (photos - 1) degrees of freedom. Between two finite bounds, the
    interval is on the log-odds scale, with a variance of at least that of a share of as many independent images: of a
    mean it is about that of `interval_over_photos`. It is NaN for a single photo, and where the statistic is NaN, of
    all images or of those without some photo.
    """
    codes, photos = pd.factorize(images["source"])
    if len(photos) < 2:
        return float("nan"), float("nan")
    value = float(statistic(images))
    without = np.array([statistic(images[codes != code]) for code in range(len(photos))], np.float64)
    if not np.isfinite([value, *without]).all():
        return float("nan"), float("nan")
    variance = (len(photos) - 1) / len(photos) * float(((without - value) ** 2).sum())
    low, high = bounds
    if not np.isfinite([low, high]).all():
        half_width = _t_quantile(len(photos)) * np.sqrt(variance)
        return float(max(value - half_width, low)), float(min(value + half_width, high))
    total, share = len(images), (value - low) / (high - low)
    shrunk_share = (share * total + 2) / (total + 4)
    least = shrunk_share * (1 - shrunk_share) / total
    center = np.clip(share, 2 / (total + 4), 1 - 2 / (total + 4))
    error = np.sqrt(max(variance / (high - low) ** 2, least)) / (center * (1 - center))
    ends = expit(logit(center) + np.array([-1, 1]) * _t_quantile(len(photos)) * error)
    return float(low + (high - low) * min(ends[0], share)), float(low + (high - low) * max(ends[1], share))


def chance_range(actual: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """Range of accuracies, 0 to 1, in 95 % of cases if predictions are independent of the classes.

    ``actual`` and ``predicted`` are str (n,). The labels of whole classes are permuted at random, `RESAMPLES`
    times. Unlike a binomial interval, this accounts for dependent predictions, for example of a classifier that
    always predicts the same class, or the same one for all images of a photo.
    """
    names, codes = np.unique(np.concatenate([actual, predicted]), return_inverse=True)
    confusion = np.zeros((len(names), len(names)))
    np.add.at(confusion, (codes[: len(actual)], codes[len(actual) :]), 1)
    present = np.flatnonzero(confusion.sum(axis=1))
    random = np.random.default_rng(SEED)
    correct = [confusion[present, random.permutation(present)].sum() for _ in range(RESAMPLES)]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(correct, [tail, 1 - tail]) / len(actual)
    return float(low), float(high)


def _sum_by_cluster(names: pd.Series, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of the values of each cluster, float64 (clusters,)."""
    codes, found = pd.factorize(names)
    return np.bincount(codes, values), np.bincount(codes, minlength=len(found)).astype(np.float64)


def _variance(parts: np.ndarray) -> float:
    """Variance of an estimate whose deviation is the sum of independent ``parts``, one per cluster."""
    return len(parts) / (len(parts) - 1) * float((parts**2).sum())


def _t_quantile(clusters: int) -> float:
    return float(stdtrit(clusters - 1, (1 + LEVEL) / 2))

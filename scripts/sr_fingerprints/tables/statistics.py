"""How sure a measured accuracy is: intervals with whole photos, or photos and networks, as what is drawn.

Crops and tiles of one photo, and one photo as many networks super-resolve it, stand or fall together: a photo of a
clear sky is hard to attribute whoever made it. So the photos are the sample, however many images there are of each. A
claim about networks that are not at hand, such as that larger scales are more distinctive, needs the networks as a
second sample, crossed with the first.

Photos are few in small studies, where the percentiles of a bootstrap are far too short: at a level of 95 % they hold
the truth in about half of the cases with two photos. Student's t of variances that are robust to clusters does better
(Cameron and Miller, "A practitioner's guide to cluster-robust inference", Journal of Human Resources, 2015; for two
crossed samples Cameron, Gelbach and Miller, "Robust inference with multiway clustering", Journal of Business and
Economic Statistics, 2011). ``tests/support/coverage_of_intervals.py`` measures how often; docs/statistics.md tells.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtrit

LEVEL = 0.95

FEWEST_PHOTOS = 5
"""Test photos below which findings decide nothing. Intervals of fewer photos hold too, since Student's factor widens
them; but none tells of what no photo shows: a kind of photo that is a fifth of all is absent from four photos in 41 %
of cases, and from two in 64 %. From five on, that factor is no more than 1.5 times that of known variances (1.96)."""

RESAMPLES = 2_000
SEED = 20220607
"""Of the permutations of `chance_range`; the same answers then give the same range."""


def interval_over_photos(images: pd.DataFrame, value: str = "correct") -> tuple[float, float]:
    """The interval (low, high) of the mean of a column over images, at a level of 95 %.

    ``images`` has a row an image (or an image and classifier seed), the column ``source``, which names its photo, and
    the shares or bools ``value``, from 0 to 1. It tells how much another choice of photos would change the mean, for
    these networks and these classifiers. A single photo tells nothing (NaN).

    Student's t of the variance between photos, on the scale of log-odds, since shares are skewed near 0 and 1. The
    variance is taken to be no less than that of as many independent images (Agresti and Coull, The American
    Statistician 52, 1998): photos that are all right do not make certainty.
    """
    sums, counts = _by_cluster(images["source"], images[value].to_numpy(np.float64))
    if len(counts) < 2:
        return float("nan"), float("nan")
    total, mean = counts.sum(), sums.sum() / counts.sum()
    between = _variance((sums - mean * counts) / total)
    drawn_towards_half = (mean * total + 2) / (total + 4)
    within = drawn_towards_half * (1 - drawn_towards_half) / total
    center = np.clip(mean, 2 / (total + 4), 1 - 2 / (total + 4))
    reach = _student(len(counts)) * np.sqrt(max(between, within)) / (center * (1 - center))
    low, high = expit(logit(center) - reach), expit(logit(center) + reach)
    return float(min(low, mean)), float(max(high, mean))


def difference_interval(
    images: pd.DataFrame, group: str, value: str = "correct", over: Sequence[str] = ("source",)
) -> tuple[float, float]:
    """The interval of the mean over the images where column ``group`` is True, less that where it is False.

    ``over`` names one or two columns that say which images are drawn together. Both means are taken over the same
    photos, so that what makes a photo hard cancels. With two crossed samples, such as photos and networks, the
    variances over either are added, less that over their pairs, and the sum is taken to be no less than either; the
    degrees of freedom are those of the smaller. NaN where a group is empty, or a sample has a single member.
    Otherwise as `interval_over_photos`, but on the scale of ``value`` itself.
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
    if variance == 0:  # all right, or all wrong
        variance = sum(2 / (count + 4) * (1 - 2 / (count + 4)) / count for count in (chosen.sum(), (~chosen).sum()))
    reach = _student(min(sizes)) * np.sqrt(variance)
    difference = means[0] - means[1]
    return float(max(difference - reach, -1.0)), float(min(difference + reach, 1.0))


def chance_range(actual: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """Where the share of right predictions lies in 95 % of the cases if they have nothing to do with the classes.

    ``actual`` and ``predicted`` are str (n,). The actual classes are exchanged among each other, all images of one
    for all images of another, `RESAMPLES` times at random: a classifier that always says the same, or for one photo
    the same whoever made it, then has the spread that it deserves, which counting images would understate.
    """
    names, codes = np.unique(np.concatenate([actual, predicted]), return_inverse=True)
    confusion = np.zeros((len(names), len(names)))
    np.add.at(confusion, (codes[: len(actual)], codes[len(actual) :]), 1)
    present = np.flatnonzero(confusion.sum(axis=1))
    random = np.random.default_rng(SEED)
    right = [confusion[present, random.permutation(present)].sum() for _ in range(RESAMPLES)]
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(right, [tail, 1 - tail]) / len(actual)
    return float(low), float(high)


def _by_cluster(names: pd.Series, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the values of each cluster, and numbers of them, float64 (clusters,)."""
    codes, found = pd.factorize(names)
    return np.bincount(codes, values), np.bincount(codes, minlength=len(found)).astype(np.float64)


def _variance(parts: np.ndarray) -> float:
    """The variance of an estimate whose deviation is the sum of independent ``parts``, one a cluster."""
    return len(parts) / (len(parts) - 1) * float((parts**2).sum())


def _student(clusters: int) -> float:
    return float(stdtrit(clusters - 1, (1 + LEVEL) / 2))

"""How sure a measured accuracy is: intervals by the bootstrap, with whole photos as what is drawn.

Crops and tiles of one photo, and one photo as many networks super-resolve it, stand or fall together: a photo of a
clear sky is hard to attribute whoever made it. So the photos are the sample, and all images of a photo come with it
(the cluster bootstrap; Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
"""

import numpy as np
import pandas as pd

RESAMPLES = 2_000
LEVEL = 0.95
SEED = 20220607
"""Of the resampling; the same photos then give the same interval."""


def interval_over_photos(images: pd.DataFrame, value: str = "correct") -> tuple[float, float]:
    """The interval (low, high) of the mean of a column over images, at a level of 95 %.

    ``images`` has a row an image (or an image and classifier seed), the column ``source``, which names its photo, and
    the numbers or bools ``value``. Percentiles of the ratio of sums over `RESAMPLES` samples of photos drawn with
    replacement. It tells how much another choice of photos would change the mean, for these networks and these
    classifiers; it is too short where photos are few, and a single photo tells nothing (NaN).
    """
    return difference_interval(images.assign(all=True), "all", value)


def difference_interval(images: pd.DataFrame, group: str, value: str = "correct") -> tuple[float, float]:
    """The interval of the mean over the images where column ``group`` is True, less that where it is False.

    Both are taken over the same photos in each sample, so that what makes a photo hard cancels. Without False ones it
    is the interval of the mean. Otherwise as `interval_over_photos`.
    """
    sums, counts = _by_photo(images, group, value)
    if len(counts) < 2:
        return float("nan"), float("nan")
    random = np.random.default_rng(SEED)
    weights = random.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=RESAMPLES)
    with np.errstate(invalid="ignore"):  # a sample may have no photo of a group
        means = (weights @ sums) / (weights @ counts)
    statistic = means[:, 1] - means[:, 0] if counts[:, 0].any() else means[:, 1]
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(statistic, [tail, 1 - tail])
    return float(low), float(high)


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


def _by_photo(images: pd.DataFrame, group: str, value: str) -> tuple[np.ndarray, np.ndarray]:
    """Sums of ``value``, and numbers of images, float64 (photos, 2): where ``group`` is False, and where True."""
    photo, names = pd.factorize(images["source"])
    cell = 2 * photo + images[group].to_numpy(bool)
    sums = np.bincount(cell, images[value].to_numpy(np.float64), minlength=2 * len(names))
    counts = np.bincount(cell, minlength=2 * len(names))
    return sums.reshape(-1, 2), counts.reshape(-1, 2).astype(np.float64)

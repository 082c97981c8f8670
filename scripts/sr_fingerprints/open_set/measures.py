"""How well a score tells images of unknown networks (positives) from those of known ones; larger scores are unknown.

An image is rejected as one of an unknown network if its score is at least a threshold.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.floating]

TPR = 0.95
"""Share of images of unknown networks that a threshold is to reject."""


def auroc(known: Floats, unknown: Floats) -> float:
    """Area under the ROC curve, 0 to 1, of scores (k,) and (u,): 0.5 by chance; NaN if there are none of either.

    It is the Mann-Whitney statistic, from the ranks, divided by the number of pairs.
    """
    if not len(known) or not len(unknown):
        return float("nan")
    ranks = rankdata(np.concatenate([known, unknown]))[len(known) :].sum()
    return float((ranks - len(unknown) * (len(unknown) + 1) / 2) / (len(known) * len(unknown)))


def auroc_of_random_groups(
    known: Floats, networks: npt.NDArray[np.str_], size: int, times: int, seed: int
) -> npt.NDArray[np.float64]:
    """`auroc` of ``size`` known networks, drawn at random so many ``times``, against the other known ones: (times,).

    ``known`` are the scores of known images, (k,), and ``networks`` what made them. Some known networks are less like
    the others than the rest: how far is an area from 0.5 if nothing is unknown? NaN if no network is left.
    """
    names, made_by = np.unique(networks, return_inverse=True)
    if size >= len(names):
        return np.full(times, np.nan)
    ranks, images = np.bincount(made_by, rankdata(known)), np.bincount(made_by)
    random = np.random.default_rng(seed)
    drawn = np.stack([random.permutation(len(names))[:size] for _ in range(times)])
    positives = images[drawn].sum(axis=1)
    # The sum of the positives' ranks is the Mann-Whitney statistic, but for a constant.
    areas = (ranks[drawn].sum(axis=1) - positives * (positives + 1) / 2) / (positives * (len(known) - positives))
    return np.asarray(areas, np.float64)


def threshold(unknown: Floats, tpr: float = TPR) -> float:
    """The highest threshold that rejects at least the share ``tpr`` of the scores (u,); NaN if there are none."""
    enough = int(np.ceil(tpr * len(unknown) - 1e-9))
    return float(np.sort(unknown)[-enough]) if len(unknown) else float("nan")


def rejected(scores: Floats, threshold: float) -> float:
    """Share of images that a threshold rejects, 0 to 1; NaN if there are none, or no threshold."""
    return float((scores >= threshold).mean()) if len(scores) and np.isfinite(threshold) else float("nan")


def fpr_at_tpr(known: Floats, unknown: Floats, tpr: float = TPR) -> float:
    """Share of images of known networks that are rejected, 0 to 1, where ``tpr`` of those of unknown ones are."""
    return rejected(known, threshold(unknown, tpr))


def oscr_curve(known: Floats, correct: npt.NDArray[np.bool_], unknown: Floats) -> tuple[Floats, Floats]:
    """Open-set classification rate curve: x and y, both from 0 to 1, at every threshold, from the lowest on.

    x is the share of images of unknown networks that are accepted (not rejected); y the share of those of known
    networks that are accepted and attributed to their network. Dhamija et al., "Reducing network agnostophobia",
    NeurIPS 2018, section 4.1, where these are the false positive and the correct classification rate.
    """
    thresholds = np.append(np.unique(np.concatenate([known, unknown])), np.inf)
    right = np.sort(known[correct])
    accepted = np.searchsorted(np.sort(unknown), thresholds) / max(len(unknown), 1)
    return accepted, np.searchsorted(right, thresholds) / max(len(known), 1)


def oscr(known: Floats, correct: npt.NDArray[np.bool_], unknown: Floats) -> float:
    """Area under `oscr_curve`, from 0 to the accuracy; half of it by chance. NaN if there are none of either."""
    if not len(known) or not len(unknown):
        return float("nan")
    accepted, right = oscr_curve(known, correct, unknown)
    return float(np.trapezoid(right, accepted))

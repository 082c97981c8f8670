"""How well a score tells images of unknown networks (positives) from those of known ones; larger scores are unknown.

An image is rejected as one of an unknown network if its score is at least a threshold.
"""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

Floats = npt.NDArray[np.floating]

TPR = 0.95
"""Share of images of unknown networks that a threshold is to reject."""


def auroc(known: Floats, unknown: Floats) -> float:
    """Area under the ROC curve, 0 to 1, of scores (k,) and (u,): 0.5 by chance; NaN if there are none of either."""
    if not len(known) or not len(unknown):
        return float("nan")
    positive = np.repeat([False, True], [len(known), len(unknown)])
    return float(roc_auc_score(positive, np.concatenate([known, unknown])))


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

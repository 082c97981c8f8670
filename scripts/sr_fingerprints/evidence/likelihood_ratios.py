"""Likelihood ratios of "network A made this image" against "another network of this study", or "or a photo" too.

All likelihood ratios (LR) are handled as their logarithms to base 10. None is stronger than the number of photos
behind it admits: see `empirical_bounds`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.runtime.errors import InputError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NATURAL = float(np.log(10))

ALTERNATIVE = "another network of this study"
"""The alternative that a network is weighed against; each network, and each way of resampling, counts the same."""
OR_A_PHOTO = ", or a photo"
"""Added to that where the classifier was evaluated on photos."""


def log_odds(log_probabilities: Floats) -> Floats:
    """Score of each class (n, c): log of its probability over the mean probability of the other classes, natural.

    ``log_probabilities`` (n, c) are normalised. With equal prior probabilities, this is the logarithm of the LR
    against another class, if the probabilities are calibrated.
    """
    others = log_probabilities.shape[1] - 1
    images, best = np.arange(len(log_probabilities)), log_probabilities.argmax(axis=1)
    rest = np.log1p(-np.minimum(np.exp(log_probabilities), 0.5))  # of all but the likeliest class, at most one half
    without_best = log_probabilities.copy()
    without_best[images, best] = -np.inf
    rest[images, best] = np.logaddexp.reduce(without_best, axis=1)  # 1 - p would be 0 where p is rounded to 1
    scores: Floats = log_probabilities - rest + np.log(others)
    return scores


def fit_log_ratio(scores: Floats, is_target: Bools) -> tuple[float, float]:
    """Intercept and slope from ``scores`` (n,) to LRs: log10 LR = intercept + slope * score.

    Logistic regression with targets (``is_target``, of the hypothesised network) and others weighted as two halves,
    so that its log-odds are log LRs (Brümmer and du Preez 2006; Morrison, Australian Journal of Forensic Sciences 45,
    2013). A penalty, scikit-learn's default, keeps the slope finite where both are separated. Raises `InputError`
    where one of the two is missing.
    """
    from sklearn.linear_model import LogisticRegression  # imported here since applying a fit does not need it

    if is_target.all() or not is_target.any():
        raise InputError("likelihood ratios: found scores of one kind only; allowed: of the network and of others")
    regression = LogisticRegression(class_weight="balanced", solver="newton-cholesky")
    regression.fit(scores[:, None], is_target)
    return float(regression.intercept_[0]) / NATURAL, float(regression.coef_[0, 0]) / NATURAL


def costs(log_ratios: Floats, is_target: Bools) -> Floats:
    """Cost of each log10 LR (n,) in bits: log2(1 + 1 / LR) of targets, log2(1 + LR) of others."""
    each: Floats = np.logaddexp(0, np.where(is_target, -1, 1) * log_ratios * NATURAL) / np.log(2)
    return each


def cllr(log_ratios: Floats, is_target: Bools) -> float:
    """Log-likelihood-ratio cost in bits: 0 if perfect, 1 if all LRs are 1, more if they mislead.

    ``log_ratios`` (n,) are to base 10. Half the mean cost of targets, and half that of others (Brümmer and du Preez,
    "Application-independent evaluation of speaker detection", Computer Speech and Language 20, 2006). NaN where one
    of the two is missing.
    """
    if is_target.all() or not is_target.any():
        return float("nan")
    each = costs(log_ratios, is_target)
    return float((each[is_target].mean() + each[~is_target].mean()) / 2)


def cllr_min(log_ratios: Floats, is_target: Bools) -> float:
    """`cllr` after the best monotone calibration of these very LRs (pool adjacent violators).

    It is the cost of discrimination alone; the rest of `cllr` is that of calibration.
    """
    values, codes = np.unique(log_ratios, return_inverse=True)
    targets, others = (np.bincount(codes, kind, len(values)) for kind in (is_target, ~is_target))
    return cllr_min_of_counts(targets, others)


def cllr_min_of_counts(targets: npt.NDArray[Any], others: npt.NDArray[Any]) -> float:
    """`cllr_min` where there are so many ``targets`` and ``others`` of each LR, in ascending order (n,)."""
    from sklearn.isotonic import IsotonicRegression

    if not targets.any() or not others.any():
        return float("nan")
    weights = np.stack([targets / targets.sum(), others / others.sum()]) / 2
    weights = weights[:, weights.any(axis=0)]
    both = weights.sum(axis=0)
    posterior = IsotonicRegression(y_min=0, y_max=1).fit_transform(
        np.arange(len(both)), weights[0] / both, sample_weight=both
    )
    present = weights > 0
    return float(-(weights[present] * np.log2(np.stack([posterior, 1 - posterior])[present])).sum())


STEP = 0.01
"""Accuracy of bounds, in log10 LR."""


def empirical_bounds(log_ratios: Floats, is_target: Bools, photo: npt.NDArray[np.str_]) -> tuple[float, float]:
    """Lowest and highest log10 LR that this many photos support: at most their number, at least one over it.

    Empirical upper and lower bounds (Vergeer et al., "Numerical likelihood ratios outputted by LR systems are often
    based on extrapolation: when to stop extrapolating?", Science and Justice 56, 2016): with one more misleading
    observation of each kind, decisions by the LRs must still be better than by none, at all prior odds up to the
    bound. Here observations are photos, not images: images of one photo, and the comparisons of one image with many
    networks, are not independent, so that each has the weight 1 among targets, and 1 among others. Equal to the
    definition where each photo has one image of either kind. One photo gives (0, 0): no evidence.

    ``photo`` (n,) are names of photos by image; ``log_ratios`` and ``is_target`` (n,) or (n, c) are of one or more
    comparisons of each image.
    """
    numbers = np.unique(photo, return_inverse=True)[1].reshape(-1, *[1] * (log_ratios.ndim - 1))
    numbers = np.broadcast_to(numbers, log_ratios.shape)  # names are looked at once an image, which takes a while
    targets, others = ((log_ratios[kind], _photo_weights(numbers[kind])) for kind in (is_target, ~is_target))
    upper = _highest_supported(*targets, *others)
    lower = _highest_supported(-others[0], others[1], -targets[0], targets[1])
    return 0.0 - lower, upper


def _photo_weights(photo: npt.NDArray[np.intp]) -> Floats:
    """Weight of each observation (n,), given the number of its photo, such that those of every photo sum to 1."""
    weights: Floats = 1.0 / np.bincount(photo)[photo]
    return weights


def _highest_supported(right: Floats, right_weights: Floats, wrong: Floats, wrong_weights: Floats) -> float:
    """Highest threshold at which accepting what is above costs no more than accepting nothing.

    Prior odds are 1 to the threshold. ``right`` are log10 LRs of what should be accepted, ``wrong`` of what should
    not; the weights of either sum to the number of photos. One more of each misleads: never accepted, and always.
    """
    photos_right, photos_wrong = right_weights.sum(), wrong_weights.sum()
    thresholds = np.arange(0, np.log10(photos_wrong + 1) + STEP, STEP)
    accepted = _weight_above(thresholds, right, right_weights) / (photos_right + 1)
    mistaken = (_weight_above(thresholds, wrong, wrong_weights) + 1) / (photos_wrong + 1)
    failing = np.flatnonzero(10**thresholds * mistaken > accepted + 1e-12)
    return float(max(thresholds[failing[0]] - STEP, 0.0)) if len(failing) else float(thresholds[-1])


def _weight_above(thresholds: Floats, values: Floats, weights: Floats) -> Floats:
    order = np.argsort(values)
    below = np.concatenate([[0.0], np.cumsum(weights[order])])
    above: Floats = below[-1] - below[np.searchsorted(values[order], thresholds, side="right")]
    return above


VERBAL_SCALE = (
    (6.0, "extremely strong"),
    (4.0, "very strong"),
    (3.0, "strong"),
    (2.0, "moderately strong"),
    (1.0, "moderate"),
    (float(np.log10(2)), "weak"),
)
"""Least log10 LR of each degree of support: ENFSI, Guideline for Evaluative Reporting in Forensic Science, 2015."""


def verbal(log_ratio: float, bounds: tuple[float, float], hypothesis: str = "the network") -> str:
    """Support in words, such as ``weak support for the alternative``, of a log10 LR cut off at its ``bounds``."""
    bounded = min(max(log_ratio, bounds[0]), bounds[1])
    for least, degree in VERBAL_SCALE:
        if abs(bounded) >= least - 1e-9:
            return f"{degree} support for {hypothesis if bounded > 0 else 'the alternative'}"
    return "no support for either"

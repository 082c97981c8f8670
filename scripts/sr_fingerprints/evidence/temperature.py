"""Temperature scaling, and measures of how well probabilities are calibrated."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax

from sr_fingerprints.runtime.errors import InputError

Floats = npt.NDArray[np.float64]
RANGE = (1 / 50, 50.0)
"""Lowest and highest temperature that is looked for."""


def tempered(logits: Floats, temperature: float) -> Floats:
    """Logarithms of the probabilities of ``logits`` (n, c) at a temperature: of softmax(logits / temperature)."""
    scaled: Floats = log_softmax(logits / temperature, axis=1)
    return scaled


def fit_temperature(logits: Floats, actual: npt.NDArray[np.intp]) -> float:
    """Temperature with the least negative log-likelihood of the classes ``actual``, indices (n,).

    ``logits`` are float64 (n, c), or log-probabilities. Above 1, the classifier was overconfident. One number cannot
    change which class is the likeliest. Guo et al., "On calibration of modern neural networks", ICML 2017, section
    4.2. The result is within `RANGE`. Raises `InputError` without images.
    """
    if not len(actual):
        raise InputError("temperature: found no image of a network that the classifier knows; allowed: one or more")
    images = np.arange(len(actual))

    def loss(log_temperature: float) -> float:
        return -float(tempered(logits, np.exp(log_temperature))[images, actual].mean())

    found = minimize_scalar(loss, bounds=np.log(RANGE), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def fit_temperatures(logits: Floats, actual: npt.NDArray[np.intp]) -> Floats:
    """Temperatures (k,) of ``logits`` (k, n, c): divided by them and added up, these fit the classes ``actual`` best.

    By the negative log-likelihood, as `fit_temperature`, which does it for one; infinite where the others are better
    alone. The loss is convex in their inverses. Raises `InputError` without images.
    """
    if len(logits) == 1:
        return np.array([fit_temperature(logits[0], actual)])
    start = np.array([1 / fit_temperature(one, actual) for one in logits]) / len(logits)
    images = np.arange(len(actual))

    def loss(inverses: Floats) -> tuple[float, Floats]:
        scores = log_softmax(np.tensordot(inverses, logits, axes=1), axis=1)
        excess = np.exp(scores)
        excess[images, actual] -= 1
        return -float(scores[images, actual].mean()), np.tensordot(logits, excess, axes=2) / len(actual)

    def relative_loss(relative: Floats) -> tuple[float, Floats]:
        value, slope = loss(relative * start)  # scores of densities are hundreds of times larger than those of a head
        return value, slope * start

    found = minimize(
        relative_loss, np.ones(len(logits)), jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(logits)
    )
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (found.x * start))


def negative_log_likelihood(log_probabilities: Floats, actual: npt.NDArray[np.intp]) -> Floats:
    """Of each image, in nats (n,)."""
    losses: Floats = -log_probabilities[np.arange(len(actual)), actual]
    return losses


def brier_score(log_probabilities: Floats, actual: npt.NDArray[np.intp]) -> Floats:
    """Squared distance of the probabilities from those of certainty, of each image, from 0 to 2 (n,) (Brier 1950)."""
    probabilities = np.exp(log_probabilities)
    own = probabilities[np.arange(len(actual)), actual]
    scores: Floats = (probabilities**2).sum(axis=1) - own**2 + (1 - own) ** 2
    return scores


def bins_of(confidence: Floats, bins: int) -> list[npt.NDArray[np.intp]]:
    """Images sorted by their ``confidence`` (n,) into bins of equal numbers; no more bins than images."""
    return np.array_split(np.argsort(confidence, kind="stable"), min(bins, len(confidence)))


def calibration_error(confidence: Floats, correct: npt.NDArray[np.bool_], bins: int) -> float:
    """Expected calibration error, 0 to 1: mean distance of accuracy from mean confidence, over bins of images.

    ``confidence`` is the highest probability of each image, ``correct`` whether its class is the actual one. Bins
    hold equal numbers of images (Nixon et al., "Measuring calibration in deep learning", CVPR Workshops 2019), so
    that none is nearly empty. The number is biased upwards, the more so with more bins and fewer images: compare it
    with `error_if_calibrated`.
    """
    parts = bins_of(confidence, bins)
    gaps = [len(part) * abs(correct[part].mean() - confidence[part].mean()) for part in parts]
    return float(sum(gaps) / len(confidence))


def error_if_calibrated(confidence: Floats, bins: int, seed: int, draws: int = 200) -> float:
    """Mean of `calibration_error` where each image is correct with a probability of its ``confidence``.

    What a perfectly calibrated classifier with these confidences would show, if images were independent: the bias of
    the measure (consistency resampling, Bröcker and Smith, Weather and Forecasting 22, 2007).
    """
    random = np.random.default_rng(seed)
    parts = bins_of(confidence, bins)
    drawn = random.random((draws, len(confidence))) < confidence
    gaps = [len(part) * np.abs(drawn[:, part].mean(axis=1) - confidence[part].mean()) for part in parts]
    return float(np.sum(gaps, axis=0).mean() / len(confidence))

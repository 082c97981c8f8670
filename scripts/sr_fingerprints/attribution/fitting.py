"""Fit an `AttributionModel`: on features of training images its scores, and on validation images all else."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.groups import find_groups, mean_confusion
from sr_fingerprints.attribution.model import NEVER, SCORED_BY, AttributionModel, Scores, Thresholds
from sr_fingerprints.attribution.observations import TILES, Observations, joined, pooled
from sr_fingerprints.attribution.sources import Source, described_groups
from sr_fingerprints.attribution.thresholds import FALSELY_NAMED, RIGHT, Judged, accepting_score, lowest_threshold
from sr_fingerprints.evidence.likelihood_ratios import empirical_bounds, fit_log_ratio, log_odds
from sr_fingerprints.evidence.temperature import fit_temperatures
from sr_fingerprints.open_set.scores import describe_known
from sr_fingerprints.runtime.errors import InputError

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]

CROPS_FROM = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of crops from which images have temperatures and open-set thresholds of their own.

Powers of two, as `TILES` are: few images of a size then have fewer crops than those that it is fitted on, for which
its probabilities would be too bold.
"""

FEWEST_IMAGES = 100
"""Validation images of a size, without which it shares the temperatures and thresholds of the next smaller one.

Also of a size that are nearest to a mean in one condition, without which they share the open-set threshold of those
of the next smaller size or, of the smallest, of all conditions.
"""

SET_CONFIDENCE = 0.95
ACCEPTED = 0.95
"""Share of images of known sources, of photos like the validation photos, that the open-set thresholds accept."""


def fit_model(
    sources: Sequence[Source],
    training: Observations,
    validation: Observations,
    head: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None,
    scores: Scores = "means",
) -> AttributionModel:
    """Fit scores on ``training``, and temperatures, groups, thresholds, sets and ratios on ``validation``.

    ``head`` are weights (c, d) and biases (c,) of the classifier's last layer, in the order of ``sources``. Features
    are those of images as they will be met: pooled over the picture, pristine and degraded. Images of other sources
    are left out. Raises `InputError` for a source without training or validation images, and without a network.
    """
    if not any(source.kind == "network" for source in sources):
        raise InputError("sources: found no network; allowed: one or more")
    names = [source.name for source in sources]
    training = training.select(np.isin(training.name, names))
    for part, images in (("training", training), ("validation", validation)):
        if missing := [name for name in names if name not in set(images.name.tolist())]:
            raise InputError(f"{part} images: found none of {missing[0]}; allowed: one or more of every source")
    conditions = tuple(sorted(set(training.condition.tolist())))
    means = np.stack([condition_means(training.select(training.name == name), conditions) for name in names])
    keys = np.stack([training.name, training.condition], axis=1)
    _, parts = np.unique(keys, axis=0, return_inverse=True)
    whitening = describe_known(training.features, parts.ravel().astype(str)).whitening.astype(np.float32)
    weights, bias = head or (np.zeros((0, means.shape[2]), np.float32), np.zeros(0, np.float32))
    bare = AttributionModel(
        sources=tuple(sources),
        groups=(),
        conditions=conditions,
        means=means,
        whitening=whitening,
        head_weights=weights,
        head_bias=bias,
        scores=scores,
        crops_from=np.ones(1, np.int64),
        temperatures=np.ones((1, len(SCORED_BY))),
        open_set_thresholds=np.full((1, len(conditions)), np.inf),
        conformal_least=np.zeros(len(names)),
        intercept=0.0,
        slope=1.0,
        lowest=0.0,
        highest=0.0,
        thresholds=(Thresholds(NEVER, NEVER, NEVER),) * len(conditions),
    )
    return calibrated(bare, validation)


def condition_means(images: Observations, conditions: Sequence[str]) -> npt.NDArray[np.float32]:
    """Mean features of one source's ``images`` in each of the ``conditions``, (k, d).

    Raises `InputError` for a condition without any of its images.
    """
    for condition in conditions:
        if not (images.condition == condition).any():
            raise InputError(
                f"training images: found none of {images.name[0]} in the condition {condition}; allowed: one or more "
                "of every source in every condition"
            )
    means = [images.features[images.condition == each].mean(axis=0, dtype=np.float64) for each in conditions]
    return np.stack(means).astype(np.float32)


def calibrated(model: AttributionModel, validation: Observations) -> AttributionModel:
    """The same scores with all else fitted anew on ``validation``: single images, and tiles of photos together."""
    images, actual = as_used(model, validation)
    model = _with_temperatures(model, images, actual)
    log_posteriors = model.log_posteriors(images.features, images.crops)
    networks = np.flatnonzero(model.kind("network")).tolist()
    confusion = mean_confusion(log_posteriors, actual, images.condition, len(model.sources))
    model = replace(model, groups=described_groups(model.sources, find_groups(confusion, networks)))
    model = replace(model, conformal_least=conformal_least(np.exp(log_posteriors), actual))
    model = _with_ratios(model, log_posteriors, actual, images.photo)
    return replace(model, thresholds=_thresholds(model, images, actual))


def as_used(model: AttributionModel, observations: Observations) -> tuple[Observations, Labels]:
    """Images of the model's sources as a bundle stores them, also tiles taken together; and their classes (n,)."""
    places = {source.name: place for place, source in enumerate(model.sources)}
    known = observations.select(np.isin(observations.name, list(places))).rounded()
    images = joined([known, *(pooled(known, number) for number in TILES)])
    return images, np.array([places[name] for name in images.name.tolist()], np.intp)


def _with_temperatures(model: AttributionModel, images: Observations, actual: Labels) -> AttributionModel:
    """Temperatures and open-set thresholds by the number of crops: where few are averaged, both are higher."""
    sizes = np.searchsorted(CROPS_FROM, images.crops, side="right")
    enough = [start for place, start in enumerate(CROPS_FROM, 1) if (sizes == place).sum() >= FEWEST_IMAGES]
    crops_from = np.array([1, *enough[1:]], np.int64)  # the first size that has enough is for smaller images too
    size = np.searchsorted(crops_from, images.crops, side="right") - 1
    used = [place for place, kind in enumerate(SCORED_BY) if model.scores in (kind, "both")]
    scores = np.stack([model.scores_by(SCORED_BY[place], images.features) for place in used])
    each = [size == place for place in range(len(crops_from))]
    temperatures = np.full((len(each), len(SCORED_BY)), np.inf)
    temperatures[:, used] = [fit_temperatures(scores[:, rows], actual[rows]) for rows in each]
    return replace(
        model,
        crops_from=crops_from,
        temperatures=temperatures,
        open_set_thresholds=_open_set_thresholds(model, images, each),
    )


def _open_set_thresholds(
    model: AttributionModel, images: Observations, sizes: Sequence[npt.NDArray[np.bool_]]
) -> Floats:
    """By size and condition of the nearest mean, (t, k); ``sizes`` are bool (n,), whether an image is of each.

    The mean of more crops lies nearer to that of its source, so that the threshold of a smaller size accepts as many:
    where that is lower, as of more photos, it is taken.
    """
    scores, conditions = model.nearest_means(images.features)

    def of(rows: npt.NDArray[np.bool_]) -> float:
        return accepting_score(scores[rows], images.photo[rows], ACCEPTED)

    found = np.zeros((len(sizes), len(model.conditions)))
    for place, size in enumerate(sizes):
        for condition in range(len(model.conditions)):
            rows = size & (conditions == condition)
            enough = rows.sum() >= FEWEST_IMAGES
            smaller = found[place - 1, condition] if place else np.inf
            found[place, condition] = min(of(rows) if enough else of(size) if not place else np.inf, smaller)
    return found


def conformal_least(probabilities: Floats, actual: Labels, confidence: float = SET_CONFIDENCE) -> Floats:
    """Least probability (c,) with which each class belongs to the prediction set at a ``confidence``.

    Class-conditional conformal prediction, as `evidence.conformal.conformal_p_values` by class: a class is in the set
    if its p-value, (1 + its calibration images with at most this probability) / (1 + all its calibration images), is
    above 1 - confidence. 0, always in the set, where there are too few images to exclude any.
    """
    least = np.zeros(probabilities.shape[1])
    for place in range(len(least)):
        own = np.sort(probabilities[actual == place, place])
        needed = int(np.floor((1 - confidence) * (len(own) + 1) + 1e-9))  # images at or below, for a higher p-value
        least[place] = own[needed - 1] if needed else 0.0
    return least


def _with_ratios(
    model: AttributionModel, log_posteriors: Floats, actual: Labels, photo: npt.NDArray[np.str_]
) -> AttributionModel:
    odds = log_odds(log_posteriors)
    targets = actual[:, None] == np.arange(len(model.sources))
    intercept, slope = fit_log_ratio(odds.ravel(), targets.ravel())
    ratios = intercept + slope * odds
    lowest, highest = empirical_bounds(ratios, targets, photo)
    return replace(model, intercept=intercept, slope=slope, lowest=lowest, highest=highest)


def _thresholds(model: AttributionModel, images: Observations, actual: Labels) -> tuple[Thresholds, ...]:
    """The lowest thresholds that keep `RIGHT` and `FALSELY_NAMED`, for each condition of the nearest mean.

    After some degradations a probability says less than after others. Each promise also holds in each tier and for
    each size of images. Of photos and interpolations nothing is promised if the model has no class of them.
    """
    scores, conditions = model.nearest_means(images.features)
    accepted = scores < model.open_set(images.features, images.crops)[1]
    probabilities = np.exp(model.log_posteriors(images.features, images.crops))
    sizes = np.searchsorted(CROPS_FROM, images.crops, side="right")
    parts = np.array([f"{tier}, {size}" for tier, size in zip(images.tier.tolist(), sizes.tolist(), strict=True)])
    return tuple(
        _thresholds_of(model, *(each[rows] for each in (probabilities, accepted, actual, images.photo, parts)))
        for rows in (conditions == condition for condition in range(len(model.conditions)))
    )


def _thresholds_of(
    model: AttributionModel,
    probabilities: Floats,
    accepted: npt.NDArray[np.bool_],
    actual: Labels,
    photo: npt.NDArray[np.str_],
    parts: npt.NDArray[np.str_],
) -> Thresholds:
    """Of a network, then of a group, then of neither. At each of a group, the group that it chooses is judged."""
    networks = model.kind("network")
    photos = ~networks[actual]
    best = np.where(networks, probabilities, -1.0).argmax(axis=1)
    own = probabilities[np.arange(len(actual)), best]
    other = probabilities[:, ~networks].sum(axis=1)
    falsely = Judged(photos, photo, parts)

    def kept(wrong: npt.NDArray[np.bool_], decided: npt.NDArray[np.bool_], named: npt.NDArray[np.bool_]) -> bool:
        harmless = not photos.any() or falsely.within(named, FALSELY_NAMED, among=photos)
        return harmless and Judged(wrong, photo, parts).within(decided, 1 - RIGHT)

    def of_network(threshold: float) -> bool:
        decided = accepted & (own >= threshold)
        return kept(best != actual, decided, decided)

    network = lowest_threshold(of_network)
    named = accepted & (own >= network)

    def of_group(threshold: float) -> bool:
        group = model.smallest_groups(probabilities, threshold)
        decided = accepted & ~named & (group >= 0)
        return kept(~model.contains(group, actual), decided, decided | named)

    def of_neither(threshold: float) -> bool:
        decided = accepted & (other >= threshold)
        return Judged(~photos, photo, parts).within(decided, 1 - RIGHT)

    return Thresholds(network, lowest_threshold(of_group), lowest_threshold(of_neither))

"""The answer about one image in words."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.model import NEVER, AttributionModel, Decided

COMPRESSED = 75
"""JPEG quality below which an image has a limit: the lowest of the tier ``web``."""

LITTLE_DETAIL = 1.5
"""Grey levels; mean absolute difference of neighbouring pixels below which an image is called flat or blurred."""


def answer_words(model: AttributionModel, decided: Decided) -> tuple[str | None, str | None]:
    """Name and words of what was decided of one image; None if nothing was."""
    source = model.sources[decided.best[0]]
    match decided.decision[0]:
        case "network" | "not_super_resolved":
            return source.name, source.words
        case "group":
            group = model.groups[decided.group[0]]
            return group.words, group.words
    return None, None


def reason(model: AttributionModel, decided: Decided, score: float, threshold: float, change: str | None) -> str:
    """Why one image was decided so, in a sentence."""
    words, source = answer_words(model, decided)[1], model.sources[decided.best[0]].words
    probability, least = float(decided.probability[0]), model.thresholds[decided.condition[0]]
    match decided.decision[0]:
        case "network":
            return f"{words} has a probability of {probability:.3f}; {_named_from(least.network)}"
        case "group" if change:
            return f"which of these networks it is changes after a slight change of the image ({change})"
        case "group":
            return (
                f"these {len(model.groups[decided.group[0]].members)} networks together have a probability of "
                f"{probability:.3f}; {least.group:.3g} or more names a group, and no smaller one has it; "
                f"the likeliest network, {source}, does not reach the threshold of a single one"
            )
        case "not_super_resolved":
            return f"no network made it, with a probability of {probability:.3f}; it is most like {words}"
        case "unknown":
            return (
                f"unlike every source of the bundle, by a score of {score:.2f}; from {threshold:.2f} it is unknown: "
                "another upscaler, or a processing that the bundle does not know"
            )
    some = float(model.super_resolved(decided.probabilities)[0])
    told = (
        f"some network of the bundle made it with a probability of {some:.3f}; which one is not clear"
        if some >= 0.5
        else f"no network of the bundle made it with a probability of {1 - some:.3f}, which is not enough to say so"
    )
    if change:
        return f"a slight change of the image ({change}) makes the answer another one; {told}"
    own = f"the likeliest network, {source}, has a probability of {probability:.3f}"
    return f"{own}; {_named_from(least.network)}; {told}"


def _named_from(threshold: float) -> str:
    return (
        "too few validation photos show that one could be named"
        if threshold >= NEVER
        else f"{threshold:.3g} or more names one"
    )


def limits(image: npt.NDArray[np.uint8], crops: int, fewest: int, jpeg_quality: int | None) -> Iterator[str]:
    """What makes an answer about ``image``, uint8 (h, w, 3), less sure than its numbers say.

    ``crops`` are looked at, and ``fewest`` is the least that the numbers were measured with.
    """
    height, width = image.shape[:2]
    if crops < fewest:
        yield f"small: {width} x {height} pixels give {crops} crops; the numbers were measured with {fewest} or more"
    if jpeg_quality is not None and jpeg_quality < COMPRESSED:
        yield f"heavily compressed: JPEG of quality {jpeg_quality}; much of a fingerprint is lost below {COMPRESSED}"
    sample = image[:: max(1, height // 1024)].astype(np.int16)
    if (sample[..., 0] == sample[..., 1]).all() and (sample[..., 1] == sample[..., 2]).all():
        yield "greyscale: the bundle was fitted on images in colour"
    elif np.abs(np.diff(sample[..., 1], axis=1)).mean() < LITTLE_DETAIL:
        yield "little detail: flat or blurred, so that there is little in which a fingerprint could be"

"""Does the answer hold when the image is changed a little? If a change makes it another one, there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.crops import Box, crop_boxes
from sr_fingerprints.attribution.evidence import Features, image_evidence
from sr_fingerprints.attribution.model import AttributionModel, Decided
from sr_fingerprints.attribution.sources import smallest_group

if TYPE_CHECKING:
    from sr_fingerprints.classifiers.backbones import Classifier

CHANGES: Mapping[str, Sequence[Mapping[str, object]]] = {
    "JPEG 90": [{"jpeg": 90}],
    "resized by 0.9": [{"resize": 0.9}],
    "cropped by 3 pixels": [{"crop": {"top": 3, "left": 3}}],
}
"""Slight changes, as chains of `degradations.operations`, by what people are told of them."""

MOST = 12
"""Crops that are looked at after each change: a part of the image, for speed."""

MARGIN = 32
"""Pixels of an image around a crop that are changed with it: more than any of the changes moves or takes away."""

GRID = 16
"""Pixels; parts start on multiples of it, where the blocks of a JPEG of the whole image would be."""


def changed_evidence(classifier: "Classifier", image: npt.NDArray[np.uint8], side: int) -> dict[str, Features]:
    """Features of crops of an image, uint8 (h, w, 3), after each of the `CHANGES`, float32 (crops, d)."""
    from sr_fingerprints.degradations.chains import degrade

    height, width = image.shape[:2]
    boxes = crop_boxes(height, width, side, MOST)
    found = {}
    for change, chain in CHANGES.items():
        parts = [degrade(surroundings(image, box)[0], chain, np.random.default_rng(0)) for box in boxes]
        height, width = (min(side, *(part.shape[axis] for part in parts)) for axis in (0, 1))
        column = np.concatenate([_centre(part, height, width) for part in parts])
        found[change] = image_evidence(
            classifier, column, [Box(place * height, 0, height, width) for place in range(len(parts))]
        )
    return found


def surroundings(image: npt.NDArray[np.uint8], box: Box) -> tuple[npt.NDArray[np.uint8], int, int]:
    """The part of an image around a crop that is changed with it, and where in the image it starts: top and left."""
    top, left = (max(0, start - MARGIN // 2) // GRID * GRID for start in (box.top, box.left))
    part = image[top : box.top + box.height + MARGIN // 2, left : box.left + box.width + MARGIN // 2]
    return np.ascontiguousarray(part), top, left


def _centre(part: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    top, left = (part.shape[0] - height) // 2, (part.shape[1] - width) // 2
    return part[top : top + height, left : left + width]


def settled(model: AttributionModel, decided: Decided, changed: Mapping[str, Decided]) -> tuple[Decided, str | None]:
    """The decision on one image that its ``changed`` decisions leave, and the change that contradicts it, if any.

    A change contradicts if it makes the decision one for other sources. The answer is then the smallest group that
    contains the networks of the decision and of all that contradict it, and reaches its threshold; if there is none,
    nothing is decided. A change after which nothing is decided, or the source is unknown, does not contradict: most
    images lose evidence by it, also those whose answers are right.
    """
    own = answered(model, decided)
    against = {change: found for change, other in changed.items() if (found := answered(model, other))}
    against = {change: found for change, found in against.items() if own and not own & found}
    if not against:
        return decided, None
    change = next(iter(against))
    by_group = decided.probabilities[0] @ model.membership
    least = model.thresholds[decided.condition[0]].group
    reached = [place for place, probability in enumerate(by_group) if probability >= least]
    smallest = smallest_group([model.groups[place] for place in reached], own.union(*against.values()))
    if smallest is not None:
        group = reached[smallest]
        return replace(
            decided, decision=np.array(["group"]), group=np.array([group]), probability=by_group[[group]]
        ), change
    by_network = np.where(model.kind("network"), decided.probabilities[0], -1.0)
    best = np.array([by_network.argmax()])
    return replace(decided, decision=np.array(["undecided"]), best=best, probability=by_network[best]), change


def answered(model: AttributionModel, decided: Decided) -> set[int]:
    """Places of the sources that one decision is for; none if nothing is decided."""
    match decided.decision[0]:
        case "network":
            return {int(decided.best[0])}
        case "group":
            return set(model.groups[decided.group[0]].members)
        case "not_super_resolved":
            return set(np.flatnonzero(~model.kind("network")).tolist())
    return set()

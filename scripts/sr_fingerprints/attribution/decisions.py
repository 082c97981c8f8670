"""The answer about one image, with all that speaks for it and against it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.crops import crop_boxes
from sr_fingerprints.attribution.evidence import Features, image_evidence
from sr_fingerprints.attribution.model import AttributionModel, Decided, Decision, Floats
from sr_fingerprints.attribution.residual_fingerprints import PrnuEvidence
from sr_fingerprints.attribution.sources import NOT_KNOWN, smallest_group
from sr_fingerprints.attribution.stability import answered, changed_evidence, settled
from sr_fingerprints.attribution.wording import answer_words, limits, reason
from sr_fingerprints.evidence.likelihood_ratios import verbal
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle

VERSION = 1
"""Of the JSON: schemas/attribution.schema.json."""

SMALLEST_SIDE = 64
"""Pixels; images with a shorter side are refused, since no decision on them was ever measured."""


@dataclass(frozen=True)
class ImageFacts:
    """Of the image; ``path`` and ``sha256`` are None where pixels were given."""

    path: str | None
    sha256: str | None
    width: int
    height: int


@dataclass(frozen=True)
class Candidate:
    """A class, and how well it explains the image."""

    name: str
    words: str
    kind: str
    group: str | None  # words of the smallest group that it is in, if it is in one
    licence: str
    probability: float
    log10_likelihood_ratio: float  # against another class of this bundle, within the bounds
    verbal: str


@dataclass(frozen=True)
class Parsed:
    """What is said of one property, if a network made the image: probabilities by value add up to 1."""

    value: str  # the likeliest
    probabilities: Mapping[str, float]


@dataclass(frozen=True)
class OpenSet:
    score: float
    threshold: float
    false_positive_rate: float  # share of validation images of known sources that the threshold takes for unknown


@dataclass(frozen=True)
class Variation:
    """The decision after a slight change of the image."""

    change: str
    decision: Decision
    answer: str | None
    probability: float


@dataclass(frozen=True)
class Stability:
    stable: bool
    variations: tuple[Variation, ...]


@dataclass(frozen=True)
class Attribution:
    """The answer about one image; `as_json` is what schemas/attribution.schema.json describes."""

    version: int
    image: ImageFacts
    bundle: Mapping[str, str | None]  # name, and sha256 of its file; None if it is from none
    decision: Decision
    answer: str | None  # name of the network; of the group: its words; of the likeliest if not super-resolved
    words: str | None  # the answer for people
    members: tuple[str, ...]  # names of the sources that the answer leaves; none if there is no answer
    probability: float  # calibrated: of the answer, or of the likeliest network if there is none
    super_resolved: float  # calibrated: that any network of the bundle made it
    reason: str
    candidates: tuple[Candidate, ...]  # in order of their probability
    prediction_set: tuple[str, ...]  # names, at 95 %
    parsers: Mapping[str, Parsed]  # scale, loss, family
    open_set: OpenSet
    prnu: PrnuEvidence | None  # None without fingerprints, and for an image that is too small for them
    stability: Stability
    crops: int
    limits: tuple[str, ...]  # what makes the answer less sure than its numbers say, in words

    def as_json(self) -> dict[str, Any]:
        """Lists, mappings, numbers and text; every number is finite."""
        return asdict(self)

    def of_file(self, path: str, sha256: str) -> "Attribution":
        """The same with the file that the pixels are from."""
        return replace(self, image=replace(self.image, path=path, sha256=sha256))


def decide(
    bundle: "Bundle", image: npt.NDArray[np.uint8], most_candidates: int = 5, jpeg_quality: int | None = None
) -> Attribution:
    """Which source of the bundle made an image, uint8 (h, w, 3), RGB?

    ``jpeg_quality``, 1 to 100, is that of the file, if it is a JPEG, for the limits. Raises `InputError` for an image
    with a side of less than `SMALLEST_SIDE` pixels, and for what is no image.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InputError(f"image: found {image.dtype} {image.shape}; allowed: uint8 (height, width, 3)")
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise InputError(f"image: found {width} x {height} pixels; allowed: {SMALLEST_SIDE} or more of either")
    model = bundle.model
    features = image_evidence(bundle.classifier, image, crop_boxes(height, width, bundle.side, bundle.most))
    mean, crops = _pooled(features)
    changed = {
        change: model.decide(*_pooled(found))
        for change, found in changed_evidence(bundle.classifier, image, bundle.side).items()
    }
    decided, contradiction = settled(model, model.decide(mean, crops), changed)
    log_posteriors = model.log_posteriors(mean, crops)
    score, threshold = (float(found[0]) for found in model.open_set(mean, crops))
    answer, words = answer_words(model, decided)
    inside = model.prediction_sets(log_posteriors)[0]
    candidates = _candidates(model, log_posteriors, most_candidates)
    return Attribution(
        version=VERSION,
        image=ImageFacts(None, None, width, height),
        bundle={"name": bundle.name, "sha256": bundle.sha256},
        decision=_decision(decided),
        answer=answer,
        words=words,
        members=tuple(model.sources[place].name for place in sorted(answered(model, decided))),
        probability=float(decided.probability[0]),
        super_resolved=float(model.super_resolved(decided.probabilities)[0]),
        reason=reason(model, decided, score, threshold, contradiction),
        candidates=candidates,
        prediction_set=tuple(source.name for source, inside in zip(model.sources, inside, strict=True) if inside),
        parsers=parse(model, np.exp(log_posteriors[0])),
        open_set=OpenSet(score, threshold, bundle.false_positive_rate),
        prnu=_prnu(bundle, image, candidates),
        stability=Stability(
            contradiction is None,
            tuple(
                Variation(change, _decision(found), answer_words(model, found)[0], float(found.probability[0]))
                for change, found in changed.items()
            ),
        ),
        crops=len(features),
        limits=tuple(limits(image, len(features), int(bundle.held_out.crops.min()), jpeg_quality)),
    )


def parse(model: AttributionModel, probabilities: Floats) -> dict[str, Parsed]:
    """Scale, loss and family of an image with these ``probabilities`` (c,), if a network of the bundle made it.

    The probabilities of the networks with one value are added up, and divided by those of all networks.
    """
    parsed = {}
    for key in ("scale", "loss", "family"):
        sums: dict[str, float] = {}
        for source, probability in zip(model.sources, probabilities.tolist(), strict=True):
            if source.kind == "network":
                value = getattr(source, key)
                value = NOT_KNOWN if value is None else str(value)
                sums[value] = sums.get(value, 0.0) + probability
        total = sum(sums.values())
        if total > 0:
            shares = {value: sums[value] / total for value in sorted(sums, key=lambda value: -sums[value])}
            parsed[key] = Parsed(next(iter(shares)), shares)
    return parsed


def _candidates(model: AttributionModel, log_posteriors: Floats, most: int) -> tuple[Candidate, ...]:
    ratios = model.log10_ratios(log_posteriors)[0]
    found = []
    for place in np.argsort(-log_posteriors[0], kind="stable")[:most].tolist():
        source, group = model.sources[place], smallest_group(model.groups, [place])
        found.append(
            Candidate(
                name=source.name,
                words=source.words,
                kind=source.kind,
                group=None if group is None else model.groups[group].words,
                licence=source.licence,
                probability=float(np.exp(log_posteriors[0, place])),
                log10_likelihood_ratio=float(ratios[place]),
                verbal=verbal(float(ratios[place]), (model.lowest, model.highest), f"the {source.kind}"),
            )
        )
    return tuple(found)


def _prnu(bundle: "Bundle", image: npt.NDArray[np.uint8], candidates: tuple[Candidate, ...]) -> PrnuEvidence | None:
    if bundle.residuals is None:
        return None
    words = {source.name: source.words for source in bundle.model.sources}
    return bundle.residuals.evidence(image, words, [candidate.name for candidate in candidates])


def _decision(decided: Decided) -> Decision:
    return cast(Decision, str(decided.decision[0]))


def _pooled(features: Features) -> tuple[Floats, npt.NDArray[np.int64]]:
    return features.astype(np.float64).mean(axis=0)[None], np.array([len(features)], np.int64)

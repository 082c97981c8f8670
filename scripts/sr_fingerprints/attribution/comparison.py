"""Do two images come from the same network? A likelihood ratio from their features, known network or not."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.crops import crop_boxes
from sr_fingerprints.attribution.decisions import Attribution, decide
from sr_fingerprints.attribution.evidence import image_evidence
from sr_fingerprints.attribution.observations import Observations, pooled
from sr_fingerprints.evidence.likelihood_ratios import cllr, empirical_bounds, fit_log_ratio, verbal
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle
    from sr_fingerprints.attribution.model import AttributionModel

Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.intp]
Answer = Literal["ratio", "neither_super_resolved"]

VERSION = 1
"""Of the JSON: schemas/comparison.schema.json."""

PAIRS = 20_000
"""Pairs of held-out images of either kind that the ratio is fitted on."""

TILES = (1, 4, 16)
"""Tiles of a photo that are taken together as one image: the most whose crops are no more than the images have."""

NEGLIGIBLE = 1e-9
"""Variance between sources, in units of that within them, below which a direction says nothing."""

HYPOTHESIS = "the same network"
SURE = 0.95


@dataclass(frozen=True)
class PairModel:
    """From a distance to a likelihood ratio: log10 LR = intercept + slope * score, within the bounds."""

    intercept: float
    slope: float
    lowest: float
    highest: float
    photos: int  # held-out photos, which bound the ratio
    crops: int  # of the images that it is fitted on: their median
    cllr: float  # bits, of the pairs that it is fitted on; 1 is that of saying nothing

    def log10_ratios(self, scores: Floats) -> Floats:
        """log10 LRs (n,) of ``scores`` (n,), see `pair_scores`."""
        return np.asarray(np.clip(self.intercept + self.slope * scores, self.lowest, self.highest))


@dataclass(frozen=True)
class Comparison:
    """The answer about two images; `as_json` is what schemas/comparison.schema.json describes."""

    version: int
    answer: Answer  # neither_super_resolved: there is no network to compare, and no ratio
    words: str
    log10_likelihood_ratio: float | None
    verbal: str | None
    lowest: float  # bounds of the log10 LR
    highest: float
    photos: int  # behind the bounds
    cllr: float
    score: float  # see `pair_scores`
    images: tuple[Attribution, Attribution]
    limits: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Lists, mappings, numbers and text; every number is finite."""
        return asdict(self)


def compare(bundle: "Bundle", images: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]) -> Comparison:
    """Compare two images, uint8 (h, w, 3), RGB.

    The ratio weighs "one network made both" against "they are of two different sources, at least one of them a
    network". Networks need not be in the bundle; what was measured is those that are. Where both images are more
    probably not super-resolved, there is no network to compare, and no ratio. Raises `InputError` for images that
    `decide` refuses, and for a bundle with too few held-out photos of two networks.
    """
    first, second = (decide(bundle, image) for image in images)
    features, crops = zip(*(_evidence(bundle, image) for image in images), strict=True)
    model = fit_pairs(bundle, min(crops))
    scores = pair_scores(bundle.model, features[0], features[1])
    ratio = float(model.log10_ratios(scores)[0])
    networks = [_network_probability(bundle, each, number) for each, number in zip(features, crops, strict=True)]
    neither = max(networks) < 0.5
    words = verbal(ratio, (model.lowest, model.highest), HYPOTHESIS).replace("the alternative", "different sources")
    return Comparison(
        version=VERSION,
        answer="neither_super_resolved" if neither else "ratio",
        words="neither image is super-resolved: there is no network to compare" if neither else words,
        log10_likelihood_ratio=None if neither else ratio,
        verbal=None if neither else words,
        lowest=model.lowest,
        highest=model.highest,
        photos=model.photos,
        cllr=model.cllr,
        score=float(scores[0]),
        images=(first, second),
        limits=tuple(_limits(first, second, networks, images)),
    )


def pair_scores(model: "AttributionModel", first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Floats:
    """How much likelier images with mean features ``first`` and ``second`` (n, d) are of one source than of two.

    The natural logarithm of the ratio, (n,), if the features of a source, and the means of sources, are normal:
    probabilistic linear discriminant analysis (Ioffe, ECCV 2006) with the covariance within sources, under one
    condition and between the bundle's conditions, and the one between the means of its sources. Unlike a distance, it
    passes over directions in which sources do not differ, and unusual features in common say more than usual ones.
    """
    by_condition = model.whitened.reshape(*model.means.shape[:2], -1)
    sources = by_condition.mean(axis=1)
    centre = sources.mean(axis=0)
    moved = (by_condition - sources[:, None]).reshape(-1, sources.shape[1])
    within, turn = np.linalg.eigh(np.eye(len(centre)) + moved.T @ moved / len(moved))
    turn = turn / np.sqrt(within)
    between, axes = np.linalg.eigh(turn.T @ np.cov(sources.T) @ turn)
    axes, between = (turn @ axes)[:, between > NEGLIGIBLE], between[between > NEGLIGIBLE]
    x, y = ((each.astype(np.float64) @ model.whitening - centre) @ axes for each in (first, second))
    total, both = 1 + between, 1 + 2 * between
    apart = np.log(both) - 2 * np.log(total)
    apart = apart + (total * (x**2 + y**2) - 2 * between * x * y) / both - (x**2 + y**2) / total
    return np.asarray(-0.5 * apart.sum(axis=1))


def fit_pairs(bundle: "Bundle", crops: int, pairs: int = PAIRS, seed: int = 0) -> PairModel:
    """Fit the ratio of images of so many ``crops`` on pairs of the bundle's held-out images, of different photos.

    Pairs of one network, and pairs of two different sources of which the first is a network, are drawn at random:
    each network, then each source, then each of its images under any condition has the same chance. Each photo counts
    as one observation for the bounds (`empirical_bounds`), however many pairs it is in.
    """
    images = _images_of(bundle, crops)
    same, different = draw_pairs(bundle, images, pairs, np.random.default_rng(seed))
    both = np.concatenate([same, different])
    is_same = np.arange(len(both)) < len(same)
    scores = pair_scores(bundle.model, images.features[both[:, 0]], images.features[both[:, 1]])
    intercept, slope = fit_log_ratio(scores, is_same)
    ratios = intercept + slope * scores
    photo = images.photo[both[:, 0]]
    lowest, highest = empirical_bounds(ratios, is_same, photo)
    return PairModel(
        intercept, slope, lowest, highest,
        photos=len(set(photo.tolist())), crops=int(np.median(images.crops)), cllr=cllr(ratios, is_same),
    )  # fmt: skip


def _images_of(bundle: "Bundle", crops: int) -> Observations:
    """Held-out images of the bundle's sources, as large as those to be compared, or smaller."""
    known = bundle.held_out.select(np.isin(bundle.held_out.name, [source.name for source in bundle.model.sources]))
    usual = int(np.median(known.crops))
    fitting = [number for number in TILES if number * usual <= crops] or [1]
    for number in reversed(fitting):
        images = known if number == 1 else pooled(known, number)
        if 2 * len(set(images.photo.tolist())) >= len(set(known.photo.tolist())):
            return images
    return known


def draw_pairs(
    bundle: "Bundle", images: Observations, number: int, random: np.random.Generator
) -> tuple[Pairs, Pairs]:
    """Rows (n, 2) of images of one network, and of two sources, each of different photos: about ``number`` each."""
    sources = bundle.model.sources
    places = {source.name: place for place, source in enumerate(sources)}
    of_source = np.array([places[name] for name in images.name.tolist()], np.intp)
    counts = np.bincount(of_source, minlength=len(sources))
    present = np.flatnonzero(counts)
    networks = [place for place in present.tolist() if sources[place].kind == "network"]
    if not networks or len(present) < 2:
        raise InputError(
            "bundle: found held-out images of fewer than two sources; allowed: two or more, one a network"
        )
    order, starts = np.argsort(of_source, kind="stable"), np.cumsum(counts) - counts

    def drawn(chosen: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        return np.asarray(order[starts[chosen] + (random.random(len(chosen)) * counts[chosen]).astype(np.intp)])

    first = random.choice(networks, number)
    others = random.choice(present, number)
    pairs = []
    for second in (first, others):
        found = np.stack([drawn(first), drawn(second)], axis=1)
        keep = images.photo[found[:, 0]] != images.photo[found[:, 1]]
        if second is others:
            keep &= first != others
        pairs.append(found[keep])
    if not (len(pairs[0]) and len(pairs[1])):
        raise InputError("bundle: found held-out images of one photo; allowed: of two or more")
    return pairs[0], pairs[1]


def _evidence(bundle: "Bundle", image: npt.NDArray[np.uint8]) -> tuple[Floats, int]:
    found = image_evidence(
        bundle.classifier, image, crop_boxes(image.shape[0], image.shape[1], bundle.side, bundle.most)
    )
    return found.astype(np.float64).mean(axis=0)[None], len(found)


def _network_probability(bundle: "Bundle", features: Floats, crops: int) -> float:
    probabilities = np.exp(bundle.model.log_posteriors(features, np.array([crops])))[0]
    return float(probabilities[bundle.model.kind("network")].sum())


def _limits(
    first: Attribution,
    second: Attribution,
    networks: list[float],
    images: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
) -> list[str]:
    found = [
        f"{name} image: {limit}" for name, each in (("first", first), ("second", second)) for limit in each.limits
    ]
    for name, probability in zip(("first", "second"), networks, strict=True):
        if probability < SURE and max(networks) >= 0.5:
            found.append(
                f"the {name} image has a probability of {1 - probability:.2f} of not being super-resolved; "
                "photos resemble each other too, without any network"
            )
    if images[0].shape == images[1].shape and (images[0] == images[1]).all():
        found.append("both are the same pixels: the ratio is for images of two scenes, and says nothing here")
    else:
        found.append("for images of two scenes: two versions of one photo are more alike than the ratio assumes")
    return found

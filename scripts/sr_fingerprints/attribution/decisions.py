"""The answer about one image, with all that speaks for it and against it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.model import Decision

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle

VERSION = 1
"""Of the JSON: schemas/attribution.schema.json."""


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
    group: str | None  # words of the group that it is in, if others are in it
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
    bundle: Mapping[str, str]  # name, sha256, version
    decision: Decision
    answer: str | None  # name of the network; of the group: its words; of the likeliest if not super-resolved
    words: str | None  # the answer for people
    probability: float  # calibrated: of the answer, or of the likeliest network if there is none
    reason: str
    candidates: tuple[Candidate, ...]  # in order of their probability
    prediction_set: tuple[str, ...]  # names, at 95 %
    parsers: Mapping[str, Parsed]  # scale, loss, family
    open_set: OpenSet
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
    with a side of less than `SMALLEST_SIDE` pixels.
    """
    raise NotImplementedError

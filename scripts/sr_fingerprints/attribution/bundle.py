"""A bundle: all that is needed to attribute an image, as one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_fingerprints.attribution.evidence import Observations
from sr_fingerprints.attribution.model import AttributionModel
from sr_fingerprints.attribution.sources import Source

if TYPE_CHECKING:
    from sr_fingerprints.classifiers.backbones import Classifier


@dataclass(frozen=True)
class Bundle:
    """A classifier, the model of its features, and what they were fitted on."""

    name: str  # of the study
    classifier: "Classifier"  # in evaluation mode, on the CPU
    backbone: str  # such as highpass48
    model: AttributionModel
    side: int  # pixels; of crops
    most: int  # crops of an image
    held_out: Observations  # of validation and test images, features float16: all tables can be recomputed
    conditions: Mapping[str, Any]  # chain of each condition of these, by name
    about: Mapping[str, Any]  # free metadata: versions, seed, digests, photos, tables, measured rates
    sha256: str | None = None  # of the file that it was read from


def read_bundle(path: str | Path) -> Bundle:
    """Raises `InputError`, with the file's name, what was found and what is allowed."""
    raise NotImplementedError


def write_bundle(bundle: Bundle, path: str | Path) -> None:
    """The same bundle gives the same bytes."""
    raise NotImplementedError


def with_source(bundle: Bundle, source: Source, images: Observations) -> Bundle:
    """A bundle that knows one more source, from its own images alone: of train, validation and test photos."""
    raise NotImplementedError

"""A classifier's scores for photos that it was not trained on, and which of these a fit may use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.runtime.errors import InputError

UNKNOWN = -1
"""In place of a class: made by none of the networks that the classifier knows, or by none at all."""

OF_KNOWN_ONES = ("twin", "derived")
"""Origins of networks that are no other networks: twins and derivatives of ones that may be classes themselves."""

MOST_FOLDS = 10
"""Number of groups of test photos, each evaluated by what was fitted without it; fewer photos are groups of one."""


@dataclass(frozen=True)
class HeldOut:
    """Scores of ``n`` images of validation and test photos for ``c`` classes."""

    log_probabilities: npt.NDArray[np.float64]  # (n, c), natural logarithms; logits do as well
    actual: npt.NDArray[np.intp]  # (n,), index of the class, or `UNKNOWN`
    network: npt.NDArray[np.str_]  # (n,), what made the image
    origin: npt.NDArray[np.str_]  # (n,), of that: custom, published, real or interpolated
    source: npt.NDArray[np.str_]  # (n,), the photo
    test: npt.NDArray[np.bool_]  # (n,), whether that is a test photo
    classes: npt.NDArray[np.str_]  # (c,)

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Whether the image is of one of the classes, bool (n,)."""
        known: npt.NDArray[np.bool_] = self.actual != UNKNOWN
        return known

    def select(self, rows: np.ndarray) -> Self:
        """Some of the images; ``rows`` are their indices, or bool (n,)."""
        per_image = ("log_probabilities", "actual", "network", "origin", "source", "test")
        return type(self)(**{key: getattr(self, key)[rows] for key in per_image}, classes=self.classes)


def held_out(networks: pd.DataFrame, test: Predictions, *validation: Predictions) -> HeldOut:
    """Join the predictions of one classifier for test photos, and those for validation photos, if there are any.

    ``networks`` is the table of networks.

    Logarithms of softmax probabilities are the logits up to a constant of each image, which softmax ignores.
    Probabilities below the smallest normal float32 are taken for that. Images of `OF_KNOWN_ONES` are left out.
    Raises `InputError` for scores that are no probabilities, and for predictions of different classes.
    """
    parts = [*validation, test]
    for part in parts:
        if part.attributes["score"] != "probability":
            raise InputError(f"predictions: found scores of kind {part.attributes['score']}; allowed: probability")
        if list(part.classes) != list(test.classes):
            raise InputError("predictions: found other classes for validation photos than for test photos")
    scores = np.concatenate([part.scores for part in parts])
    return held_out_of(
        networks,
        log_probabilities=np.log(np.maximum(scores, np.finfo(np.float32).tiny).astype(np.float64)),
        network=np.concatenate([part.network for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        test=np.concatenate([np.full(len(part.network), part is test) for part in parts]),
        classes=test.classes,
    )


def held_out_of(
    networks: pd.DataFrame,
    log_probabilities: npt.NDArray[np.float64],
    network: npt.NDArray[np.str_],
    source: npt.NDArray[np.str_],
    test: npt.NDArray[np.bool_],
    classes: npt.NDArray[np.str_],
) -> HeldOut:
    """`HeldOut` of scores whose classes are networks, with the origins of the table ``networks``.

    Images of `OF_KNOWN_ONES` are left out.
    """
    numbers = {str(name): index for index, name in enumerate(classes)}
    joined = HeldOut(
        log_probabilities=log_probabilities,
        actual=np.array([numbers.get(str(name), UNKNOWN) for name in network], np.intp),
        network=network,
        origin=networks.set_index("network").origin.loc[network.tolist()].to_numpy(str),
        source=source,
        test=test,
        classes=classes,
    )
    return joined.select(~np.isin(joined.origin, OF_KNOWN_ONES))


VALIDATION, OTHER_PHOTOS = "validation", "other photos"
FITS = (VALIDATION, OTHER_PHOTOS)
"""What is fitted on: the validation photos; or these and the test photos, less the one that it is applied to."""


def splits(
    source: npt.NDArray[np.str_], test: npt.NDArray[np.bool_], fit: str
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the images to fit on and those to apply that to, as two bool (n,); each test image is applied to once.

    ``source`` and ``test`` are those of `HeldOut`, ``fit`` one of `FITS`. With `OTHER_PHOTOS`, nothing that was
    fitted on a photo is applied to it: cross-validation by photo, in `MOST_FOLDS` groups at most.
    """
    if fit == VALIDATION:
        yield ~test, test
        return
    for group in groups_of_photos(source[test]):
        chosen = np.isin(source, group) & test
        yield ~np.isin(source, group), chosen


def groups_of_photos(sources: Sequence[str] | npt.NDArray[np.str_]) -> list[list[str]]:
    """The different ``sources``, in order of their names, dealt into `MOST_FOLDS` groups at most."""
    names = sorted({str(name) for name in sources})
    return [names[start :: min(MOST_FOLDS, len(names))] for start in range(min(MOST_FOLDS, len(names)))]

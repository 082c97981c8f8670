"""From a classifier's scores to probabilities and likelihood ratios: what is fitted, and its file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.evidence.held_out import FITS, HeldOut, held_out, splits
from sr_fingerprints.evidence.likelihood_ratios import (
    ALTERNATIVE,
    OR_A_PHOTO,
    empirical_bounds,
    fit_log_ratio,
    log_odds,
)
from sr_fingerprints.evidence.temperature import fit_temperature, tempered
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.runtime.errors import as_input_error
from sr_fingerprints.runtime.provenance import file_digests, versions
from sr_fingerprints.study.network_table import read_network_table

Floats = npt.NDArray[np.float64]
ALL_PHOTOS = "all held-out photos"
"""The fit for images from outside of the study: on validation and test photos together."""


@dataclass(frozen=True)
class Calibration:
    """What turns the scores of one classifier into probabilities and into LRs, fitted on some photos."""

    photos: Sequence[str]  # that it was fitted on
    images: int  # of them, of networks that the classifier knows
    temperature: float
    intercept: float  # log10 LR = intercept + slope * score, with the score of `log_odds`
    slope: float
    lowest: float  # log10 LR; below it, nothing is supported by so few photos
    highest: float

    def log_probabilities(self, scores: Floats) -> Floats:
        """Logarithms of calibrated probabilities (n, c) of logits or log-probabilities (n, c)."""
        return tempered(scores, self.temperature)

    def log_ratios(self, scores: Floats) -> Floats:
        """log10 LR of each class (n, c) against the alternative, without bounds, of logits or log-probabilities."""
        ratios: Floats = self.intercept + self.slope * log_odds(self.log_probabilities(scores))
        return ratios

    def bounded(self, log_ratios: Floats) -> Floats:
        """The same within the bounds: what may be reported."""
        return np.clip(log_ratios, self.lowest, self.highest)


def fit_calibration(images: HeldOut) -> Calibration:
    """Fit the temperature on images of known networks, and LRs on all.

    One intercept and slope for all networks: few photos give none of its own to each. Each image is a target once,
    for the network that made it, and not for all others. Raises `InputError` without images of known networks.
    """
    known = images.known
    temperature = fit_temperature(images.log_probabilities[known], images.actual[known])
    scores = log_odds(tempered(images.log_probabilities, temperature))
    targets = target_matrix(images)
    intercept, slope = fit_log_ratio(scores.ravel(), targets.ravel())
    lowest, highest = empirical_bounds(intercept + slope * scores, targets, images.source)
    photos = sorted(set(images.source.tolist()))
    return Calibration(photos, int(known.sum()), temperature, intercept, slope, lowest, highest)


def target_matrix(images: HeldOut) -> npt.NDArray[np.bool_]:
    """Whether each image was made by each class, bool (n, c)."""
    targets: npt.NDArray[np.bool_] = images.actual[:, None] == np.arange(len(images.classes))
    return targets


Fitted = Sequence[tuple[Calibration, Sequence[str]]]
"""Calibrations, and the test photos that each is applied to; each photo to one."""


def fit_all(images: HeldOut) -> dict[str, Fitted]:
    """Fit calibrations in each way of `FITS`; and on all photos, which is applied to none of them."""
    found: dict[str, Fitted] = {
        fit: [
            (fit_calibration(images.select(fitted)), sorted(set(images.source[applied].tolist())))
            for fitted, applied in splits(images.source, images.test, fit)
        ]
        for fit in FITS
    }
    return found | {ALL_PHOTOS: [(fit_calibration(images), [])]}


def apply_fitted(fitted: Fitted, images: HeldOut) -> tuple[HeldOut, Floats, Floats]:
    """Test images with calibrated log-probabilities, their log10 LRs (n, c), and these within their bounds."""
    test = images.select(images.test)
    probabilities, ratios, bounded = (np.empty_like(test.log_probabilities) for _ in range(3))
    for calibration, photos in fitted:
        rows = np.isin(test.source, photos)
        probabilities[rows] = calibration.log_probabilities(test.log_probabilities[rows])
        ratios[rows] = calibration.log_ratios(test.log_probabilities[rows])
        bounded[rows] = calibration.bounded(ratios[rows])
    fields = {key: getattr(test, key) for key in ("actual", "network", "origin", "source", "test", "classes")}
    return HeldOut(log_probabilities=probabilities, **fields), ratios, bounded


def fit_evidence(test: Sequence[Path], validation: Sequence[Path], networks: Path, outputs: Sequence[Path]) -> None:
    """Fit each classifier, given its predictions for test and for validation photos, and write its `Calibration`s.

    One JSON a classifier, with classes, alternative, digests of the predictions, and under ``fits`` what was fitted
    on what. Raises `InputError` for damaged files.
    """
    table = read_network_table(networks)
    for test_file, validation_file, output in zip(test, validation, outputs, strict=True):
        images, classifier = read_held_out(test_file, validation_file, table)
        described = {
            "classifier": classifier,
            "classes": images.classes.tolist(),
            "alternative": ALTERNATIVE + OR_A_PHOTO * bool(of_photos(images.origin).any()),
            "images_of_alternatives": images_by_origin(images),
            "predictions": [*file_digests([test_file]).values(), *file_digests([validation_file]).values()],
            "versions": versions("numpy", "scipy", "scikit-learn"),
            "fits": {
                fit: [{**asdict(calibration), "applied_to": list(photos)} for calibration, photos in fitted]
                for fit, fitted in fit_all(images).items()
            },
        }
        write_text(output, json.dumps(described, indent=1) + "\n")


def read_held_out(test: Path, validation: Path, networks: pd.DataFrame) -> tuple[HeldOut, Mapping[str, Any]]:
    """Read the predictions of one classifier, without features; and the provenance of that classifier."""
    found = read_predictions(test, with_features=False)
    images = held_out(networks, found, read_predictions(validation, with_features=False))
    return images, {key: found.attributes["classifier"][key] for key in ("seed", "settings", "versions")}


def of_photos(origin: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """Whether images of these origins (n,) are photos, resampled or not, that no network made."""
    return np.isin(origin, ["real", "interpolated"])


def images_by_origin(images: HeldOut) -> dict[str, int]:
    """Number of networks, or ways of resampling a photo, by origin: what a class is weighed against, itself too."""
    return {str(origin): len(set(images.network[images.origin == origin])) for origin in dict.fromkeys(images.origin)}


def read_fitted(path: Path) -> dict[str, Fitted]:
    """Read the calibrations that `fit_evidence` wrote, by what they were fitted on.

    Raises `InputError` with the file's name when it cannot be read or is no such file.
    """
    with as_input_error(path, "a calibration of a classifier"):
        described = json.loads(path.read_text(encoding="utf-8"))
        return {
            fit: [
                (Calibration(**{key: value for key, value in row.items() if key != "applied_to"}), row["applied_to"])
                for row in rows
            ]
            for fit, rows in described["fits"].items()
        }

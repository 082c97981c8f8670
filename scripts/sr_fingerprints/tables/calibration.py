"""How well the probabilities of classifiers are calibrated, before and after temperature scaling."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.evidence.calibration import Fitted, apply_fitted
from sr_fingerprints.evidence.held_out import FITS, HeldOut
from sr_fingerprints.evidence.reading import Evidence, read_evidence
from sr_fingerprints.evidence.temperature import (
    brier_score,
    calibration_error,
    error_if_calibrated,
    negative_log_likelihood,
)
from sr_fingerprints.tables.statistics import interval_over_photos, jackknife_interval
from sr_fingerprints.tables.writing import write_table

NONE = "none"
"""In place of what a temperature was fitted on."""
WAYS = (NONE, *FITS)

COLUMNS = {
    "experiment": ("Experiment", ""),
    "fitted_on": ("Temperature fitted on", ""),
    "photos_fitted": ("Photos", "d"),
    "temperature": ("$T$", ".2f"),
    "accuracy": (r"\% right", ".1f"),
    "confidence": (r"\% confident", ".1f"),
    "overconfidence_interval": ("minus right", ".1f"),
    "ece": ("ECE", ".1f"),
    "ece_interval": (r"95\,\% interval", ".1f"),
    "ece_if_calibrated": ("if calibrated", ".1f"),
    "nll": ("NLL", ".3f"),
    "nll_interval": (r"95\,\% interval", ".3f"),
    "brier": ("Brier", ".3f"),
    "brier_interval": (r"95\,\% interval", ".3f"),
}


def calibration_table(name: str, seeds: Sequence[Evidence], bins: int, seed: int) -> pd.DataFrame:
    """Calibration of one experiment on test images of networks that it knows, one row per way of fitting.

    Columns: experiment; fitted_on, what the temperature was fitted on (`NONE`: as the classifier gives them);
    photos_fitted, the number of photos of a fit; photos and images, of the test; temperature (mean over fits);
    accuracy and confidence (the mean highest probability), in %, and overconfidence, their difference; ece, the
    expected calibration error in percentage points over ``bins``, and ece_if_calibrated, what a perfectly calibrated
    classifier would show (``seed`` is of its draws); nll in nats; brier from 0 to 2. All are means over classifier
    seeds, with 95 % intervals over photos in ``..._low`` and ``..._high``.
    """
    return pd.DataFrame([_row(name, fit, seeds, bins, seed) for fit in WAYS])


def _row(name: str, fit: str, seeds: Sequence[Evidence], bins: int, seed: int) -> dict[str, Any]:
    fits: Fitted = [] if fit == NONE else [part for _, fitted in seeds for part in fitted[fit]]
    images = pd.concat(
        [
            image_losses(with_temperature(images, fitted, fit)).assign(classifier=number)
            for number, (images, fitted) in enumerate(seeds)
        ],
        ignore_index=True,
    )

    def error(rows: pd.DataFrame) -> float:
        return mean_over_classifiers(
            rows, lambda part: calibration_error(part.confidence.to_numpy(), part.correct.to_numpy(), bins)
        )

    def gap(rows: pd.DataFrame) -> float:
        return float(rows.confidence.mean() - rows.correct.mean())

    chance = mean_over_classifiers(images, lambda part: error_if_calibrated(part.confidence.to_numpy(), bins, seed))
    row = {
        "experiment": name,
        "fitted_on": fit,
        "photos_fitted": max((len(part.photos) for part, _ in fits), default=0),
        "photos": images.source.nunique(),
        "images": len(images) // len(seeds),
        "temperature": np.mean([part.temperature for part, _ in fits]) if fits else 1.0,
        "accuracy": 100 * images.correct.mean(),
        "confidence": 100 * images.confidence.mean(),
        "overconfidence": 100 * gap(images),
        "ece": 100 * error(images),
        "ece_if_calibrated": 100 * chance,
        "nll": images.nll.mean(),
        "brier": images.brier.mean(),
    }
    intervals: dict[str, Sequence[float]] = {
        "accuracy": [100 * end for end in interval_over_photos(images)],
        "overconfidence": [100 * end for end in jackknife_interval(images, gap, (-1.0, 1.0))],
        "ece": [100 * end for end in jackknife_interval(images, error)],
        "nll": jackknife_interval(images, lambda rows: rows.nll.mean(), (0.0, np.inf)),
        "brier": jackknife_interval(images, lambda rows: rows.brier.mean(), (0.0, 2.0)),
    }
    return row | {
        f"{key}_{end}": value
        for key, ends in intervals.items()
        for end, value in zip(("low", "high"), ends, strict=True)
    }


def with_temperature(images: HeldOut, fitted: Mapping[str, Fitted], way: str) -> HeldOut:
    """Test images of known networks, with probabilities at the temperatures of one of `WAYS`."""
    test = images.select(images.test) if way == NONE else apply_fitted(fitted[way], images)[0]
    return test.select(test.known)


def image_losses(images: HeldOut) -> pd.DataFrame:
    """One row per image: its photo (``source``), confidence, whether it is correct, and its losses nll and brier."""
    return pd.DataFrame(
        {
            "source": images.source,
            "confidence": np.exp(images.log_probabilities.max(axis=1)),
            "correct": images.log_probabilities.argmax(axis=1) == images.actual,
            "nll": negative_log_likelihood(images.log_probabilities, images.actual),
            "brier": brier_score(images.log_probabilities, images.actual),
        }
    )


def mean_over_classifiers(images: pd.DataFrame, statistic: Any) -> float:
    """Mean of a statistic of the images of each ``classifier``."""
    return float(np.mean([statistic(part) for _, part in images.groupby("classifier")]))


def tabulate_calibration(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    calibrations: Mapping[str, Sequence[Path]],
    networks: Path,
    bins: int,
    seed: int,
    csv: Path,
    tex: Path,
) -> None:
    """Write the table of all experiments; files are by experiment name, one per classifier seed."""
    read = read_evidence(test, validation, calibrations, networks)
    frame = pd.concat([calibration_table(name, seeds, bins, seed) for name, seeds in read.items()], ignore_index=True)
    write_table(
        frame,
        csv,
        tex,
        caption="Calibration of the probabilities of classifiers, before and after temperature scaling.",
        label="tab:calibration",
        columns=COLUMNS,
        groups=frame.experiment.tolist(),
    )

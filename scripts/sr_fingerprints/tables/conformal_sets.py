"""Conformal prediction sets: how often they hold the network that made an image, by photo, and how large they are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.evidence.conformal import conformal_p_values
from sr_fingerprints.evidence.held_out import FITS, HeldOut, splits
from sr_fingerprints.evidence.reading import read_scores
from sr_fingerprints.tables.statistics import interval_over_photos
from sr_fingerprints.tables.writing import write_table

LEVELS = (0.8, 0.9, 0.95)
METHODS = {"all classes": False, "by class": True}
"""Calibration images of all classes together, or of each class alone (Mondrian)."""

COLUMNS = {
    "experiment": ("Experiment", ""),
    "fitted_on": ("Calibrated on", ""),
    "photos_fitted": ("Photos", "d"),
    "method": ("Calibrated", ""),
    "nominal": (r"Nominal (\%)", ".0f"),
    "coverage": (r"Covered (\%)", ".1f"),
    "coverage_interval": (r"95\,\% interval", ".1f"),
    "coverage_worst": ("worst photo", ".1f"),
    "size": ("Set size", ".2f"),
    "single": (r"\% of one", ".1f"),
    "size_others": ("size, others' images", ".2f"),
}


def conformal_table(name: str, seeds: Sequence[HeldOut]) -> pd.DataFrame:
    """Prediction sets of one experiment for test images, by what they were calibrated on, method and level.

    Columns: experiment; fitted_on and photos_fitted; method; nominal, the level in %; images (of one seed);
    coverage, the share of images of known networks whose set holds the network, in %, with its interval over photos;
    coverage_worst and coverage_best, of single photos; size, the mean number of networks in a set; single and empty,
    shares of sets of one and no network, in %; size_others, the mean size for images of networks and photos that are
    no class. Over all classifier seeds.
    """
    rows = []
    for fit in FITS:
        fitted = max(
            len(set(images.source[chosen]))
            for images in seeds
            for chosen, _ in splits(images.source, images.test, fit)
        )
        for method, by_class in METHODS.items():
            answered = pd.concat([_answers(images, fit, by_class) for images in seeds], ignore_index=True)
            known = answered[answered.known]
            for level in LEVELS:
                covered = known.assign(correct=known[f"covered_{level}"])
                size, by_photo = known[f"size_{level}"], covered.groupby("source").correct.mean()
                low, high = interval_over_photos(covered)
                rows.append(
                    {
                        "experiment": name,
                        "fitted_on": fit,
                        "photos_fitted": fitted,
                        "method": method,
                        "nominal": 100 * level,
                        "images": len(known) // len(seeds),
                        "coverage": 100 * covered.correct.mean(),
                        "coverage_low": 100 * low,
                        "coverage_high": 100 * high,
                        "coverage_worst": 100 * by_photo.min(),
                        "coverage_best": 100 * by_photo.max(),
                        "size": size.mean(),
                        "single": 100 * (size == 1).mean(),
                        "empty": 100 * (size == 0).mean(),
                        "size_others": answered.loc[~answered.known, f"size_{level}"].mean(),
                    }
                )
    return pd.DataFrame(rows)


def _answers(images: HeldOut, fit: str, by_class: bool) -> pd.DataFrame:
    """One row per test image: its photo, whether its network is known, and of each level size and coverage."""
    probabilities, frames = np.exp(images.log_probabilities), []
    for fitted, applied in splits(images.source, images.test, fit):
        fitted = fitted & images.known
        values = conformal_p_values(probabilities[fitted], images.actual[fitted], probabilities[applied], by_class)
        test = images.select(applied)
        frame = pd.DataFrame({"source": test.source, "known": test.known})
        for level in LEVELS:
            sets = values > 1 - level + 1e-12
            frame[f"size_{level}"] = sets.sum(axis=1)
            frame[f"covered_{level}"] = sets[np.arange(len(sets)), test.actual] & test.known
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def tabulate_conformal_sets(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Write the table of all experiments; files are by experiment name, one per classifier seed."""
    read = read_scores(test, validation, networks)
    frame = pd.concat([conformal_table(name, seeds) for name, seeds in read.items()], ignore_index=True)
    write_table(
        frame,
        csv,
        tex,
        caption="Conformal prediction sets: coverage on other photos than those of the calibration, and sizes.",
        label="tab:conformal_sets",
        columns=COLUMNS,
        groups=(frame.experiment + frame.fitted_on).tolist(),
    )

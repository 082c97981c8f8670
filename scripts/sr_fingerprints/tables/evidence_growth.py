"""How evidence grows: with the size of a crop, with crops and images taken together, and with training photos."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.evidence.calibration import fit_calibration, read_held_out, target_matrix
from sr_fingerprints.evidence.growth_file import Growth, read_growth
from sr_fingerprints.evidence.held_out import OTHER_PHOTOS, HeldOut, held_out, held_out_of, splits
from sr_fingerprints.evidence.pooling import pool
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.statistics import interval_over_photos, jackknife_interval
from sr_fingerprints.tables.writing import write_table

IMAGES, TRAINING = "images of different photos", "training photos"
DRAWS, DRAWS_OF_A_FIT = 50, 10
"""How often photos are chosen, where images of several are taken together: for a row of the table, and for each of
its fits. With 10 draws of the demo's images, the interval's width depends more on the draws than on the photos."""

COLUMNS = {
    "grows_with": ("With", ""),
    "amount": ("", "d"),
    "sets": ("Cases", "d"),
    "accuracy": (r"\% right", ".1f"),
    "accuracy_interval": (r"95\,\% interval", ".1f"),
    "chance": ("Chance", ".1f"),
    "weight": ("log10 LR", ".2f"),
    "weight_interval": (r"95\,\% interval", ".2f"),
    "highest": ("at most", ".2f"),
    "photos_fitted": ("Photos", "d"),
}


def growth_table(
    measured: HeldOut, growth: Growth, networks: pd.DataFrame, numbers: Iterable[int], seed: int
) -> pd.DataFrame:
    """Accuracy and log10 LR by the size of a crop, the number of crops of an image, and the number of images.

    ``measured`` are scores of whole images, ``growth`` those of crops; ``numbers`` are those of images of different
    photos that are taken together, of which more than there are test photos are left out.

    Columns: grows_with and amount; sets, the number of images, or sets of images, of networks that the classifier
    knows; photos, of the test; accuracy in %, and chance; weight, the mean log10 LR of the network that made them
    ("weight of evidence", Good 1950), calibrated on photos other than theirs, without bounds; highest, the highest
    log10 LR that may be reported (the median over fits), and photos_fitted. 95 % intervals over photos
    (``..._low``, ``..._high``). What too few photos are left to fit on is NaN.
    """
    rows = []
    for way, amount, scores in zip(growth.grows_with, growth.amount, growth.scores, strict=True):
        images = held_out_of(
            networks,
            log_probabilities=scores.astype(np.float64),
            network=growth.network,
            source=growth.source,
            test=growth.split == "test",
            classes=growth.classes,
        )
        rows.append({"grows_with": str(way), "amount": int(amount)} | of_single_images(images))
    photos = sorted(set(measured.source[measured.test].tolist()))
    for number in sorted(numbers):
        if number <= len(photos):
            rows.append({"grows_with": IMAGES, "amount": number} | _of_pooled(measured, photos, number, seed))
    return pd.DataFrame(rows)


def of_single_images(*seeds: HeldOut) -> dict[str, float]:
    """Columns of `growth_table` of images that are looked at one by one, by one or more classifiers."""
    parts = [
        (fit_calibration(images.select(fitted)), images.select(applied))
        for images in seeds
        for fitted, applied in splits(images.source, images.test, OTHER_PHOTOS)
        if (fitted & images.known).any()
    ]
    weights = [calibration.log_ratios(part.log_probabilities)[target_matrix(part)] for calibration, part in parts]
    sources = [part.source[part.known] for _, part in parts]
    tests = [images.select(images.test & images.known) for images in seeds]
    correct = [test.log_probabilities.argmax(axis=1) == test.actual for test in tests]
    answered = pd.DataFrame(
        {"source": np.concatenate([test.source for test in tests]), "correct": np.concatenate(correct)}
    )
    weighed = pd.DataFrame(
        {
            "source": np.concatenate([np.empty(0, str), *sources]),
            "weight": np.concatenate([np.empty(0), *weights]),
        }
    )
    return _columns(
        answered,
        interval_over_photos(answered),
        len(tests[0].classes),
        weighed.weight.mean(),
        jackknife_interval(weighed, lambda rows: float(rows.weight.mean()), (-np.inf, np.inf)),
        [calibration.highest for calibration, _ in parts],
        max((len(calibration.photos) for calibration, _ in parts), default=0),
    )


def _of_pooled(images: HeldOut, photos: Sequence[str], number: int, seed: int) -> dict[str, float]:
    """Columns of `growth_table` of sets of images of ``number`` different photos.

    LRs of a set are calibrated on sets of photos that are not in it, which takes as many of these.
    """
    random = np.random.default_rng([seed, number])
    pooled = pool(images.select(images.test), photos, number, DRAWS, random)
    everything = set(images.source.tolist())
    weight, highest, fitted_on = np.full(len(pooled.sources), np.nan), [], 0
    for drawn in sorted(set(pooled.sources)):
        others = sorted(everything - set(drawn))
        if len(others) < number:
            continue
        calibration = fit_calibration(pool(images, others, number, DRAWS_OF_A_FIT, random).images)
        rows = np.array([sources == drawn for sources in pooled.sources]) & pooled.images.known
        ratios = calibration.log_ratios(pooled.images.log_probabilities[rows])
        weight[rows] = ratios[target_matrix(pooled.images.select(rows))]
        supported = np.log10(len(others) // number)  # disjoint sets of photos, as many as there are observations
        highest.append(min(calibration.highest, supported))
        fitted_on = max(fitted_on, len(others))
    known = [int(row) for row in np.flatnonzero(pooled.images.known)]
    correct = pooled.images.log_probabilities.argmax(axis=1) == pooled.images.actual
    members = pd.DataFrame(
        [(pooled.sources[row][at], row, correct[row], weight[row]) for row in known for at in range(number)],
        columns=["source", "set", "correct", "weight"],
    )

    def over_whole_sets(column: str) -> Any:
        """Mean of a column over sets none of whose photos is left out."""

        def mean(rows: pd.DataFrame) -> float:
            whole = rows[rows.groupby("set").set.transform("size") == number]
            return float(whole[column].mean()) if len(whole) else float("nan")

        return mean

    return _columns(
        members.drop_duplicates("set"),
        jackknife_interval(members, over_whole_sets("correct")),
        len(images.classes),
        float(np.mean(weight[known])),
        jackknife_interval(members, over_whole_sets("weight"), (-np.inf, np.inf)),
        highest,
        fitted_on,
    ) | {"photos": len(photos)}


def _columns(
    answered: pd.DataFrame,
    accuracy: tuple[float, float],
    classes: int,
    weight: float,
    interval: tuple[float, float],
    highest: Sequence[float],
    photos_fitted: int,
) -> dict[str, float]:
    return {
        "sets": len(answered),
        "photos": answered.source.nunique(),
        "accuracy": 100 * answered.correct.mean(),
        "accuracy_low": 100 * accuracy[0],
        "accuracy_high": 100 * accuracy[1],
        "chance": 100 / classes,
        "weight": weight,
        "weight_low": interval[0],
        "weight_high": interval[1],
        "highest": float(np.median(highest)) if highest else float("nan"),
        "photos_fitted": photos_fitted,
    }


def training_rows(predictions: Iterable[Sequence[Path]], networks: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of `growth_table` by the number of training photos, from the test ``predictions`` of each experiment.

    Calibrated on other test photos alone; over all classifier seeds.
    """
    rows = []
    for paths in predictions:
        seeds = [read_predictions(path, with_features=False) for path in paths]
        photos = int(seeds[0].attributes["classifier"]["training_photos"])
        images = [held_out(networks, found) for found in seeds]
        rows.append({"grows_with": TRAINING, "amount": photos} | of_single_images(*images))
    return sorted(rows, key=lambda row: row["amount"])


def tabulate_evidence_growth(
    test: Path,
    validation: Path,
    growth: Path,
    trained: Mapping[str, Sequence[Path]],
    networks: Path,
    numbers: Sequence[int],
    seed: int,
    csv: Path,
    tex: Path,
) -> None:
    """Write the table of one classifier, and of experiments ``trained`` on different numbers of photos, by name."""
    table = read_network_table(networks)
    measured, _ = read_held_out(test, validation, table)
    frame = growth_table(measured, read_growth(growth), table, numbers, seed)
    rows = [*frame.to_dict("records"), *training_rows(trained.values(), table)]
    frame = pd.DataFrame(rows)
    write_table(
        frame,
        csv,
        tex,
        caption="How evidence grows with the size of a crop, with crops and images taken together, and in training.",
        label="tab:evidence_growth",
        columns=COLUMNS,
        groups=frame.grows_with.tolist(),
    )

"""Accuracy on photos of one source after training on those of another, beside training on all sources mixed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.study.photo_groups import MIXED
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING, overall_accuracy
from sr_fingerprints.tables.pipelines import accuracy_minus, read_cross_predictions
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "trained_on": ("Trained on", ""),
    "tested_on": ("Tested on", ""),
    "training_photos": ("Photos", ".0f"),
    "training_images": ("Images a network", ".0f"),
    "test_photos": ("Test photos", ".0f"),
    "accuracy": (r"\%", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "chance": ("Chance", ".1f"),
    "difference_mean": ("Minus mixed", ".1f"),
    "difference_interval": INTERVAL_HEADING,
}


def photo_source_table(
    chosen: pd.DataFrame, predictions: Mapping[tuple[str, str], Sequence[Predictions]]
) -> pd.DataFrame:
    """One row for each group of photos trained on, and tested on.

    ``chosen`` and ``predictions`` are what `train_on_photo_sources` writes. Columns: trained_on, tested_on,
    training_photos (source photos), training_images and test_images (of each network), test_photos, accuracy_mean,
    accuracy_std (over seeds), accuracy_low and accuracy_high (over photos), chance, and difference_mean, _low and
    _high: minus the accuracy, on the same images, after training on as many images of all groups mixed. In per cent.
    A single test photo has no intervals. Without predictions the table is empty.
    """
    count = chosen.set_index(["group", "split"])
    answered = {
        key: [pd.DataFrame({"source": found.source, "correct": found.correct}) for found in seeds]
        for key, seeds in predictions.items()
    }
    rows = []
    for (trained, tested), frames in answered.items():
        row: dict[str, Any] = {
            "trained_on": trained,
            "tested_on": tested,
            "training_photos": count.photos[trained, "train"],
            "training_images": count.images[trained, "train"],
            "test_photos": count.photos[tested, "test"],
            "test_images": count.images[tested, "test"],
        }
        row |= overall_accuracy(frames) | {"chance": 100.0 / len(predictions[trained, tested][0].classes)}
        rows.append(row | (accuracy_minus(frames, answered[MIXED, tested]) if trained != MIXED else {}))
    columns = ["trained_on", "tested_on", "training_photos", "training_images", "test_photos", "test_images"]
    columns += ["accuracy_mean", "accuracy_std", "accuracy_low", "accuracy_high", "chance"]
    return pd.DataFrame(rows, columns=[*columns, "difference_mean", "difference_low", "difference_high"])


def tabulate_photo_sources(chosen: str | Path, predictions: Path, csv: str | Path, tex: str | Path) -> None:
    """Read the predictions of the classifiers of each source of photos, and write the table."""
    groups = read_csv(chosen, "the photos of each source", keep_default_na=False)
    frame = photo_source_table(groups, read_cross_predictions(predictions, list(groups.group)))
    write_table(
        frame,
        csv,
        tex,
        caption="Accuracy by the source of the training photos and of the test photos.",
        label="tab:photo_sources",
        columns=COLUMNS,
        groups=frame.trained_on.tolist(),
    )

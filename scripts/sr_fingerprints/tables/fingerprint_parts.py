"""What of the accuracy is the upsampling grid, and what is texture: accuracy by each part of the fingerprint."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.fingerprints.parts import SHUFFLED, SPECTRUM, UNTOUCHED
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING, accuracy_by_group, image_table, overall_accuracy
from sr_fingerprints.tables.statistics import chance_range, difference_interval
from sr_fingerprints.tables.writing import write_table

LINEAR, STUDIED = "linear", "the study's"

PARTS = {
    SPECTRUM: (LINEAR, "log-spectrum"),
    "spectrum_without_grid": (LINEAR, "log-spectrum without grid frequencies"),
    "spectrum_without_others": (LINEAR, "log-spectrum without as many others"),
    "spectrum_of_grid": (LINEAR, "grid frequencies alone"),
    "spectrum_of_others": (LINEAR, "as many others alone"),
    "grid_phase": (LINEAR, "repeating pattern alone"),
    SHUFFLED: (LINEAR, "log-spectrum, labels shuffled"),
    UNTOUCHED: (STUDIED, "images"),
    "grid_removed": (STUDIED, "images without repeating pattern"),
    "others_removed": (STUDIED, "images without as many other frequencies"),
    "others_disturbed": (STUDIED, "images with a pattern as strong beside the grid"),
}
"""Classifier of each part, and what it sees, in the order of the table."""

REFERENCES = {LINEAR: SPECTRUM, STUDIED: UNTOUCHED}
"""The part that others of the same classifier are compared with."""

COLUMNS = {
    "classifier": ("Classifier", ""),
    "seen": ("It sees", ""),
    "accuracy_mean": (r"\%", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "change": ("Change", "+.1f"),
    "change_interval": (r"95\,\% interval", "+.1f"),
    "chance": ("Chance", ".1f"),
}


def fingerprint_part_table(parts: Mapping[str, Predictions], networks: pd.DataFrame) -> pd.DataFrame:
    """Accuracies in %, one row for each of ``parts``, by the keys of `PARTS`.

    All have the same test images, of networks of one origin. Columns: part, classifier, seen (in words), images,
    accuracy_mean, accuracy_low and accuracy_high (the 95 % interval over photos), change, change_low and change_high
    (against the same classifier's reference, in points, with the interval over photos), chance, for shuffled labels
    chance_low and chance_high (see `chance_range`), and for the networks of each scale and of each loss, or kind of
    loss of published networks, accuracies with intervals: ``scale_2_mean``, ``..._low``, ``..._high`` and so on.
    """
    images = {part: _images(found, networks) for part, found in parts.items()}
    rows = []
    for part in [name for name in PARTS if name in parts]:
        classifier, seen = PARTS[part]
        row = {"part": part, "classifier": classifier, "seen": seen, "images": len(images[part])}
        row |= {key: value for key, value in overall_accuracy([images[part]]).items() if key != "accuracy_std"}
        reference = REFERENCES[classifier]
        if part != reference:
            row |= change(images[part], images[reference])
        row["chance"] = 100.0 / len(parts[part].classes)
        if part == SHUFFLED:
            bounds = chance_range(parts[part].actual, parts[part].predicted)
            row |= {f"chance_{end}": 100.0 * bound for end, bound in zip(("low", "high"), bounds, strict=True)}
        rows.append(row | dict(_by_group(images[part])))
    return pd.DataFrame(rows)


def change(images: pd.DataFrame, reference: pd.DataFrame) -> dict[str, float]:
    """Accuracy of ``images`` minus that of ``reference``, in points, with its interval over photos."""
    both = pd.concat([images.assign(part=True), reference.assign(part=False)])
    low, high = difference_interval(both, "part")
    difference = images.correct.mean() - reference.correct.mean()
    return {"change": 100.0 * difference, "change_low": 100.0 * low, "change_high": 100.0 * high}


def tabulate_fingerprint_parts(
    predictions: Mapping[str, str | Path],
    classifier: str | Path,
    networks: str | Path,
    csv: str | Path,
    tex: str | Path,
) -> None:
    """Read ``predictions`` of linear classifiers and for changed images, by part, and write the table.

    ``classifier`` are predictions, for the images as they are, of the classifier that was applied to the changed
    ones; the same images are taken.
    """
    parts = {name: read_predictions(path) for name, path in predictions.items()}
    same = next(iter(parts.values()))
    parts[UNTOUCHED] = matching(read_predictions(classifier, with_features=False), same)
    frame = fingerprint_part_table(parts, read_network_table(networks))
    groups = [
        name.removesuffix("_mean") for name in map(str, frame) if name.endswith("_mean") and name != "accuracy_mean"
    ]
    headings = {name: _heading(name) for name in groups}
    write_table(
        frame,
        csv,
        tex,
        caption="What of the accuracy is the upsampling grid, and what is texture.",
        label="tab:fingerprint_parts",
        columns=COLUMNS | {f"{name}_mean": (heading, ".1f") for name, heading in headings.items()},
        groups=frame.classifier.tolist(),
    )


def matching(found: Predictions, wanted: Predictions) -> Predictions:
    """The predictions among ``found`` for the images of ``wanted``, in their order."""
    place = {image: row for row, image in enumerate(zip(found.network, found.photo, strict=True))}
    return found.select(np.array([place[image] for image in zip(wanted.network, wanted.photo, strict=True)], int))


def _images(found: Predictions, networks: pd.DataFrame) -> pd.DataFrame:
    images = image_table(found, networks)
    custom = (images.origin == "custom").all()
    return images.assign(group=images.loss if custom else kinds_of(images.loss).astype(str))


def _by_group(images: pd.DataFrame) -> Iterator[tuple[str, float]]:
    for name, column in (("scale", "scale"), ("loss", "group")):
        for value, row in accuracy_by_group([images], [column]).iterrows():
            for statistic in ("mean", "low", "high"):
                yield f"{name}_{value}_{statistic}", row[f"accuracy_{statistic}"]


def _heading(group: str) -> str:
    kind, value = group.split("_", maxsplit=1)
    return f"{value}X" if kind == "scale" else value.replace("_", " ")

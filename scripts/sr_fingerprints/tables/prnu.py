"""Accuracy of PRNU by its settings: arithmetic of the sums, position of the crops."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import (
    DIFFERENCE_STATISTICS,
    INTERVAL_HEADING,
    NETWORKS_INTERVAL_HEADING,
    accuracy_by_group,
    accuracy_difference,
    image_table,
    overall_accuracy,
)
from sr_fingerprints.tables.triplets import seed_triplets, triplet_answers
from sr_fingerprints.tables.writing import write_table

SETTINGS = {
    "experiment": ("Experiment", ""),
    "denoiser": ("Denoiser", ""),
    "match": ("Match", ""),
    "arithmetic": ("Sums", ""),
    "grid": ("Grid", ""),
    "shift": ("Shift", ""),
    "crop": ("Crop", "d"),
    "training_photos": ("Photos", "d"),
    "overflowing": (r"Beyond int8 (\%)", ".1f"),
    "periodic": (r"Periodic (\%)", ".1f"),
    "accuracy_mean": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
}


def prnu_table(experiments: Mapping[str, Predictions], networks: pd.DataFrame) -> pd.DataFrame:
    """One row per PRNU experiment; ``experiments`` has their predictions, by name, for networks of one origin.

    Columns: experiment; its settings denoiser, match, arithmetic, grid, shift (down and right, as text), crop and
    training_photos; overflowing, the share of the sums of int8 residuals that are out of the range of int8, and
    periodic, the share of the fingerprints' energy that is periodic with the upsampling (means over networks);
    images; accuracy_mean, accuracy_low and accuracy_high (the 95 % interval over photos) and chance. For each loss:
    overflowing_<loss> and accuracy_<loss>, ..._low, ..._high. Within seed triplets of the experiment's networks, all
    and by loss: triplets_mean, triplets_<loss>, ..._low, ..._high, and triplet_chance. If there are both kinds of
    losses: difference and triplet_difference, adversarial minus L1, with ..._low and ..._high (over the same photos)
    and ..._networks_low and ..._networks_high (over photos and networks). If another experiment differs only in
    having exact sums: change, this difference minus that experiment's, with the same intervals. All in per cent or
    percentage points.
    """
    rows = []
    for name, found in experiments.items():
        row = {"experiment": name} | _prnu_row(found, networks)
        exact = next((other for other in experiments.values() if _is_exact_counterpart(found, other)), None)
        rows.append(row | dict(_arithmetic_change(found, exact, networks) if exact else ()))
    return pd.DataFrame(rows)


def tabulate_prnu(names: Sequence[str], predictions: Sequence[Path], networks: Path, csv: Path, tex: Path) -> None:
    """Read the predictions of the experiments of these names and the table of networks; write the table."""
    found = {name: read_predictions(path) for name, path in zip(names, predictions, strict=True)}
    table = read_network_table(networks)
    frame = prnu_table(found, table)
    learned = table.network.isin(np.concatenate([predictions.classes for predictions in found.values()]))
    losses = list(dict.fromkeys(table.loss[learned]))
    columns = SETTINGS | {f"accuracy_{loss}": (loss.replace("_", " "), ".1f") for loss in losses}
    columns |= {"difference": ("Adversarial less L1", ".1f"), "difference_interval": INTERVAL_HEADING}
    columns |= {"difference_networks_interval": NETWORKS_INTERVAL_HEADING, "change": ("Change", ".1f")}
    columns |= {"chance": ("Chance", ".1f"), "triplets_mean": ("Triplets", ".1f")}
    columns |= {f"triplets_{loss}": (loss.replace("_", " "), ".1f") for loss in losses}
    columns["triplet_chance"] = ("Chance", ".1f")
    origin = table.origin[learned].iloc[0]
    caption = f"Attribution of {origin} networks by PRNU, by how residuals are added up and where crops begin."
    write_table(frame, csv, tex, caption=caption, label="tab:prnu", columns=columns)


def _prnu_row(found: Predictions, networks: pd.DataFrame) -> dict[str, object]:
    settings = found.attributes
    learned = networks[networks.network.isin(found.classes)]
    shares = pd.DataFrame({key: settings[key] for key in ("overflowing", "periodic")}).mul(100.0)
    by_loss = shares.overflowing.groupby(learned.set_index("network").loss, sort=False).mean()
    images = image_table(found, learned)
    row = {key: settings[key] for key in ("denoiser", "match", "arithmetic", "grid")}
    row["shift"] = ", ".join(map(str, settings["shift"]))
    row |= {key: settings[key] for key in ("crop", "training_photos")}
    row |= {str(key): share for key, share in shares.mean().items()}
    row |= {f"overflowing_{loss}": share for loss, share in by_loss.items()}
    row |= {"images": len(images)} | dict(_accuracies(images, "accuracy"))
    row |= dict(_difference(images, "difference")) | {"chance": 100.0 / len(found.classes)}
    triplets = seed_triplets(learned)
    if len(triplets):
        images = triplet_answers(found, learned)
        row |= dict(_accuracies(images, "triplets")) | dict(_difference(images, "triplet_difference"))
        row["triplet_chance"] = 100.0 / len(triplets.members[0])
    return row


def _accuracies(images: pd.DataFrame, stem: str) -> Iterator[tuple[str, float]]:
    """Accuracies with intervals, over all images and by loss."""
    parts = {"mean": overall_accuracy([images])} | accuracy_by_group([images], ["loss"]).to_dict("index")
    for name, measured in parts.items():
        yield f"{stem}_{name}", measured["accuracy_mean"]
        for bound in ("low", "high"):
            column = f"{stem}_{bound}" if name == "mean" else f"{stem}_{name}_{bound}"
            yield column, measured[f"accuracy_{bound}"]


def _difference(images: pd.DataFrame, stem: str) -> Iterator[tuple[str, float]]:
    """Adversarial minus L1 in percentage points, with intervals; nothing if one of the two is missing."""
    kind = pd.Series(kinds_of(images.loss).astype(str), images.index)
    if {"adversarial", "L1"} <= set(kind):
        numbers = accuracy_difference([images], "loss", kind == "adversarial", kind == "L1")
        for part, number in zip(DIFFERENCE_STATISTICS, numbers, strict=True):
            if part != "std":  # PRNU has no seeds
                yield stem if part == "mean" else f"{stem}_{part}", number


ALL_BUT_ARITHMETIC = ("denoiser", "sigma", "match", "grid", "shift", "crop", "training_photos")


def _is_exact_counterpart(found: Predictions, other: Predictions) -> bool:
    """Whether ``other`` differs from ``found``, whose arithmetic is not exact, only in having exact arithmetic."""
    same = all(found.attributes[key] == other.attributes[key] for key in ALL_BUT_ARITHMETIC)
    alike = same and found.classes.tolist() == other.classes.tolist()
    return alike and found.attributes["arithmetic"] != "exact" and other.attributes["arithmetic"] == "exact"


def _arithmetic_change(found: Predictions, exact: Predictions, networks: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Change of the difference between losses due to the arithmetic, relative to exact sums for the same images."""
    images, before = (image_table(one, networks[networks.network.isin(found.classes)]) for one in (found, exact))
    turned = (1.0 + images.correct.astype(float) - before.correct.astype(float)) / 2  # scaled to 0, 1/2 or 1
    for name, points in _difference(images.assign(correct=turned), "change"):
        yield name, 2 * points

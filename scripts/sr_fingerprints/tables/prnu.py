"""What PRNU depends on: its experiments on custom networks, by how residuals are added up and where crops begin."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import (
    BOTH_HEADING,
    DIFFERENCE,
    INTERVAL_HEADING,
    accuracy_by_group,
    accuracy_difference,
    answers,
    overall,
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
    """One row a PRNU experiment; ``experiments`` has the predictions for images of custom networks, by its name.

    Columns: experiment; its settings denoiser, match, arithmetic, grid, shift (down and right, in words), crop and
    training_photos; overflowing, the share of all sums of residuals, cut off to int8, that int8 does not hold, and
    periodic, the share of the fingerprints' energy that repeats with the upsampling (means over networks); images;
    accuracy_mean, accuracy_low and accuracy_high (the 95 % interval over photos) and chance. For each loss:
    overflowing_<loss> and accuracy_<loss>, ..._low, ..._high. Within seed triplets of the experiment's networks, all
    and by loss: triplets_mean, triplets_<loss>, ..._low, ..._high, and triplet_chance. Where there are both kinds of
    losses: difference and triplet_difference, adversarial less L1, with ..._low and ..._high (over the same photos)
    and ..._networks_low and ..._networks_high (over photos and networks). Where another experiment differs in having
    exact sums alone: change, by how much the difference moves from that one's, with the same intervals. All in per
    cent or points.
    """
    rows = []
    for name, found in experiments.items():
        row = {"experiment": name} | _measured(found, networks)
        exact = next((other for other in experiments.values() if _exact_counterpart(found, other)), None)
        rows.append(row | dict(_changed(found, exact, networks) if exact else ()))
    return pd.DataFrame(rows)


def tabulate_prnu(names: Sequence[str], predictions: Sequence[Path], networks: Path, csv: Path, tex: Path) -> None:
    """Read the predictions of the experiments of these names and the table of networks; write the table."""
    found = {name: read_predictions(path) for name, path in zip(names, predictions, strict=True)}
    table = read_network_table(networks)
    frame = prnu_table(found, table)
    losses = list(dict.fromkeys(table.loss[table.origin == "custom"]))
    columns = SETTINGS | {f"accuracy_{loss}": (loss.replace("_", " "), ".1f") for loss in losses}
    columns |= {"difference": ("Adversarial less L1", ".1f"), "difference_interval": INTERVAL_HEADING}
    columns |= {"difference_networks_interval": BOTH_HEADING, "change": ("Change", ".1f")}
    columns |= {"chance": ("Chance", ".1f"), "triplets_mean": ("Triplets", ".1f")}
    columns |= {f"triplets_{loss}": (loss.replace("_", " "), ".1f") for loss in losses}
    columns["triplet_chance"] = ("Chance", ".1f")
    caption = "Attribution of custom networks by PRNU, by how residuals are added up and where crops begin."
    write_table(frame, csv, tex, caption=caption, label="tab:prnu", columns=columns)


def _measured(found: Predictions, networks: pd.DataFrame) -> dict[str, object]:
    settings = found.attributes
    learned = networks[networks.network.isin(found.classes)]
    shares = pd.DataFrame({key: settings[key] for key in ("overflowing", "periodic")}).mul(100.0)
    by_loss = shares.overflowing.groupby(learned.set_index("network").loss, sort=False).mean()
    images = answers(found, learned)
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
    """Over all images and by loss, each with its interval."""
    parts = {"mean": overall([images])} | accuracy_by_group([images], ["loss"]).to_dict("index")
    for name, measured in parts.items():
        yield f"{stem}_{name}", measured["accuracy_mean"]
        for bound in ("low", "high"):
            column = f"{stem}_{bound}" if name == "mean" else f"{stem}_{name}_{bound}"
            yield column, measured[f"accuracy_{bound}"]


def _difference(images: pd.DataFrame, stem: str) -> Iterator[tuple[str, float]]:
    """Adversarial losses less L1, in points, with its intervals; nothing where there are no such two."""
    kind = pd.Series(kinds_of(images.loss).astype(str), images.index)
    if {"adversarial", "L1"} <= set(kind):
        numbers = accuracy_difference([images], "loss", kind == "adversarial", kind == "L1")
        for part, number in zip(DIFFERENCE, numbers, strict=True):
            if part != "std":  # PRNU has no seeds
                yield stem if part == "mean" else f"{stem}_{part}", number


ALL_BUT_ARITHMETIC = ("denoiser", "sigma", "match", "grid", "shift", "crop", "training_photos")


def _exact_counterpart(found: Predictions, other: Predictions) -> bool:
    """Whether ``other`` differs from ``found``, whose arithmetic is not exact, in that alone."""
    same = all(found.attributes[key] == other.attributes[key] for key in ALL_BUT_ARITHMETIC)
    alike = same and found.classes.tolist() == other.classes.tolist()
    return alike and found.attributes["arithmetic"] != "exact" and other.attributes["arithmetic"] == "exact"


def _changed(found: Predictions, exact: Predictions, networks: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """By how much the arithmetic moves the difference, from that of the same images with exact sums."""
    images, before = (answers(one, networks[networks.network.isin(found.classes)]) for one in (found, exact))
    turned = (1.0 + images.correct.astype(float) - before.correct.astype(float)) / 2  # as a share: 0, 1/2 or 1
    for name, points in _difference(images.assign(correct=turned), "change"):
        yield name, 2 * points

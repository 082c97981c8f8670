"""Accuracy of attribution after each degradation, by every method, scale and kind of loss."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.degradations.answers import read_answers
from sr_fingerprints.study.losses import KINDS, kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.study.tabulated import AUGMENTED_CLASSIFIER, CLASSIFIER
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING
from sr_fingerprints.tables.statistics import difference_interval, interval_over_photos
from sr_fingerprints.tables.writing import write_table

TIERS = ("clean", "web", "hard")

WHOLE_TIER = "all"
"""In place of a degradation's name in the row of its whole tier."""

COLUMNS = {
    "experiment": ("Experiment", ""),
    "tier": ("Tier", ""),
    "degradation": ("Degradation", ""),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "change": ("Change", ".1f"),
    "change_interval": INTERVAL_HEADING,
    "retained": (r"Retained (\%)", ".0f"),
}


def robustness_table(
    answers: pd.DataFrame,
    networks: pd.DataFrame,
    experiments: Sequence[Mapping[str, Any]],
    degradations: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """One row per experiment and degradation, and one for each of its tiers (degradation ``all``).

    ``answers`` is what `read_answers` returns; ``experiments`` have name, origin (of their networks), method (in
    words) and classes (their number); ``degradations`` are the rows of the configuration that were evaluated.

    Columns: experiment, origin, method, tier, degradation; crop, the side of the crops in pixels; images, their
    number; accuracy in per cent, with accuracy_low and accuracy_high, the 95 % interval over photos; change, the
    accuracy minus that of the same images without any degradation, in percentage points, with change_low and
    change_high over the same photos; retained, the accuracy as a share of it, in per cent; chance; gain, of a
    classifier that is degraded in training, the accuracy minus that of the classifier of the same networks that is
    not, of the same images, in percentage points, with gain_low and gain_high. Of the images of
    each scale and kind of loss that the networks have: accuracy_<part>, ..._low and ..._high, and retained_<part>,
    with the parts 2X, 4X, L1, perceptual, adversarial and unknown. A tier's row is over all images of its
    degradations.
    """
    described = networks[["network", "scale", "loss"]].assign(kind=kinds_of(networks.loss).astype(str))
    images = answers.merge(described, on="network", how="left", validate="many_to_one")
    tiers = {row["name"]: row["tier"] for row in degradations}
    (pristine,) = [row["name"] for row in degradations if row["tier"] == "clean" and not row["chain"]][:1]
    rows = []
    plain: dict[str, pd.DataFrame] = {}  # answers of the classifier without augmentation, by origin
    for experiment in experiments:
        of_experiment = images[images.experiment == experiment["name"]]
        if experiment["method"] == CLASSIFIER:
            plain.setdefault(experiment["origin"], of_experiment)
        parts = _parts(of_experiment)
        before = of_experiment[of_experiment.degradation == pristine]
        for tier, name, found in _degraded(of_experiment, tiers):
            row = {"experiment": experiment["name"], "origin": experiment["origin"], "method": experiment["method"]}
            row |= {"tier": tier, "degradation": name, "crop": found.crop.iloc[0], "images": len(found)}
            row |= _measured(found, before) | _difference(found, before, "change")
            row["chance"] = 100.0 / experiment["classes"]
            if experiment["method"] == AUGMENTED_CLASSIFIER and experiment["origin"] in plain:
                others = plain[experiment["origin"]]
                row |= _difference(found, others[others.degradation.isin(found.degradation)], "gain")
            for part, (column, value) in parts.items():
                row |= _measured(found[found[column] == value], before[before[column] == value], f"_{part}")
            rows.append(row)
    return pd.DataFrame(rows)


def tabulate_robustness(
    answers: Sequence[str | Path],
    networks: str | Path,
    experiments: Sequence[Mapping[str, Any]],
    degradations: Sequence[Mapping[str, Any]],
    csv: str | Path,
    tex: str | Path,
) -> None:
    """Read the answers for degraded images and the table of networks; write the table."""
    table = robustness_table(read_answers(answers), read_network_table(networks), experiments, degradations)
    columns = COLUMNS | {
        f"accuracy_{part}": (part.replace("_", " "), ".1f") for part in part_names(list(table.columns))
    }
    columns["chance"] = ("Chance", ".1f")
    caption = (
        "Attribution of degraded images: accuracy after each degradation and over each tier, the change against the "
        "same images without any, and by scale and kind of loss."
    )
    write_table(
        table, csv, tex, caption=caption, label="tab:robustness", columns=columns, groups=table.experiment.tolist()
    )


def part_names(columns: Sequence[str]) -> list[str]:
    """Names of the parts, scales and kinds of loss, that a table has columns for."""
    return [name.removeprefix("retained_") for name in columns if name.startswith("retained_")]


def _parts(images: pd.DataFrame) -> dict[str, tuple[str, Any]]:
    """The parts of the images, by name: the column that they are chosen by, and its value."""
    scales = sorted(set(images.scale))
    kinds = [kind for kind in KINDS if kind in set(images.kind)]
    return {f"{scale}X": ("scale", scale) for scale in scales} | {kind: ("kind", kind) for kind in kinds}


def _degraded(images: pd.DataFrame, tiers: Mapping[str, str]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield tier, name and images of each degradation, in the order of the tiers; after these, of the whole tier."""
    for tier in TIERS:
        names = [name for name, of_tier in tiers.items() if of_tier == tier]
        for name in names:
            yield tier, name, images[images.degradation == name]
        if names:
            yield tier, WHOLE_TIER, images[images.degradation.isin(names)]


def _measured(found: pd.DataFrame, before: pd.DataFrame, part: str = "") -> dict[str, float]:
    """Accuracy with its interval, and what is retained of the accuracy ``before``."""
    accuracy, pristine = found.correct.mean(), before.correct.mean()
    low, high = interval_over_photos(found)
    measured = {f"accuracy{part}": accuracy, f"accuracy{part}_low": low, f"accuracy{part}_high": high}
    measured[f"retained{part}"] = accuracy / pristine if pristine else np.nan
    return {name: 100.0 * value for name, value in measured.items()}


def _difference(found: pd.DataFrame, others: pd.DataFrame, name: str) -> dict[str, float]:
    """Accuracy minus that of ``others``, over the same photos."""
    both = pd.concat([found.assign(first=True), others.assign(first=False)])
    low, high = difference_interval(both, "first")
    difference = found.correct.mean() - others.correct.mean()
    return {name: 100.0 * difference, f"{name}_low": 100.0 * low, f"{name}_high": 100.0 * high}

"""Table 3: accuracy of the attribution of custom networks, by their hyperparameters."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.study.experiments import HYPERPARAMETERS
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import (
    INTERVAL_HEADING,
    NETWORKS_INTERVAL_HEADING,
    PRNU_HEADINGS,
    accuracy_by_group,
    accuracy_difference,
    as_prnu_columns,
    image_table,
)
from sr_fingerprints.tables.writing import write_table

PAPER_ORDER = sorted(HYPERPARAMETERS, key=("architecture", "dataset", "scale", "loss").index)
"""The hyperparameters in the order of the paper's Table 3."""

GROUP = ["hyperparameter", "value"]
KINDS_COMPARED = (("adversarial", "L1"), ("perceptual", "L1"), ("adversarial", "perceptual"))
"""Kinds of losses whose accuracies are compared; the paper has only the first pair."""

COLUMNS = {
    "hyperparameter": ("Hyperparameter", ""),
    "value": ("Value", ""),
    "networks": ("Networks", "d"),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "accuracy_networks_interval": NETWORKS_INTERVAL_HEADING,
    **PRNU_HEADINGS,
    "chance": ("Chance", ".1f"),
}


def accuracy_by_hyperparameter(
    classifiers: Sequence[Predictions], prnu: Sequence[Predictions], networks: pd.DataFrame
) -> pd.DataFrame:
    """Accuracy (%) over all networks, and over those with each value of each hyperparameter.

    ``classifiers`` are the predictions of classifiers of several seeds, ``prnu`` those of PRNU with different
    matches; either may be empty, and then has no columns. Columns: hyperparameter (``all`` first), value, networks,
    photos, images (of one classifier seed), accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the 95 %
    interval over photos), accuracy_networks_low and accuracy_networks_high (over photos and networks; only of
    differences), the same for each of ``prnu`` (``prnu_<denoiser>_<match>``, ``..._low``, ``..._networks_low``), and
    chance (%). The last rows are differences in percentage points: largest minus smallest scale, adversarial losses
    minus L1 (both in section 4.1.1 of the paper), and in studies with perceptual losses without a discriminator,
    perceptual minus L1 and adversarial minus perceptual. They are taken per classifier seed before averaging, and
    over the same photos for the interval.
    """
    answers = [*classifiers, *prnu]
    images = [image_table(predictions, networks, "custom") for predictions in answers]
    groups = _repeat_by_hyperparameter(images[0]).groupby(GROUP, sort=False)
    parts = [_accuracy_table(images[: len(classifiers)])] if classifiers else []
    for predictions, of_prnu in zip(prnu, images[len(classifiers) :], strict=True):
        parts.append(as_prnu_columns(predictions, _accuracy_table([of_prnu])))
    table = parts[0]
    for part in parts[1:]:
        table = table.join(part)
    sizes = groups.agg(networks=("network", "nunique"), photos=("source", "nunique"), images=("correct", "size"))
    table = sizes.reindex(table.index).astype("Int64").join(table)
    is_difference = table.index.get_level_values(0) == "difference"
    table["chance"] = np.where(is_difference, np.nan, 100.0 / len(answers[0].classes))
    return table.reset_index(names=GROUP)


def tabulate_accuracy_by_hyperparameter(
    classifiers: Sequence[Path], prnu: Sequence[Path], networks: Path, csv: Path, tex: Path
) -> None:
    """Read predictions of the custom networks and the table of networks; write the table."""
    frame = accuracy_by_hyperparameter(
        [read_predictions(path, with_features=False) for path in classifiers],
        [read_predictions(path, with_features=False) for path in prnu],
        read_network_table(networks),
    )
    caption = "Accuracy of custom network attribution by hyperparameter (mean $\\pm$ std over classifier seeds)."
    write_table(
        frame,
        csv,
        tex,
        caption=caption,
        label="tab:accuracy_by_hyperparameter",
        columns=COLUMNS,
        groups=frame.hyperparameter.tolist(),
    )


def _accuracy_table(seeds: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Accuracies and intervals of all groups and differences, by hyperparameter and value."""
    table = accuracy_by_group([_repeat_by_hyperparameter(images) for images in seeds], GROUP)
    table[["accuracy_networks_low", "accuracy_networks_high"]] = np.nan
    for name, hyperparameter, minuend, subtrahend in _comparisons(seeds[0]):
        table.loc[("difference", name), :] = accuracy_difference(seeds, hyperparameter, minuend, subtrahend)
    return table


def _repeat_by_hyperparameter(images: pd.DataFrame) -> pd.DataFrame:
    """All ``images``, and again for each hyperparameter, with its name and value in the columns `GROUP`."""
    parts = [images.assign(hyperparameter="all", value="all")]
    parts += [images.assign(hyperparameter=key, value=images[key].map(str)) for key in PAPER_ORDER]
    return pd.concat(parts)


def _comparisons(images: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series, pd.Series]]:
    """Comparisons to tabulate: a name, the hyperparameter, and the images of the minuend and of the subtrahend."""
    small, large = images.scale.min(), images.scale.max()
    if small != large:
        yield f"scale {large} - {small}", "scale", images.scale == large, images.scale == small
    kind = pd.Series(kinds_of(images.loss).astype(str), images.index)
    for more, less in KINDS_COMPARED:
        if {more, less} <= set(kind):
            yield f"{more} - {less}", "loss", kind == more, kind == less

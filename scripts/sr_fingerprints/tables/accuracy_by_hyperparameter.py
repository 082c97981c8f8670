"""Table 3: accuracy of the attribution of custom networks, by their hyperparameters."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.network_table import read_network_table
from sr_fingerprints.predictions import Predictions, read_predictions
from sr_fingerprints.tables.accuracies import PRNU_HEADINGS, answers, over_seeds, prnu_column
from sr_fingerprints.tables.writing import write_table

HYPERPARAMETERS = ("architecture", "dataset", "scale", "loss")
GROUP = ["hyperparameter", "value"]
COLUMNS = {
    "hyperparameter": ("Hyperparameter", ""),
    "value": ("Value", ""),
    "networks": ("Networks", "d"),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    **PRNU_HEADINGS,
    "chance": ("Chance", ".1f"),
}


def accuracy_by_hyperparameter(
    classifiers: Sequence[Predictions], prnu: Sequence[Predictions], networks: pd.DataFrame
) -> pd.DataFrame:
    """Accuracy (%) over all networks, and over those with each value of each hyperparameter.

    ``classifiers`` are predictions of one classifier trained with several seeds, ``prnu`` those of PRNU with
    one or more matches (or none). Columns: hyperparameter (``all`` first), value, networks, images (of one
    classifier seed), accuracy_mean, accuracy_std, one column for each of ``prnu``, and chance (%). The last
    rows are differences in points (section 4.1.1 of the paper): largest minus smallest scale, adversarial
    losses minus L1; taken for each classifier seed before averaging.
    """
    first = answers(classifiers[0], networks)
    columns = over_seeds([_accuracies(answers(predictions, networks)) for predictions in classifiers])
    for predictions in prnu:
        columns[prnu_column(predictions)] = _accuracies(answers(predictions, networks))
    sizes = pd.DataFrame(
        {(key, value): (group.network.nunique(), len(group)) for key, value, group in _groups(first)},
        index=["networks", "images"],
    ).T
    table = sizes.reindex(columns.index).astype("Int64").join(columns)
    is_difference = table.index.get_level_values(0) == "difference"
    table["chance"] = np.where(is_difference, np.nan, 100.0 / len(classifiers[0].classes))
    return table.reset_index(names=GROUP)


def tabulate_accuracy_by_hyperparameter(
    classifiers: Sequence[Path], prnu: Sequence[Path], networks: Path, csv: Path, tex: Path
) -> None:
    """Read predictions of the custom networks and the table of networks; write the table."""
    frame = accuracy_by_hyperparameter(
        [read_predictions(path) for path in classifiers],
        [read_predictions(path) for path in prnu],
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
        groups=frame.hyperparameter,
    )


def _groups(images: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    yield "all", "all", images
    for key in HYPERPARAMETERS:
        for value, group in images.groupby(key, sort=False):
            yield key, str(value), group


def _accuracies(images: pd.DataFrame) -> pd.Series:
    accuracies = {(key, value): group.correct.mean() for key, value, group in _groups(images)}
    scales = sorted(set(images.scale))
    if len(scales) > 1:
        small, large = str(scales[0]), str(scales[-1])
        difference = accuracies["scale", large] - accuracies["scale", small]
        accuracies["difference", f"scale {large} - {small}"] = difference
    adversarial = images.loss != "L1"
    if adversarial.any() and not adversarial.all():
        correct = images.correct
        difference = correct[adversarial].mean() - correct[~adversarial].mean()
        accuracies["difference", "adversarial - L1"] = difference
    return 100.0 * pd.Series(accuracies)

"""Table 2: accuracy of attribution to all networks, custom and published, by backbone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING, accuracy, image_table, overall_accuracy
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "backbone": ("Backbone", ""),
    "weights": ("Initial weights", ""),
    "input": ("Input", ""),
    "crop": ("Crop", "d"),
    "networks": ("Networks", "d"),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "custom": ("custom", ".1f"),
    "published": ("published", ".1f"),
    "chance": ("Chance", ".1f"),
}


def backbone_table(experiments: Mapping[str, Sequence[Predictions]], networks: pd.DataFrame) -> pd.DataFrame:
    """Accuracies of the experiments on all networks, the most accurate first.

    ``experiments`` has one set of predictions per classifier seed, by experiment name. Columns: experiment,
    backbone, weights, input (pixels or highpass), crop (pixels, in training), networks, images (of one seed),
    accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the 95 % interval over photos), custom and published
    (accuracies over those networks; missing without images of them), and chance; all accuracies in %.
    """
    return pd.DataFrame([_row(*row, networks) for row in experiments.items()]).sort_values(
        "accuracy_mean", ascending=False, ignore_index=True
    )


def tabulate_backbones(experiments: Mapping[str, Sequence[Path]], networks: Path, csv: Path, tex: Path) -> None:
    """Read the predictions of each experiment, by name, and the table of networks; write the table."""
    found = {
        name: [read_predictions(path, with_features=False) for path in paths] for name, paths in experiments.items()
    }
    write_table(
        backbone_table(found, read_network_table(networks)),
        csv,
        tex,
        caption="Accuracy of attributing images to all networks, by backbone.",
        label="tab:backbones",
        columns=COLUMNS,
    )


def _row(name: str, seeds: Sequence[Predictions], networks: pd.DataFrame) -> dict[str, object]:
    images = [image_table(predictions, networks, "custom", "published") for predictions in seeds]
    settings = seeds[0].attributes["classifier"]["settings"]
    described = {key: settings[key] for key in ("backbone", "weights", "input", "crop")}
    sizes = {"networks": images[0].network.nunique(), "images": len(images[0])}
    by_origin = {
        origin: [accuracy(rows, ["origin"]).get(origin, float("nan")) for rows in images]
        for origin in ("custom", "published")
    }
    means = {origin: sum(values) / len(values) for origin, values in by_origin.items()}
    chance = {"chance": 100.0 / len(seeds[0].classes)}
    return {"experiment": name} | described | sizes | overall_accuracy(images) | means | chance

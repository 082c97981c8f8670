"""Derived networks: whose images theirs are taken for, by how far they are from their parents.

Somebody takes a network and trains it further, prunes it, or runs it in 8 bits. An image is rejected as of no known
network if its score of being unknown (`open_set.scores.maximum_probability`) is above a threshold, which rejects
`REJECTED` of the known networks' images of validation photos. Otherwise it is attributed to the network of the
highest probability: the parent, or another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.derived.comparison import COLUMNS as DISTANCES
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.images.squared_error import psnr_of
from sr_fingerprints.open_set.scores import maximum_probability
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.statistics import interval_over_photos
from sr_fingerprints.tables.writing import write_table

REJECTED = 0.05
"""Share of known networks' images of validation photos that the threshold rejects."""

OUTCOMES = ("parent", "sibling", "another", "none")
"""What an image is attributed to: the parent; another network, of the parent's hyperparameters (a sibling, which is
counted among the others too) or of any; or no network of the study."""

HYPERPARAMETERS = ["architecture", "dataset", "scale", "loss"]

COLUMNS = {
    "network": ("Network", ""),
    "by": ("Derived by", ""),
    "amount": ("Amount", "g"),
    "how": ("How", ""),
    "psnr_to_parent": ("PSNR to parent (dB)", ".1f"),
    "psnr": ("to photo", ".2f"),
    "psnr_of_parent": ("parent's", ".2f"),
    "parent": (r"Parent (\%)", ".1f"),
    "parent_interval": (r"95\,\% interval", ".1f"),
    "sibling": ("Sibling", ".1f"),
    "another": ("Another", ".1f"),
    "none": ("None", ".1f"),
    "none_interval": (r"95\,\% interval", ".1f"),
    "chance": ("Chance", ".1f"),
}


def derived_table(
    attribution: Mapping[str, Sequence[tuple[Predictions, Predictions]]],
    networks: pd.DataFrame,
    distances: pd.DataFrame,
) -> pd.DataFrame:
    """Attribution of the images of derived networks, and of their parents, in %.

    ``attribution`` has, by experiment, the predictions for test and for validation photos of each classifier;
    ``distances`` are the columns that `derived.comparison` writes. For each parent among the classes there is a row
    for itself (by: ``nothing``), for its twins, and for each network derived from it; for each experiment a row for
    all ``known`` networks together, and one for all ``derived`` ones. Columns: experiment, network, parent_network,
    by, amount, how; psnr_to_parent, psnr and psnr_of_parent (dB; of the images to the parent's, of the images and of
    the parent's to the photos; from squared differences averaged over all test images; inf where all are equal);
    images (of one classifier); for each of the `OUTCOMES` its mean over classifiers, with _std, _low and _high (95 %
    interval over photos); named_most (which other network is named most often) and named_share (in % of all images);
    siblings (their number); chance (that a guess is the parent, without rejection).
    """
    rows = []
    for experiment, seeds in attribution.items():
        table = networks.set_index("network", drop=False)
        known = list(seeds[0][0].classes)
        decided = [_decisions(test, threshold(validation)) for test, validation in seeds]
        of_known = [images[images.network.isin(known)] for images in decided]
        everything = [images.assign(parent=images.network) for images in of_known]
        siblings = _siblings(table.loc[known])
        studied = list(_studied(table, known, set(decided[0].network)))
        parents = {row["network"]: parent for row, parent in studied if row["by"] not in ("nothing", "twin")}
        derived = [images[images.network.isin(parents)] for images in decided]
        groups = [
            ({"network": "known", "by": "nothing"}, everything),
            (
                {"network": "derived", "by": "any"},
                [rows.assign(parent=rows.network.map(parents)) for rows in derived],
            ),
        ]
        groups += [
            (row, [images[images.network == row["network"]].assign(parent=parent) for images in decided])
            for row, parent in studied
        ]
        for row, images in groups if parents else groups[:1]:
            outcomes = [_outcomes(each, siblings) for each in images]
            rows.append(
                {"experiment": experiment}
                | row
                | _distances(distances, row["network"])
                | {"images": len(outcomes[0])}
                | _shares(outcomes)
                | _named_most(outcomes)
                | {"siblings": len(siblings.get(row.get("parent_network", ""), []))}
                | {"chance": 100 / len(known)}
            )
    return pd.DataFrame(rows)


def threshold(validation: Predictions) -> float:
    """Score above which an image is of no known network: `REJECTED` of validation images of known ones are above."""
    known = validation.scores[np.isin(validation.network, validation.classes)]
    return float(np.quantile(maximum_probability(known), 1 - REJECTED))


def tabulate_derived_networks(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    networks: Path,
    distances: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Read predictions for test and validation photos, by experiment name, and write the table."""
    pairs = {
        name: [
            (read_predictions(first, with_features=False), read_predictions(second, with_features=False))
            for first, second in zip(paths, validation[name], strict=True)
        ]
        for name, paths in test.items()
    }
    measured = read_csv(distances, "distances of derived networks", DISTANCES)
    frame = derived_table(pairs, read_network_table(networks), measured)
    write_table(
        frame,
        csv,
        tex,
        caption="Images of derived networks: attributed to the parent, to another network, or to none.",
        label="tab:derived_networks",
        columns=COLUMNS,
        groups=(frame.experiment + frame.parent_network.fillna("")).tolist(),
    )


def _studied(table: pd.DataFrame, known: list[str], shown: set[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """Rows, with the parent: each parent among ``known`` networks, its twins, those derived from it; if ``shown``."""
    derived = table[(table.origin == "derived") & table.parent.isin(known) & table.index.isin(shown)]
    for parent, children in derived.groupby("parent", sort=False):
        twins = table[(table.weights_of == parent) & table.index.isin(shown)]
        described: list[dict[str, Any]] = [{"network": parent, "by": "nothing"}]
        described += [{"network": row["network"], "by": "twin", "how": row["path"]} for row in records(twins)]
        described += [
            {"network": row["network"], "by": row["by"], "amount": float(row["amount"]), "how": row["how"]}
            for row in records(children)
        ]
        for row in described:
            yield {"parent_network": parent} | row, str(parent)


def _decisions(found: Predictions, limit: float) -> pd.DataFrame:
    """Columns network and source of each image, its predicted network, and whether it is rejected."""
    return pd.DataFrame(
        {
            "network": found.network,
            "source": found.source,
            "predicted": found.predicted,
            "rejected": maximum_probability(found.scores) > limit,
        }
    )


def _siblings(known: pd.DataFrame) -> dict[str, list[str]]:
    """Other networks of the same hyperparameters, by network."""
    found: dict[str, list[str]] = {}
    for _, alike in known.groupby(HYPERPARAMETERS, sort=False):
        for name in alike.network:
            found[name] = [other for other in alike.network if other != name]
    return found


def _outcomes(images: pd.DataFrame, siblings: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Columns source, predicted and the `OUTCOMES` (bool) of each image, from predicted, rejected and parent."""
    own = (images.predicted == images.parent) & ~images.rejected
    alike = [name in siblings[parent] for name, parent in zip(images.predicted, images.parent, strict=True)]
    return pd.DataFrame(
        {
            "source": images.source,
            "predicted": images.predicted,
            "parent": own,
            "sibling": np.array(alike, bool) & ~images.rejected,
            "another": ~own & ~images.rejected,
            "none": images.rejected,
        }
    )


def _shares(seeds: Sequence[pd.DataFrame]) -> dict[str, float]:
    """Mean (%) of each outcome, its standard deviation over classifiers, and its interval over photos."""
    together = pd.concat(seeds)
    found: dict[str, float] = {}
    for outcome in OUTCOMES:
        means = [100 * images[outcome].mean() for images in seeds]
        low, high = interval_over_photos(together, outcome)
        found |= {
            f"{outcome}_mean": float(np.mean(means)),
            f"{outcome}_std": float(np.std(means)) if len(means) > 1 else np.nan,
            f"{outcome}_low": 100 * low,
            f"{outcome}_high": 100 * high,
        }
    return found


def _named_most(seeds: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """The network other than the parent that is named most often, and in which share (%) of all images."""
    together = pd.concat(seeds)
    counts = together.predicted[together.another].value_counts()
    if counts.empty:
        return {}
    return {"named_most": counts.index[0], "named_share": 100 * counts.iloc[0] / len(together)}


def _distances(distances: pd.DataFrame, network: str) -> dict[str, float]:
    """PSNR (dB) of the images of a derived network; nothing for others."""
    measured = distances[distances.network == network]
    if measured.empty:
        return {}
    columns = {"psnr_to_parent": "to_parent", "psnr": "to_photo", "psnr_of_parent": "parent_to_photo"}
    return {name: psnr_of(float(measured[column].mean())) for name, column in columns.items()}

"""Which networks are unknown to a classifier, and two halves of them: thresholds of one are tested on the other."""

import pandas as pd

from sr_fingerprints.study.experiments import Experiment, evaluated_networks, withheld_networks, withheld_values

NAMES = {
    "custom": "custom networks",
    "published": "published networks",
    "interpolated": "interpolated photos",
    "real": "real photos",
}
"""Names of the unknown networks of an origin that a classifier was not trained on."""

FAMILIES = ("architecture", "kernel", "loss", "dataset", "seed", "scale")
"""Columns that may tell families of networks: the first in which the unknown networks differ does."""


def unknown_networks(experiment: Experiment, networks: pd.DataFrame) -> pd.DataFrame:
    """The networks whose images an experiment's classifiers are shown and were not trained on.

    ``networks`` is the table of networks. Columns: network; unknown, what they are, such as ``published networks`` or
    ``architecture RCAN``; family, str; and half, 0 or 1. Networks of one family are in the same half: families are
    in alphabetical order, so that variants of one architecture, which often have similar names, tend to be as well.
    What has a single family is in the first half. Twins are left out, whose weights are those of other networks.
    """
    withheld = withheld_networks(experiment, networks) if experiment.withhold else networks.iloc[:0]
    evaluated = evaluated_networks(experiment, networks)
    rows = evaluated[(evaluated.origin != "twin") & ~evaluated.origin.isin(list(experiment.train_on))]
    values = ", ".join(
        f"{column} {', '.join(withheld_values(given))}" for column, given in experiment.withhold.items()
    )
    parts = [withheld[withheld.network.isin(evaluated.network)].assign(unknown=values)]
    parts += [rows[rows.origin == origin].assign(unknown=name) for origin, name in NAMES.items()]
    columns = ["network", "unknown", "family", "half"]
    halved = [_with_halves(part)[columns] for part in parts if len(part)]
    return pd.concat(halved or [pd.DataFrame(columns=columns)], ignore_index=True)


def _with_halves(rows: pd.DataFrame) -> pd.DataFrame:
    """Unknown networks of one kind, with the columns family and half."""
    varied = [column for column in FAMILIES if column in rows and rows[column].astype(str).nunique() > 1]
    family = rows[varied[0]].astype(str) if varied else rows.network
    names = sorted(family.unique())
    return rows.assign(family=family, half=[2 * names.index(name) // len(names) for name in family])

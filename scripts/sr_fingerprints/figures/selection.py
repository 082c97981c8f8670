"""Selection of the networks in Figures 1 and 2; separate from the drawing, so that rules can import it quickly."""

from collections.abc import Mapping

import pandas as pd

from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.study.losses import KINDS, kind

GROUPS = ("custom", "published", "control")


def networks_in_patches(networks: pd.DataFrame) -> list[str]:
    """Names of the custom networks of the first data set and the first seed, and of all published ones.

    That is one custom network for each combination of architecture, scale and loss. ``networks`` is the table of
    networks (see `network_table`); the order is the table's.
    """
    custom = networks[networks.origin == "custom"]
    first = custom[custom.dataset.isin(custom.dataset[:1]) & custom.seed.isin(custom.seed[:1])]
    return [*first.network, *networks.network[networks.origin == "published"]]


def overview_rows(networks: pd.DataFrame, experiments: Mapping[str, Experiment]) -> pd.DataFrame:
    """Rows of the ``networks`` whose images a study uses, with two columns for their place in Figure 1.

    ``group`` is one of `GROUPS`; ``kind`` that of the loss (see `losses.kind`), or empty for controls. Controls are
    twins and interpolations that any of the ``experiments`` uses; derived networks are left out. Sorted by group and
    kind, interpolations before twins, then in table order.
    """
    used = {"custom", "published"}.union(*({*row.train_on, *row.tested_on} for row in experiments.values()))
    rows = networks[networks.origin.isin(used - {"real", "derived"})]
    groups = ["control" if origin not in GROUPS else origin for origin in rows.origin]
    kinds = ["" if group == "control" else kind(loss) for group, loss in zip(groups, rows.loss, strict=True)]
    rows = rows.assign(group=pd.Categorical(groups, GROUPS), kind=pd.Categorical(kinds, ["", *KINDS]))
    return rows.sort_values(["group", "kind", "origin"], kind="stable")


def networks_in_overview(networks: pd.DataFrame, experiments: Mapping[str, Experiment]) -> list[str]:
    """Names of the networks with an image in Figure 1: the first of each scale, group and kind of loss."""
    rows = overview_rows(networks, experiments)
    return [*rows.drop_duplicates(["scale", "group", "kind"]).network]

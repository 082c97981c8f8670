"""A control that the paper lacks: which part of a loss leaves the fingerprint, the perceptual or the adversarial?"""

from collections.abc import Sequence

import pandas as pd

from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.tables.accuracies import answers, overall

MEASURED = {
    "L1": "attribution to networks trained with L1",
    "perceptual": "attribution to networks trained with a perceptual loss, without a discriminator",
    "adversarial": "attribution to networks trained with that and a discriminator",
}
"""What there is a row for, by kind of loss."""

ALIKE = ["architecture", "dataset", "scale", "seed"]


def loss_part_table(seeds: Sequence[Predictions], networks: pd.DataFrame) -> pd.DataFrame:
    """How often custom networks are recognised, by the kind of their loss: rows as `control_table` has them.

    ``seeds`` are predictions of a custom attribution classifier, one a seed. Compared are networks that are alike but
    for their loss: those whose architecture, data set, scale and seed occur with every kind of it. There are no rows
    where no networks do.
    """
    custom = networks[networks.origin == "custom"]
    custom = custom.assign(kind=kinds_of(custom.loss))
    alike = custom[custom.groupby(ALIKE).kind.transform("nunique") == len(MEASURED)]
    images = [answers(found, networks, "custom") for found in seeds]
    rows = []
    for kind, measured in MEASURED.items() if len(alike) else ():
        names = alike.network[alike.kind == kind]
        of_kind = [rows_of_seed[rows_of_seed.network.isin(names)] for rows_of_seed in images]
        row = {"control": "loss_parts", "measured": measured, "images": len(of_kind[0])}
        rows.append(row | overall(of_kind) | {"chance": 100.0 / len(seeds[0].classes)})
    return pd.DataFrame(rows)

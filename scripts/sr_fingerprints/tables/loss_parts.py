"""A control that the paper lacks: does the perceptual or the adversarial part of a loss leave the fingerprint?"""

from collections.abc import Sequence

import pandas as pd

from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.tables.accuracies import image_table, overall_accuracy

DESCRIPTIONS = {
    "L1": "attribution to networks trained with L1",
    "perceptual": "attribution to networks trained with a perceptual loss, without a discriminator",
    "adversarial": "attribution to networks trained with that and a discriminator",
}
"""Descriptions of the rows, by kind of loss."""

MATCHED_ON = ["architecture", "dataset", "scale", "seed"]


def loss_part_table(seeds: Sequence[Predictions], networks: pd.DataFrame) -> pd.DataFrame:
    """Accuracy of custom attribution by kind of loss, as rows of `control_table`.

    ``seeds`` are predictions of custom attribution, one per classifier seed. Only networks that differ in nothing but
    their loss are compared: those whose architecture, data set, scale and seed occur with every kind of loss. There
    are no rows if there are no such networks among the classes.
    """
    custom = networks[(networks.origin == "custom") & networks.network.isin(seeds[0].classes)]
    custom = custom.assign(kind=kinds_of(custom.loss))
    alike = custom[custom.groupby(MATCHED_ON).kind.transform("nunique") == len(DESCRIPTIONS)]
    images = [image_table(found, networks, "custom") for found in seeds]
    rows = []
    for kind, measured in DESCRIPTIONS.items() if len(alike) else ():
        names = alike.network[alike.kind == kind]
        of_kind = [rows_of_seed[rows_of_seed.network.isin(names)] for rows_of_seed in images]
        row = {"control": "loss_parts", "measured": measured, "images": len(of_kind[0])}
        rows.append(row | overall_accuracy(of_kind) | {"chance": 100.0 / len(seeds[0].classes)})
    return pd.DataFrame(rows)

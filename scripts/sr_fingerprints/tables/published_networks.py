"""Table 1: the networks published by others, and the accuracy of attributing images to them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import (
    INTERVAL_HEADING,
    PRNU_HEADINGS,
    accuracy_by_group,
    as_prnu_columns,
    image_table,
)
from sr_fingerprints.tables.writing import write_table

GROUP = ["network", "scale", "loss"]
DESCRIPTION = ["network", "architecture", "family", "variant", "training_data", "licence", "source"]
COLUMNS = {
    "network": ("Network", ""),
    "scale": ("Scale", ""),
    "loss": ("Loss", ""),
    "training_data": ("Training data", ""),
    "licence": ("Licence", ""),
    "accuracy": (r"Accuracy (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    **PRNU_HEADINGS,
    "chance": ("Chance", ".1f"),
}


def published_network_table(
    classifiers: Sequence[Predictions], prnu: Sequence[Predictions], networks: pd.DataFrame
) -> pd.DataFrame:
    """The published networks, with the accuracy (%) of attributing images to them.

    ``classifiers`` are predictions of classifiers trained on the published networks with several seeds, ``prnu``
    those of PRNU with different matches; either may be empty, and then has no columns. Columns: network, scale, loss,
    architecture, family, variant, training_data, licence, source, images (of one classifier seed), accuracy_mean,
    accuracy_std, accuracy_low and accuracy_high (the 95 % interval over photos), the same for each of ``prnu``
    (``prnu_<denoiser>_<match>``, ``..._low``, ``..._high``), and chance (%). The last rows, with ``mean`` for the
    network, are over the images of several networks: by scale, by kind of loss (see `losses.KINDS`), by
    both, and over all. Those of section 4.1.2 of the paper are among them: 2X; 4X with L1; 4X adversarial; all.
    """
    answers = [*classifiers, *prnu]
    images = [_with_groups(image_table(predictions, networks, "published")) for predictions in answers]
    table = images[0].groupby(GROUP, sort=False).size().rename("images").to_frame()
    if classifiers:
        table = table.join(accuracy_by_group(images[: len(classifiers)], GROUP))
    for predictions, of_prnu in zip(prnu, images[len(classifiers) :], strict=True):
        table = table.join(as_prnu_columns(predictions, accuracy_by_group([of_prnu], GROUP)))
    table["chance"] = 100.0 / len(answers[0].classes)
    table = table.reset_index().merge(networks[DESCRIPTION], on="network", how="left")
    return table[[*GROUP, *DESCRIPTION[1:], *table.columns.difference([*GROUP, *DESCRIPTION], sort=False)]]


def tabulate_published_networks(
    classifiers: Sequence[Path], prnu: Sequence[Path], networks: Path, csv: Path, tex: Path
) -> None:
    """Read predictions for the published networks and the table of networks; write the table."""
    frame = published_network_table(
        [read_predictions(path, with_features=False) for path in classifiers],
        [read_predictions(path, with_features=False) for path in prnu],
        read_network_table(networks),
    )
    write_table(
        frame,
        csv,
        tex,
        caption="Networks published by others, and the accuracy of attributing images to them.",
        label="tab:published_networks",
        columns=COLUMNS,
        groups=(frame.network == "mean").tolist(),
    )


def _with_groups(images: pd.DataFrame) -> pd.DataFrame:
    """``images``, and again for each scale and kind of loss, with ``all`` for either or both."""
    kind = kinds_of(images.loss).astype(str)
    means = [
        images.assign(network="mean", scale=scale, loss=loss)
        for scale in (images.scale, "all")
        for loss in (kind, "all")
    ]
    return pd.concat([images, *means])

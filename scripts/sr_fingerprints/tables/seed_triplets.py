"""Table 4: accuracy of telling apart networks that differ only by their training seed, beside PRNU."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.accuracies import (
    INTERVAL_HEADING,
    PRNU_HEADINGS,
    accuracy_by_group,
    as_prnu_columns,
)
from sr_fingerprints.tables.paper import LEFT_OUT
from sr_fingerprints.tables.triplets import seed_triplets, triplet_answers
from sr_fingerprints.tables.writing import write_table

GROUP = ["scale", "loss"]
COLUMNS = {
    "left_out": ("Without", ""),
    "scale": ("Scale", ""),
    "loss": ("Loss", ""),
    "triplets": ("Triplets", "d"),
    "accuracy": (r"Classifier (\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    **PRNU_HEADINGS,
    "chance": ("Chance", ".1f"),
}


def seed_triplet_table(
    classifiers: Sequence[Predictions],
    prnu: Sequence[Predictions],
    networks: pd.DataFrame,
    leave_out: Collection[str] = LEFT_OUT,
) -> pd.DataFrame:
    """Accuracy (%) of telling apart the networks of a seed triplet, by scale and loss; a last row over all.

    ``classifiers`` are predictions of custom attribution with several classifier seeds, ``prnu`` those of PRNU with
    different matches; either may be empty, and then has no columns. Triplets are those among the classes. If there
    are triplets of the architectures in ``leave_out`` and of others, the rows are repeated: without these, as in the
    paper, then with them. Columns: scale, loss, left_out (the architectures that are left out of a row, empty for
    none), triplets, images (of one classifier seed), accuracy_mean, accuracy_std, accuracy_low and accuracy_high (the
    95 % interval over photos), the same for each of ``prnu`` (``prnu_<denoiser>_<match>``, ``..._low``,
    ``..._high``), and chance (%). There must be a triplet.
    """
    networks = networks[networks.network.isin([*classifiers, *prnu][0].classes)]
    left_out = [name for name in leave_out if name in set(seed_triplets(networks).architecture)]
    others = networks[~networks.architecture.isin(left_out)]
    variants = {", ".join(left_out): others, "": networks}
    if not left_out or seed_triplets(others).empty:
        variants = {"": networks}
    return pd.concat([_table(classifiers, prnu, *variant) for variant in variants.items()], ignore_index=True)


def tabulate_seed_triplets(
    classifiers: Sequence[Path],
    prnu: Sequence[Path],
    networks: Path,
    csv: Path,
    tex: Path,
    leave_out: Collection[str] = LEFT_OUT,
) -> None:
    """Read predictions of the custom networks and the table of networks; write the table."""
    frame = seed_triplet_table(
        [read_predictions(path, with_features=False) for path in classifiers],
        [read_predictions(path, with_features=False) for path in prnu],
        read_network_table(networks),
        leave_out,
    )
    write_table(
        frame,
        csv,
        tex,
        caption="Accuracy of telling apart networks that differ only by their training seed.",
        label="tab:seed_triplets",
        columns=COLUMNS if frame.left_out.any() else {k: v for k, v in COLUMNS.items() if k != "left_out"},
        groups=list(zip(frame.left_out, frame.scale, strict=True)),
    )


def _table(
    classifiers: Sequence[Predictions], prnu: Sequence[Predictions], left_out: str, networks: pd.DataFrame
) -> pd.DataFrame:
    """Rows for the triplets among ``networks``."""
    triplets = seed_triplets(networks)
    images = [_with_all(triplet_answers(predictions, networks)) for predictions in [*classifiers, *prnu]]
    table = pd.DataFrame(
        {
            "left_out": left_out,
            "triplets": _with_all(triplets).groupby(GROUP, sort=False).size(),
            "images": images[0].groupby(GROUP, sort=False).size(),
        }
    )
    if classifiers:
        table = table.join(accuracy_by_group(images[: len(classifiers)], GROUP))
    for predictions, of_prnu in zip(prnu, images[len(classifiers) :], strict=True):
        table = table.join(as_prnu_columns(predictions, accuracy_by_group([of_prnu], GROUP)))
    table["chance"] = 100.0 / len(triplets.members[0])
    return table.reset_index()


def _with_all(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows``, and again as the group (all, all)."""
    return pd.concat([rows, rows.assign(scale="all", loss="all")])

"""Table 4: telling apart networks that differ only by their training seed, beside PRNU."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.network_table import read_network_table
from sr_fingerprints.predictions import Predictions, read_predictions
from sr_fingerprints.tables.accuracies import PRNU_HEADINGS, over_seeds, prnu_column
from sr_fingerprints.tables.writing import write_table
from sr_fingerprints.triplets import seed_triplets, triplet_accuracy

GROUP = ["scale", "loss"]
COLUMNS = {
    "scale": ("Scale", ""),
    "loss": ("Loss", ""),
    "triplets": ("Triplets", "d"),
    "accuracy": (r"Classifier (\%)", ".1f"),
    **PRNU_HEADINGS,
    "chance": ("Chance", ".1f"),
}


def seed_triplet_table(
    classifiers: Sequence[Predictions],
    prnu: Sequence[Predictions],
    networks: pd.DataFrame,
    leave_out: Collection[str] = (),
) -> pd.DataFrame:
    """Accuracy (%) of telling apart the networks of a seed triplet, by scale and loss; a last row over all.

    ``classifiers`` are predictions of the custom classifier trained with several seeds, ``prnu`` those of PRNU
    with one or more matches (or none). Triplets of the architectures in ``leave_out`` are left out; the paper
    leaves out NLSN. Columns: scale, loss, triplets, images (of one classifier seed), accuracy_mean,
    accuracy_std, one column for each of ``prnu``, and chance (%). Values are means over triplets. Without
    triplets the table has no rows.
    """
    networks = networks[~networks.architecture.isin(leave_out)]
    by_seed = [_by_scale_and_loss(triplet_accuracy(predictions, networks)) for predictions in classifiers]
    table = by_seed[0][["triplets", "images"]].join(over_seeds([groups.accuracy for groups in by_seed]))
    for predictions in prnu:
        groups = _by_scale_and_loss(triplet_accuracy(predictions, networks))
        table[prnu_column(predictions)] = groups.accuracy
    members = seed_triplets(networks).members
    table["chance"] = 100.0 / len(members[0]) if len(members) else []
    return table.reset_index()


def tabulate_seed_triplets(
    classifiers: Sequence[Path],
    prnu: Sequence[Path],
    networks: Path,
    csv: Path,
    tex: Path,
    leave_out: Collection[str] = (),
) -> None:
    """Read predictions of the custom networks and the table of networks; write the table."""
    frame = seed_triplet_table(
        [read_predictions(path) for path in classifiers],
        [read_predictions(path) for path in prnu],
        read_network_table(networks),
        leave_out,
    )
    write_table(
        frame,
        csv,
        tex,
        caption="Accuracy of telling apart networks that differ only by their training seed.",
        label="tab:seed_triplets",
        columns=COLUMNS,
        groups=frame.scale,
    )


def _by_scale_and_loss(triplets: pd.DataFrame) -> pd.DataFrame:
    """Means over the rows of `triplet_accuracy`, with a last group (all, all)."""
    overall = triplets.assign(scale="all", loss="all")
    groups = pd.concat([triplets, overall]).groupby(GROUP, sort=False)
    return groups.agg(
        accuracy=("accuracy", lambda accuracy: 100.0 * accuracy.mean()),
        triplets=("accuracy", "size"),
        images=("n", "sum"),
    )

"""What the tables of accuracies share: answers joined with the table of networks, and means over seeds."""

from collections.abc import Sequence

import pandas as pd

from sr_fingerprints.errors import InputError
from sr_fingerprints.predictions import Predictions


def answers(predictions: Predictions, networks: pd.DataFrame) -> pd.DataFrame:
    """One row an image: the columns of ``networks`` for the network that made it, and ``correct`` (bool).

    Rows are in the order of ``networks``. Raises `InputError` for images of a network that is not in the table.
    """
    unknown = set(predictions.network) - set(networks.network)
    if unknown:
        raise InputError(f"predictions: found network {min(unknown)}, which is not in the table of networks")
    correct = pd.DataFrame({"network": predictions.network, "correct": predictions.correct})
    return networks.merge(correct, on="network", validate="one_to_many")


def over_seeds(accuracies: Sequence[pd.Series]) -> pd.DataFrame:
    """Columns ``accuracy_mean`` and ``accuracy_std`` of series with the same index, one a classifier seed.

    The standard deviation is that of a sample (divisor n - 1), and missing for a single classifier; the paper
    does not say which one it prints.
    """
    seeds = pd.concat(accuracies, axis=1)
    return pd.DataFrame({"accuracy_mean": seeds.mean(axis=1), "accuracy_std": seeds.std(axis=1, ddof=1)})


def prnu_column(predictions: Predictions) -> str:
    """The name of a column for PRNU predictions, such as ``prnu_wavelet_euclidean``."""
    return f"prnu_{predictions.attributes['denoiser']}_{predictions.attributes['match']}"


PRNU_HEADINGS = {
    f"prnu_{denoiser}_{match}": (f"PRNU, {printed}, {match}", ".1f")
    for denoiser, printed in (("wavelet", "wavelet"), ("bm3d", "BM3D"))
    for match in ("euclidean", "correlation")
}
"""How `prnu_column` columns are printed."""

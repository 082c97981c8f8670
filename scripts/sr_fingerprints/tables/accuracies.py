"""Shared by the tables of accuracies: predictions joined with the table of networks, means over seeds, intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.experiments import HYPERPARAMETERS, Experiment
from sr_fingerprints.tables.statistics import difference_interval, interval_over_photos

ExperimentPredictions = Mapping[str, tuple[Experiment, Sequence[Predictions]]]
"""Experiments by name, each with one set of predictions per classifier seed."""

INTERVAL_HEADING = (r"95\,\% interval", ".1f")
"""Heading and format of the columns ``accuracy_low`` and ``accuracy_high``."""


def read_experiments(
    experiments: Mapping[str, Experiment], predictions: Mapping[str, Sequence[Path]]
) -> ExperimentPredictions:
    """Read ``predictions``: by experiment name, one file per classifier seed."""
    return {
        name: (experiments[name], [read_predictions(path, with_features=False) for path in paths])
        for name, paths in predictions.items()
    }


def image_table(predictions: Predictions, networks: pd.DataFrame, *origins: str) -> pd.DataFrame:
    """One row per image: the columns of ``networks`` for the network that made it, its photo (``source``), the
    ``predicted`` class, and whether that is ``correct``.

    Rows are in the order of ``networks``. If ``origins`` are given, images of networks of other origins are left out.
    Raises `InputError` for images of a network that is not in the table.
    """
    unknown = set(predictions.network) - set(networks.network)
    if unknown:
        raise InputError(f"predictions: found network {min(unknown)}, which is not in the table of networks")
    images = pd.DataFrame(
        {
            "network": predictions.network,
            "photo_source": predictions.source,
            "correct": predictions.correct,
            "predicted": predictions.predicted,
        }
    )
    chosen = networks[networks.origin.isin(origins)] if origins else networks
    described = chosen.drop(columns="source", errors="ignore")  # that column is the origin of published weights
    return described.merge(images, on="network", validate="one_to_many").rename(columns={"photo_source": "source"})


NETWORKS_INTERVAL_HEADING = ("over networks too", ".1f")
"""Heading and format of the columns ``..._networks_low`` and ``..._networks_high`` (see `difference_interval`)."""


def accuracy_by_group(seeds: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """Accuracies (%) of groups of images: ``accuracy_mean`` and ``..._std`` over seeds, ``..._low`` and ``..._high``.

    ``seeds`` has one `image_table` per classifier seed; the columns ``keys`` define the groups, whose order is kept.
    The interval is over photos, of the mean over seeds.
    """
    table = mean_over_seeds([accuracy(images, keys) for images in seeds])
    groups = pd.concat(seeds).groupby(keys, sort=False)
    intervals = {key: interval_over_photos(images) for key, images in groups[["source", "correct"]]}
    for bound, column in enumerate(("accuracy_low", "accuracy_high")):
        table[column] = [100.0 * intervals[key if isinstance(key, tuple) else (key,)][bound] for key in table.index]
    return table


def overall_accuracy(seeds: Sequence[pd.DataFrame]) -> dict[str, float]:
    """Result of `accuracy_by_group` for all images together."""
    (measured,) = records(accuracy_by_group([images.assign(all="all") for images in seeds], ["all"]))
    return measured


DIFFERENCE_STATISTICS = ("mean", "std", "low", "high", "networks_low", "networks_high")
"""Statistics of a difference of two accuracies, in the order that `accuracy_difference` returns."""


def accuracy_difference(
    seeds: Sequence[pd.DataFrame], hyperparameter: str, minuend: pd.Series, subtrahend: pd.Series
) -> list[float]:
    """Difference of the accuracies of two groups of images, in percentage points: the `DIFFERENCE_STATISTICS`.

    ``seeds`` has one `image_table` per classifier seed, with the hyperparameters of the networks; ``minuend`` and
    ``subtrahend`` (bool) select the images. Mean and standard deviation are over seeds, the intervals over photos,
    and over photos and networks: networks that differ only in the ``hyperparameter`` are drawn together.
    """
    by_seed = pd.Series([images.correct[minuend].mean() - images.correct[subtrahend].mean() for images in seeds])
    compared = pd.concat([images.assign(minuend=minuend)[minuend | subtrahend] for images in seeds])
    described = [key for key in (*HYPERPARAMETERS, "seed") if key in compared and key != hyperparameter]
    compared["alike"] = compared.groupby(described).ngroup()
    deviation = by_seed.std(ddof=0) if len(seeds) > 1 else np.nan
    over_photos = difference_interval(compared, "minuend")
    over_both = difference_interval(compared, "minuend", over=("source", "alike"))
    return [100.0 * number for number in (by_seed.mean(), deviation, *over_photos, *over_both)]


def accuracy(images: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Accuracy (%) of each group of images."""
    return 100.0 * images.groupby(keys, sort=False).correct.mean()


def mean_over_seeds(accuracies: Sequence[pd.Series]) -> pd.DataFrame:
    """Columns ``accuracy_mean`` and ``accuracy_std`` of series with the same index, one per classifier seed.

    The standard deviation has divisor n, as in the authors' code, and is missing for a single classifier.
    """
    seeds = pd.concat(accuracies, axis=1)
    deviation = seeds.std(axis=1, ddof=0) if len(accuracies) > 1 else np.nan
    return pd.DataFrame({"accuracy_mean": seeds.mean(axis=1), "accuracy_std": deviation})


def prnu_column(predictions: Predictions) -> str:
    """Column name for PRNU predictions, such as ``prnu_wavelet_euclidean``."""
    return f"prnu_{predictions.attributes['denoiser']}_{predictions.attributes['match']}"


def as_prnu_columns(predictions: Predictions, measured: pd.DataFrame) -> pd.DataFrame:
    """Rename the accuracies ``measured`` on PRNU predictions to ``prnu_...``, ``..._low`` and ``..._high``."""
    stem = prnu_column(predictions)
    columns = measured.drop(columns="accuracy_std")  # PRNU has no seeds
    return columns.rename(columns=lambda name: stem + name.removeprefix("accuracy").removeprefix("_mean"))


PRNU_HEADINGS = {
    f"prnu_{denoiser}_{match}": (f"PRNU, {printed}, {match}", ".1f")
    for denoiser, printed in (("wavelet", "wavelet"), ("bm3d", "BM3D"))
    for match in ("euclidean", "correlation")
}
"""Heading and format of the columns that `prnu_column` names."""

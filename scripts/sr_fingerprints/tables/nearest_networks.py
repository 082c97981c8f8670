"""Do networks that share a hyperparameter leave similar fingerprints? The nearest of each, in feature space."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial.distance import pdist, squareform

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "shared": ("Shared", ""),
    "among": ("Permuted among networks of the same", ""),
    "networks": ("Networks", "d"),
    "nearest": (r"Nearest shares it (\%)", ".1f"),
    "chance": ("Chance", ".1f"),
    "p": ("$p$", ".4f"),
    "permutations": ("Permutations", "d"),
}
DESCRIBED = ("scale", "loss", "architecture", "dataset", "seed")


def mean_features(found: Predictions, names: Sequence[str]) -> npt.NDArray[np.float64]:
    """Mean features of the test images of each network in ``names``, float64 (networks, d)."""
    return np.stack([found.features[found.network == name].mean(axis=0, dtype=np.float64) for name in names])


def learned_rows(found: Predictions, networks: pd.DataFrame) -> pd.DataFrame:
    """Rows of the networks that the classifier names, with a column ``kind`` (of loss).

    Sorted by scale and kind of loss, then by loss, architecture, data set and seed in the order of the table.
    """
    rows = networks[networks.network.isin(found.classes) & networks.network.isin(found.network)]
    rows = rows.assign(kind=kinds_of(rows.loss))
    return rows.sort_values(["scale", "kind", *DESCRIBED[1:]], kind="stable", key=in_order)


def in_order(values: pd.Series) -> pd.Series:
    """Sort key: numbers and categories by their value, text in the order in which it first appears."""
    if values.dtype == "category" or pd.api.types.is_numeric_dtype(values):
        return values
    return pd.Series(pd.factorize(values)[0], values.index)


def nearest_network_table(
    classifiers: Sequence[Predictions], networks: pd.DataFrame, permutations: int, seed: int
) -> pd.DataFrame:
    """For each hyperparameter, how often a network's nearest one shares its value, in %, and whether that is chance.

    Nearest by the Euclidean distance between mean features of test images, averaged over the ``classifiers`` (one a
    seed), each divided by its mean distance. Columns: shared, among, networks, nearest, chance, p and permutations.

    ``p`` is that of a permutation test: values are exchanged at random among networks that agree in all of ``among``,
    ``permutations`` times; ``chance`` is the mean share. So other hyperparameters do not count for this one. The last
    row is about settings, all but the seed: values are exchanged among networks of one scale and loss, and it tells
    whether networks that differ in their seed alone resemble each other more. Rows without anything to exchange, or
    that no two networks share, are left out.
    """
    rows = learned_rows(classifiers[0], networks)
    distances = mean_distances(classifiers, rows.network.tolist())
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)
    custom = bool((rows.origin == "custom").all())
    values = {key: rows[key].to_numpy(np.str_) for key in DESCRIBED}
    if not custom:
        values["loss"] = rows.kind.to_numpy(np.str_)
    tests = {key: (key, tuple(other for other in DESCRIBED if other != key)) for key in DESCRIBED}
    if not custom:  # no two of them agree in all the others
        tests = {key: (key, ()) for key in ("scale", "loss", "architecture")}
    else:
        values["setting"] = _joined(values, DESCRIBED[:-1])
        tests["all but the seed"] = ("setting", ("scale", "loss"))
    random = np.random.default_rng(seed)
    found = []
    for name, (key, among) in tests.items():
        strata = _joined(values, among)
        exchanged = _exchanged(values[key], strata, permutations, random)
        if exchanged is None or len(set(values[key])) == len(rows):
            continue
        share = float((values[key][nearest] == values[key]).mean())
        shares = (exchanged[:, nearest] == exchanged).mean(axis=1)
        found.append(
            {
                "shared": name,
                "among": ", ".join(among),
                "networks": len(rows),
                "nearest": 100.0 * share,
                "chance": 100.0 * float(shares.mean()),
                "p": (1 + int((shares >= share - 1e-9).sum())) / (1 + permutations),
                "permutations": permutations,
            }
        )
    return pd.DataFrame(found, columns=list(COLUMNS))


def mean_distances(classifiers: Sequence[Predictions], names: Sequence[str]) -> npt.NDArray[np.float64]:
    """Distances of networks, float64 (n, n): mean over classifiers, of each relative to its mean distance."""
    condensed = [pdist(mean_features(found, names)) for found in classifiers]
    distances: npt.NDArray[np.float64] = squareform(np.mean([one / (one.mean() or 1.0) for one in condensed], axis=0))
    return distances


def tabulate_nearest_networks(
    predictions: Sequence[str | Path],
    networks: str | Path,
    csv: str | Path,
    tex: str | Path,
    permutations: int,
    seed: int,
) -> None:
    """Read predictions of attribution, one file a classifier seed, and the table of networks; write the table."""
    classifiers = [read_predictions(path) for path in predictions]
    for path, found in zip(predictions, classifiers, strict=True):
        if not found.features.shape[1]:
            raise InputError(f"{path}: found no features; distances of networks need a classifier's")
    frame = nearest_network_table(classifiers, read_network_table(networks), permutations, seed)
    write_table(
        frame,
        csv,
        tex,
        caption="How often the network nearest in feature space shares a hyperparameter.",
        label="tab:nearest_networks",
        columns=COLUMNS,
    )


def _joined(values: dict[str, np.ndarray], keys: Sequence[str]) -> npt.NDArray[np.str_]:
    """Values of several keys as one text a network; the same for all without keys."""
    count = len(next(iter(values.values())))
    parts = [list(values[key]) for key in keys]
    return np.array(["|".join(row) for row in zip(*parts, strict=True)] if parts else [""] * count)


def _exchanged(
    values: npt.NDArray[np.str_], strata: npt.NDArray[np.str_], permutations: int, random: np.random.Generator
) -> npt.NDArray[np.intp] | None:
    """Numbers of ``values``, permuted within ``strata``, (permutations, n); None if no stratum has different ones."""
    members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    members = [places for places in members if len(set(values[places])) > 1]
    if not members:
        return None
    codes: npt.NDArray[np.intp] = np.unique(values, return_inverse=True)[1]
    exchanged = np.tile(codes, (permutations, 1))
    for places in members:
        exchanged[:, places] = random.permuted(exchanged[:, places], axis=1)
    return exchanged

"""Do images of unknown networks fall into groups, one for each? How one would find that a new network is about."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.open_set.clusters import METHODS, chance_of_agreement, cluster, pooled
from sr_fingerprints.open_set.splits import unknown_networks
from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.statistics import jackknife_interval
from sr_fingerprints.tables.writing import write_table

KNOWN = "control: as many known networks"
PERMUTATIONS = 200
GIVEN = {"ward": "Ward, told the number", "mixture": "Gaussian mixture, BIC"}
COLUMNS = {
    "experiment": ("Classifier", ""),
    "unknown": ("Unknown", ""),
    "unit": ("Grouped", ""),
    "method": ("Method", ""),
    "networks": ("Networks", "d"),
    "clusters": ("Clusters", "d"),
    "ari": ("Adjusted Rand index", ".2f"),
    "ari_interval": (r"95\,\% interval", ".2f"),
    "ari_of_chance": ("of chance", ".2f"),
    "ari_of_photos": ("with photos", ".2f"),
}


def unknown_networks_table(
    experiments: Mapping[str, Experiment],
    networks: pd.DataFrame,
    predictions: Mapping[str, Predictions],
    most: int,
    seed: int,
) -> pd.DataFrame:
    """One row per classifier, kind of unknown networks, unit and method; ``most`` clusters are tried at most.

    ``predictions`` of test photos are by the experiment's name. Columns: experiment; unknown (see
    `splits.unknown_networks`), or `KNOWN`, as many of the classifier's own networks as there are unknown ones, drawn
    at random; unit, ``image`` or ``photo`` (the mean of a network's images of one photo; not with a single photo,
    where a group would have one member); method; images and networks, the numbers of what is grouped; clusters, the
    number found, and clusters_most, the largest that was tried; ari, the adjusted Rand index of clusters and networks
    (Hubert and Arabie, Journal of Classification 2, 1985), which is 1 for the same groups and 0 by chance, with its
    interval over photos for fixed clusters; ari_of_chance, which 95 % of permutations of the names of networks stay
    below; and ari_of_photos, the same index with photos in the place of networks.
    """
    rows = []
    for name, found in predictions.items():
        for what, chosen in _groups(experiments[name], networks, found, seed):
            units = {"image": (chosen.features, chosen.network, chosen.source)}
            if len(set(chosen.source)) > 1:
                units["photo"] = pooled(*units["image"])
            for unit, (features, made_by, sources) in units.items():
                for method in METHODS:
                    clusters = cluster(method, features, len(set(made_by)), most, seed)
                    measured = _agreement(made_by, sources, clusters, seed)
                    tried = len(set(made_by)) if method == "ward" else min(most, len(features) - 1)
                    row = {"experiment": name, "unknown": what, "unit": unit, "method": method}
                    rows.append(row | measured | {"clusters_most": tried})
    columns = ["experiment", "unknown", "unit", "method", "images", "networks", "clusters", "clusters_most"]
    return pd.DataFrame(rows, columns=[*columns, "ari", "ari_low", "ari_high", "ari_of_chance", "ari_of_photos"])


def tabulate_unknown_networks(
    experiments: Mapping[str, Experiment],
    predictions: Mapping[str, str | Path],
    networks: str | Path,
    most: int,
    seed: int,
    csv: str | Path,
    tex: str | Path,
) -> None:
    """Read the predictions for test photos, by experiment, and the networks; write the table."""
    frame = unknown_networks_table(
        experiments,
        read_network_table(networks),
        {name: read_predictions(path) for name, path in predictions.items()},
        most,
        seed,
    )
    write_table(
        frame.assign(method=frame.method.map(GIVEN)),
        csv,
        tex,
        caption="Do images of unknown networks fall into groups, one for each network?",
        label="tab:unknown_networks",
        columns=COLUMNS,
        groups=(frame.experiment + frame.unknown + frame.unit).tolist(),
    )


def _groups(
    experiment: Experiment, networks: pd.DataFrame, found: Predictions, seed: int
) -> Iterator[tuple[str, Predictions]]:
    """Yield what the images are of, and their predictions: each kind of unknown networks that has two or more."""
    unknown = unknown_networks(experiment, networks)
    for what, rows in unknown.groupby("unknown", sort=False):
        if len(rows) > 1:
            yield str(what), found.select(np.isin(found.network, rows.network.to_numpy(str)))
    most = unknown.unknown.value_counts().max() if len(unknown) else 0
    drawn = np.random.default_rng(seed).permutation(np.intersect1d(found.classes, found.network))[:most]
    if len(drawn) > 1:
        yield KNOWN, found.select(np.isin(found.network, drawn))


def _agreement(networks: np.ndarray, sources: np.ndarray, clusters: np.ndarray, seed: int) -> dict[str, Any]:
    frame = pd.DataFrame({"network": networks, "source": sources, "cluster": clusters})
    low, high = jackknife_interval(frame, lambda rows: adjusted_rand_score(rows.network, rows.cluster), (-0.5, 1.0))
    return {
        "images": len(frame),
        "networks": frame.network.nunique(),
        "clusters": len(set(clusters)),
        "ari": adjusted_rand_score(networks, clusters),
        "ari_low": low,
        "ari_high": high,
        "ari_of_chance": chance_of_agreement(networks, clusters, PERMUTATIONS, seed),
        "ari_of_photos": adjusted_rand_score(sources, clusters),
    }

"""Tables of results with made-up numbers, of a study with custom and published networks and PRNU."""

import numpy as np
import pandas as pd


def accuracy(mean, low, high, stem="accuracy", std=np.nan):
    return {f"{stem}_mean": mean, f"{stem}_low": low, f"{stem}_high": high, f"{stem}_std": std}


def tables():
    """Tables of a study with custom and published networks, and PRNU, with made-up numbers."""
    prnu = {"prnu_wavelet_euclidean": 13.0, "prnu_wavelet_euclidean_low": 3.3, "prnu_wavelet_euclidean_high": 39.7}
    apart = {"accuracy_networks_low": 27.2, "accuracy_networks_high": 69.3}
    apart |= {"prnu_wavelet_euclidean_networks_low": -5.2, "prnu_wavelet_euclidean_networks_high": 6.4}
    groups = [
        {"hyperparameter": "all", "value": "all", **accuracy(70.0, 56.2, 80.9, std=0.8), **prnu, "chance": 2.1},
        {"hyperparameter": "difference", "value": "scale 4 - 2", **accuracy(15.4, 1.0, 29.8), **prnu}
        | {"accuracy_networks_low": -2.9, "accuracy_networks_high": 33.6},
        {"hyperparameter": "difference", "value": "adversarial - L1", **accuracy(48.2, 46.0, 50.5), **prnu, **apart},
    ]
    triplets = [
        {"scale": "all", "loss": "all", "left_out": np.nan, **accuracy(84.7, 78.2, 89.6), **prnu, "chance": 33.3}
    ]
    published = [{"network": "mean", "scale": "all", "loss": "all", **accuracy(57.5, 40.9, 72.6), "chance": 9.1}]
    paper = {"PretrainedClassifierAcc": 87.5, "LossAccRange": 10.2, "ScaleAccRange": 1.2}
    paper |= {"DistinctionBetweenSeedAcc": 98.6, "PRNUDistinctionBetweenSeedAcc": 62.2, "PRNULossAccRange": -32.4}
    return {
        "accuracy_by_hyperparameter": pd.DataFrame(groups),
        "seed_triplets": pd.DataFrame(triplets),
        "published_networks": pd.DataFrame(published),
        "values": pd.DataFrame({"name": list(paper), "paper": list(paper.values()), "paper_std": np.nan}).assign(
            ours=50.0, ours_std=1.0, ours_low=40.0, ours_high=60.0, where="Section 4"
        ),
    }

"""Seed triplets: networks that differ only by their training seed.

An image of one of the three is attributed by a classifier of all networks, whose scores are restricted to the three
(section 4.1.1 and Figure 4 of the paper).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.study.experiments import HYPERPARAMETERS


def seed_triplets(networks: pd.DataFrame) -> pd.DataFrame:
    """Triplets among the custom ``networks``, in table order.

    One row per triplet: its hyperparameters, and ``members``, a list of names. A triplet has one
    network of every training seed (three in the paper, hence the name). No rows if there is only one seed.
    """
    custom = networks[networks.origin == "custom"]
    seeds = set(custom.seed)
    groups = custom.groupby(list(HYPERPARAMETERS), sort=False)
    rows = [[*values, list(group.network)] for values, group in groups if len(seeds) > 1 and set(group.seed) == seeds]
    return pd.DataFrame(rows, columns=[*HYPERPARAMETERS, "members"])


def restrict(predictions: Predictions, members: list[str]) -> Predictions:
    """Select the images made by ``members``, with only the scores of these classes, in the order of ``members``.

    Probabilities are renormalised to sum to 1 (to equal ones if all are 0); distances and
    correlations stay as they are. Raises KeyError when ``predictions`` has no such class.
    """
    columns = pd.Index(predictions.classes).get_indexer(pd.Index(members))
    if (columns < 0).any():
        raise KeyError(f"classes without {np.array(members)[columns < 0].tolist()}")
    rows = np.isin(predictions.actual, members)
    scores = predictions.scores[np.ix_(rows, columns)]
    if predictions.attributes.get("score") == "probability":
        total = scores.sum(axis=1, keepdims=True)
        scores = np.divide(scores, total, out=np.full_like(scores, 1 / len(members)), where=total > 0)
    return replace(predictions.select(rows), classes=np.array(members), scores=scores)


def triplet_answers(predictions: Predictions, networks: pd.DataFrame) -> pd.DataFrame:
    """Whether each image of a network in a triplet is attributed to it, rather than to another of the triplet.

    One row per image: architecture, dataset, scale and loss of its triplet, its photo (``source``), and ``correct``;
    chance is one in three. ``predictions`` are attributions of the custom networks, by a classifier or by PRNU. No
    rows if there are no triplets.
    """
    frames = [pd.DataFrame(columns=[*HYPERPARAMETERS, "source", "correct"])]
    for triplet in seed_triplets(networks).to_dict("records"):
        answers = restrict(predictions, triplet.pop("members"))
        frames.append(pd.DataFrame({**triplet, "source": answers.source, "correct": answers.correct}))
    return pd.concat(frames[1:] or frames)

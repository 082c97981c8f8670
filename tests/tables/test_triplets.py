import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.tables.triplets import restrict, seed_triplets, triplet_answers


def network(name, dataset="natural", scale=2, seed=1, origin="custom"):
    values = {"architecture": "EDSR", "dataset": dataset, "scale": scale, "loss": "L1"}
    return {"network": name, **values, "seed": seed, "origin": origin}


NETWORKS = pd.DataFrame(
    [
        network("a1", seed="1"),
        network("a2", seed="2"),
        network("a3", seed="3"),
        network("b1", dataset="texture", seed="1"),
        network("c1", scale=4, seed="1"),
        network("c2", scale=4, seed="2"),
        network("p", seed="NA", origin="published"),
    ]
)
CLASSES = np.array(["b1", "a1", "a2", "a3", "c1"])


def predictions(actual, scores, score):
    actual = np.array(actual)
    return Predictions(
        photo=np.arange(len(actual)).astype(str),
        source=np.arange(len(actual)).astype(str),
        network=actual,
        actual=actual,
        classes=CLASSES,
        scores=np.array(scores, np.float32),
        features=np.zeros((len(actual), 0), np.float32),
        attributes={"score": score},
    )


def test_a_triplet_has_a_network_of_every_seed():
    """``c`` lacks seed 3, ``b`` has seed 1 alone, and ``p`` is not ours."""
    triplets = seed_triplets(NETWORKS)
    assert triplets.to_dict("records") == [
        {
            "architecture": "EDSR",
            "dataset": "natural",
            "scale": 2,
            "loss": "L1",
            "members": ["a1", "a2", "a3"],
        }
    ]


def test_one_seed_makes_no_triplets():
    assert seed_triplets(NETWORKS[NETWORKS.seed == "1"]).empty


def test_restricted_probabilities_are_renormalised():
    """0.1, 0.2 and 0.1 of a1, a2 and a3, with 0.6 elsewhere, are a quarter, a half and a quarter."""
    given = predictions(["a2", "b1"], [[0.5, 0.1, 0.2, 0.1, 0.1], [1, 0, 0, 0, 0]], "probability")
    restricted = restrict(given, ["a3", "a1", "a2"])
    np.testing.assert_allclose(restricted.scores, [[0.25, 0.25, 0.5]], rtol=1e-6)
    assert restricted.actual.tolist() == ["a2"] and restricted.photo.tolist() == ["0"]
    assert given.predicted.tolist() == ["b1", "b1"] and restricted.predicted.tolist() == ["a2"]


def test_probabilities_of_nothing_become_equal_ones():
    given = predictions(["a1"], [[1, 0, 0, 0, 0]], "probability")
    np.testing.assert_allclose(restrict(given, ["a1", "a2"]).scores, [[0.5, 0.5]])


def test_distances_are_restricted_as_they_are():
    given = predictions(["a1"], [[-1, -5, -3, -4, -2]], "negative_distance")
    assert restrict(given, ["a1", "a2", "a3"]).scores.tolist() == [[-5, -3, -4]]


def test_members_without_a_class_are_named():
    with pytest.raises(KeyError, match="c2"):
        restrict(predictions(["a1"], [[1, 0, 0, 0, 0]], "probability"), ["a1", "c2"])


@pytest.mark.parametrize("score", ["negative_distance", "correlation", "probability"])
def test_accuracy_counts_only_confusion_within_the_triplet(score):
    """The first two images are taken for b1 over all classes, but are right among the three; the third is not."""
    scores = [
        [0.6, 0.3, 0.1, 0.0, 0.0],
        [0.5, 0.0, 0.1, 0.2, 0.2],
        [0.0, 0.1, 0.2, 0.3, 0.4],
        [0.9, 0.1, 0.0, 0.0, 0.0],
    ]
    found = triplet_answers(predictions(["a1", "a3", "a2", "b1"], scores, score), NETWORKS)
    assert found.correct.tolist() == [True, True, False]
    assert found.source.tolist() == ["0", "1", "2"] and set(found.scale) == {2}

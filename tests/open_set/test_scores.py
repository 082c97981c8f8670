"""Scores are larger for what is unlike the known, agree with pytorch-ood, and are of each image alone."""

import numpy as np
import pytest
import torch
from pytorch_ood.detector import KNN, EnergyBased, Mahalanobis, MaxSoftmax
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from sr_fingerprints.open_set import scores
from sr_fingerprints.open_set.names import SCORES

CLASSES, EACH, DIMENSIONS = 6, 80, 12
RANDOM = np.random.default_rng(0)
MEANS = RANDOM.normal(size=(CLASSES, DIMENSIONS)) * 4
SPREAD = RANDOM.normal(size=(DIMENSIONS, DIMENSIONS)) / 3
HEAD = RANDOM.normal(size=(DIMENSIONS, CLASSES))


def drawn(means, each, seed):
    noise = np.random.default_rng(seed).normal(size=(len(means), each, DIMENSIONS)) @ SPREAD
    return (means[:, None] + noise).reshape(-1, DIMENSIONS)


NETWORKS = np.repeat([f"network {label}" for label in range(CLASSES)], EACH)
FEATURES = drawn(MEANS, EACH, 1)
KNOWN = scores.describe_known(FEATURES, NETWORKS)
LIKE = drawn(MEANS, 40, 2)
UNLIKE = drawn(np.random.default_rng(3).normal(size=(CLASSES, DIMENSIONS)) * 4, 40, 4)
TESTED = np.concatenate([LIKE, UNLIKE])
IS_UNLIKE = np.repeat([False, True], [len(LIKE), len(UNLIKE)])
OF_FEATURES = [scores.mahalanobis, scores.nearest_neighbours, scores.gaussian_mixture]


def softmax(logits):
    return torch.from_numpy(logits).softmax(1).numpy()


@pytest.mark.parametrize("score", OF_FEATURES)
def test_it_is_larger_for_what_is_unlike_the_known(score):
    assert roc_auc_score(IS_UNLIKE, score(KNOWN, TESTED)) > 0.99


@pytest.mark.parametrize("score", OF_FEATURES)
def test_it_cannot_tell_two_halves_of_the_known(score):
    halves = roc_auc_score(np.arange(len(LIKE)) % 2, score(KNOWN, LIKE))
    assert halves == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("score", OF_FEATURES)
def test_each_image_is_scored_by_itself(score):
    order = np.random.default_rng(5).permutation(len(TESTED))
    assert score(KNOWN, TESTED[order]) == pytest.approx(score(KNOWN, TESTED)[order], rel=1e-9)
    assert np.isfinite(score(KNOWN, TESTED)).all()


@pytest.mark.parametrize("score", [scores.mahalanobis, scores.gaussian_mixture])
def test_units_of_features_do_not_matter(score):
    """Of feature vectors scaled as a whole; the norm of neighbours is 1 anyway."""
    scaled = score(scores.describe_known(FEATURES * 1000, NETWORKS), TESTED * 1000)
    assert spearmanr(scaled, score(KNOWN, TESTED)).statistic > 0.9999


@pytest.mark.parametrize("score", OF_FEATURES)
@pytest.mark.parametrize("images", [1, 2, 5])
def test_few_images_of_each_network_and_many_features_suffice(score, images):
    few = np.arange(len(FEATURES)) % EACH < images
    wide = np.pad(FEATURES, ((0, 0), (0, 30)))  # features that never vary, as dead units have
    known = scores.describe_known(wide[few], NETWORKS[few])
    assert roc_auc_score(IS_UNLIKE, score(known, np.pad(TESTED, ((0, 0), (0, 30))))) > 0.9


def test_probability_and_energy_are_those_of_pytorch_ood():
    logits = TESTED @ HEAD
    given = torch.from_numpy(logits)
    assert scores.maximum_probability(softmax(logits)) == pytest.approx(MaxSoftmax.score(given).numpy())
    assert scores.energy(logits) == pytest.approx(EnergyBased.score(given).numpy())


def test_energy_knows_what_probabilities_do_not():
    """Adding a constant to all logits changes no probability."""
    logits = TESTED @ HEAD
    assert softmax(logits + 7) == pytest.approx(softmax(logits))
    assert scores.energy(logits + 7) == pytest.approx(scores.energy(logits) - 7)


def test_neighbours_are_those_of_pytorch_ood():
    detector = KNN(None, k=5, normalize=True)
    detector.fit_features(torch.from_numpy(FEATURES), torch.zeros(len(FEATURES)))
    expected = detector.predict_features(torch.from_numpy(TESTED)).numpy()
    assert scores.nearest_neighbours(KNOWN, TESTED, 5) == pytest.approx(expected, abs=1e-6)


def test_distances_are_those_of_pytorch_ood_but_for_shrinkage():
    """It does not divide the covariance by the number of images, halves the distance, and shrinks nothing."""
    many = drawn(MEANS, 2000, 6)
    labels = np.repeat(np.arange(CLASSES), 2000)
    detector = Mahalanobis(None).fit_features(torch.from_numpy(many).float(), torch.from_numpy(labels))
    expected = detector.predict_features(torch.from_numpy(TESTED).float()).numpy() * 2 * len(many)
    found = scores.mahalanobis(scores.describe_known(many, labels), TESTED)
    assert np.corrcoef(found, expected)[0, 1] > 0.99
    assert np.median(found / expected) == pytest.approx(1, abs=0.1)


def test_all_scores_have_the_names_of_the_tables():
    logits = TESTED @ HEAD
    found = scores.all_scores(KNOWN, softmax(logits), logits, TESTED)
    assert tuple(found) == SCORES
    assert {values.shape for values in found.values()} == {(len(TESTED),)}

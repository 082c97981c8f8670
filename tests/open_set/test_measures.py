"""Measures of open-set recognition, on scores whose answer is known."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from sr_fingerprints.open_set.measures import (
    auroc,
    auroc_of_random_groups,
    fpr_at_tpr,
    oscr,
    oscr_curve,
    rejected,
    threshold,
)

RANDOM = np.random.default_rng(0)
KNOWN, UNKNOWN = RANDOM.normal(size=400), RANDOM.normal(1, 1, size=300)
CORRECT = RANDOM.random(400) < 0.7


def test_perfect_scores():
    known, unknown = np.arange(10.0), np.arange(10.0, 15)
    correct = np.arange(10) < 6
    assert (auroc(known, unknown), fpr_at_tpr(known, unknown), oscr(known, correct, unknown)) == (1, 0, 0.6)
    assert (auroc(unknown, known), oscr(unknown, np.ones(5, bool), known)) == (0, 0)
    assert fpr_at_tpr(unknown, known) == 1


def test_scores_that_say_nothing():
    same = np.zeros(20)
    assert (auroc(same, same), fpr_at_tpr(same, same)) == (0.5, 1)
    assert oscr(same, np.arange(20) < 15, same) == pytest.approx(0.75 / 2)


def test_the_area_is_that_of_scikit_learn_with_ties_too():
    known, unknown = KNOWN.round(1), UNKNOWN.round(1)
    expected = roc_auc_score(np.repeat([0, 1], [400, 300]), np.concatenate([known, unknown]))
    assert auroc(known, unknown) == pytest.approx(expected)


def test_the_area_of_random_groups_is_that_of_each_group():
    """Of one network of two, there are two possible areas."""
    networks = np.repeat(["a", "b"], 200)
    first = auroc(KNOWN[:200], KNOWN[200:])
    found = auroc_of_random_groups(KNOWN, networks, 1, 50, 0)
    assert {round(area, 12) for area in found} == {round(first, 12), round(1 - first, 12)}
    assert np.isnan(auroc_of_random_groups(KNOWN, networks, 2, 3, 0)).all()


def test_all_correct_makes_the_two_areas_one():
    assert oscr(KNOWN, np.ones(400, bool), UNKNOWN) == pytest.approx(auroc(KNOWN, UNKNOWN))
    assert oscr(KNOWN, CORRECT, UNKNOWN) < CORRECT.mean()


def test_the_curve_ends_at_the_accuracy():
    accepted, right = oscr_curve(KNOWN, CORRECT, UNKNOWN)
    assert (accepted[0], right[0], accepted[-1]) == (0, 0, 1)
    assert right[-1] == CORRECT.mean()
    assert (np.diff(accepted) >= 0).all() and (np.diff(right) >= 0).all()


def test_the_rate_is_that_of_the_roc_curve():
    labels = np.repeat([0, 1], [400, 300])
    fpr, tpr, _ = roc_curve(labels, np.concatenate([KNOWN, UNKNOWN]), drop_intermediate=False)
    assert fpr_at_tpr(KNOWN, UNKNOWN) == pytest.approx(fpr[np.argmax(tpr >= 0.95)])
    assert rejected(UNKNOWN, threshold(UNKNOWN)) == pytest.approx(0.95, abs=1 / 300)


def test_of_nothing_nothing_is_known():
    none = np.empty(0)
    values = [auroc(none, UNKNOWN), auroc(KNOWN, none), threshold(none), fpr_at_tpr(none, UNKNOWN)]
    values += [oscr(KNOWN, CORRECT, none), rejected(KNOWN, np.nan)]
    assert np.isnan(values).all()

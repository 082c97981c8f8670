"""Conformal prediction sets where coverage is known."""

import numpy as np
import pytest
from crepes import WrapClassifier

from sr_fingerprints.evidence.conformal import conformal_p_values


def drawn(images, seed, spread=2.0):
    random = np.random.default_rng(seed)
    logits = random.normal(size=(images, 5)) * spread
    actual = (logits + random.gumbel(size=logits.shape)).argmax(axis=1)
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), actual


@pytest.mark.parametrize("by_class", [False, True])
def test_exchangeable_images_are_covered_as_often_as_promised(by_class):
    (calibration, known), (test, actual) = drawn(2000, 1), drawn(4000, 2)
    values = conformal_p_values(calibration, known, test, by_class)
    for level in (0.8, 0.9, 0.95):
        sets = values > 1 - level
        covered = sets[np.arange(len(actual)), actual]
        assert covered.mean() == pytest.approx(level, abs=0.02)
        if by_class:
            for k in range(5):
                assert covered[actual == k].mean() == pytest.approx(level, abs=0.06)


def test_other_images_are_not_covered():
    """Answers that have nothing to do with the probabilities: the promise needs exchangeability."""
    (calibration, known), (test, _) = drawn(2000, 1, spread=6), drawn(4000, 2, spread=6)
    values = conformal_p_values(calibration, known, test, by_class=False)
    unrelated = np.random.default_rng(3).integers(0, 5, len(test))
    assert (values > 0.1)[np.arange(len(test)), unrelated].mean() < 0.5


def test_values_are_those_of_the_library_s_own_classes():
    class Fixed:
        classes_ = np.arange(5)

        def predict_proba(self, rows):
            return rows

    (calibration, known), (test, _) = drawn(60, 4), drawn(7, 5)
    for by_class in (False, True):
        wrapped = WrapClassifier(Fixed())
        wrapped.calibrate(calibration, known, class_cond=by_class)
        expected = wrapped.predict_p(test, smoothing=False)
        np.testing.assert_allclose(conformal_p_values(calibration, known, test, by_class), expected)


def test_eight_images_of_a_class_cannot_exclude_it_at_ninety_percent():
    calibration, known = np.tile(np.eye(5), (8, 1)), np.tile(np.arange(5), 8)
    values = conformal_p_values(calibration, known, np.eye(5)[:1], by_class=True)
    assert values.min() == pytest.approx(1 / 9)
    assert (conformal_p_values(calibration[:4], known[:4], np.eye(5)[:1], by_class=True)[:, 4] == 1).all()

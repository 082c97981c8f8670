"""Temperatures, and measures of calibration where the answer is known."""

import numpy as np
import pytest
from scipy.special import log_softmax

from sr_fingerprints.evidence.temperature import (
    RANGE,
    brier_score,
    calibration_error,
    error_if_calibrated,
    fit_temperature,
    negative_log_likelihood,
    tempered,
)
from sr_fingerprints.runtime.errors import InputError


@pytest.fixture(scope="module")
def drawn():
    """Logits, and classes that are drawn with the probabilities that these give."""
    random = np.random.default_rng(1)
    logits = random.normal(size=(20000, 8)) * 2
    uniform = random.gumbel(size=logits.shape)
    return logits, (logits + uniform).argmax(axis=1)


@pytest.mark.parametrize("factor", [0.25, 1, 4])
def test_the_temperature_undoes_what_was_done_to_the_logits(drawn, factor):
    logits, actual = drawn
    assert fit_temperature(factor * logits, actual) == pytest.approx(factor, rel=0.03)
    log_probabilities = log_softmax(factor * logits, axis=1)
    assert fit_temperature(log_probabilities, actual) == pytest.approx(fit_temperature(factor * logits, actual))
    assert (tempered(logits, factor).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_calibrated_probabilities_have_the_error_of_chance_and_others_more(drawn):
    logits, actual = drawn
    for factor, far in ((1, False), (3, True), (0.3, True)):
        log_probabilities = tempered(logits, 1 / factor)
        confidence, correct = np.exp(log_probabilities.max(axis=1)), log_probabilities.argmax(axis=1) == actual
        error, expected = calibration_error(confidence, correct, 15), error_if_calibrated(confidence, 15, seed=1)
        assert (error > 5 * expected) == far
        assert far or error == pytest.approx(expected, abs=0.005)


def test_more_bins_and_fewer_images_raise_the_error_of_calibrated_probabilities():
    """Which is why it stands beside the measured one."""
    confidence = np.random.default_rng(2).uniform(0.3, 1, 1000)
    few, many = (error_if_calibrated(confidence, bins, seed=1) for bins in (5, 50))
    assert many > 2 * few
    assert error_if_calibrated(confidence[:100], 5, seed=1) > 2 * few


def test_losses_by_hand():
    log_probabilities = np.log([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    actual = np.array([0, 1])
    assert negative_log_likelihood(log_probabilities, actual) == pytest.approx(-np.log([0.7, 0.1]))
    assert brier_score(log_probabilities, actual) == pytest.approx([0.09 + 0.04 + 0.01, 0.01 + 0.81 + 0.64])
    correct = np.array([True, False, True, True])
    assert calibration_error(np.array([0.6, 0.6, 0.9, 0.9]), correct, 2) == pytest.approx((0.1 + 0.1) / 2)


def test_perfect_answers_give_the_lowest_temperature_and_no_images_are_refused():
    assert RANGE[0] <= fit_temperature(np.eye(4), np.arange(4)) < 0.05
    with pytest.raises(InputError, match="no image of a network"):
        fit_temperature(np.empty((0, 3)), np.empty(0, np.intp))

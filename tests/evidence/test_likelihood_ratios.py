"""Likelihood ratios: costs and bounds with known answers, and against the package lir (see CONTRIBUTING.md)."""

import json
from pathlib import Path

import numpy as np
import pytest

from sr_fingerprints.evidence.likelihood_ratios import (
    STEP,
    cllr,
    cllr_min,
    empirical_bounds,
    fit_log_ratio,
    log_odds,
    verbal,
)
from sr_fingerprints.runtime.errors import InputError

LIR = json.loads((Path(__file__).parent / "lir.json").read_text())


@pytest.mark.parametrize("case", LIR["cases"], ids=lambda case: case["case"])
def test_costs_and_bounds_are_those_of_lir_where_each_photo_has_one_image_of_either_kind(case):
    ratios, own = np.array(case["own"] + case["others"]), len(case["own"])
    is_target = np.arange(len(ratios)) < own
    photo = np.array([*range(own), *range(len(ratios) - own)]).astype(str)
    assert cllr(ratios, is_target) == pytest.approx(case["cllr"], rel=1e-9)
    assert cllr_min(ratios, is_target) == pytest.approx(case["cllr_min"], rel=1e-9, abs=1e-12)
    assert empirical_bounds(ratios, is_target, photo) == pytest.approx(case["bounds"], abs=1e-9)


def test_costs_with_known_values():
    is_target = np.array([True, True, False, False])
    assert cllr(np.zeros(4), is_target) == 1
    assert cllr(np.array([30, 30, -30, -30.0]), is_target) == pytest.approx(0, abs=1e-12)
    assert cllr(np.log10([3, 3, 1 / 3, 1 / 3]), is_target) == pytest.approx(np.log2(4 / 3))
    assert np.isnan(cllr(np.zeros(4), np.ones(4, bool)))
    wrong = np.array([-5, -5, 5, 5.0])
    assert cllr(wrong, is_target) > 10 and cllr_min(wrong, is_target) == pytest.approx(1)


def test_calibration_cannot_make_ratios_cost_less_than_their_discrimination():
    random = np.random.default_rng(0)
    is_target = random.random(2000) < 0.3
    scores = random.normal(size=2000) + 2 * is_target
    intercept, slope = fit_log_ratio(scores, is_target)
    calibrated = intercept + slope * scores
    assert cllr_min(3 * calibrated + 1, is_target) == pytest.approx(cllr_min(calibrated, is_target))
    assert cllr_min(calibrated, is_target) <= cllr(calibrated, is_target) < cllr(3 * calibrated + 1, is_target)
    # of two normal densities with means 0 and 2 and variance 1, the natural log LR is 2 score - 2
    assert np.array([intercept, slope]) * np.log(10) == pytest.approx([-2, 2], abs=0.25)


def test_the_slope_of_separated_scores_is_finite_and_one_kind_alone_is_refused():
    is_target = np.array([True] * 5 + [False] * 5)
    _, slope = fit_log_ratio(np.where(is_target, 3.0, -3.0), is_target)
    assert 0 < slope < 10
    with pytest.raises(InputError, match="of one kind only"):
        fit_log_ratio(np.zeros(3), np.ones(3, bool))


@pytest.mark.parametrize("photos", [1, 2, 5, 40])
@pytest.mark.parametrize("images", [1, 300])
def test_bounds_count_photos_and_not_images(photos, images):
    """Perfect LRs, and a hundred thousand comparisons if there are images enough: no more than the photos admit."""
    photo = np.repeat(np.arange(photos).astype(str), 8 * images)
    is_target = np.tile([True] + [False] * 7, photos * images)
    lowest, highest = empirical_bounds(np.where(is_target, 9.0, -9.0), is_target, photo)
    assert highest == pytest.approx(np.log10(photos), abs=1.5 * STEP)
    assert lowest == pytest.approx(-np.log10(photos), abs=1.5 * STEP)


def test_bounds_of_many_comparisons_an_image_are_those_of_as_many_observations():
    random = np.random.default_rng(0)
    ratios, is_target = random.normal(size=(60, 5)), random.random((60, 5)) < 0.2
    photo = np.repeat([f"photo {number}" for number in range(12)], 5)
    flat = empirical_bounds((ratios + 3 * is_target).ravel(), is_target.ravel(), np.repeat(photo, 5))
    assert empirical_bounds(ratios + 3 * is_target, is_target, photo) == flat
    assert flat[0] < 0 < flat[1]


def test_misleading_images_of_a_single_photo_lower_the_bound_by_what_they_are_a_share_of():
    photo = np.repeat(np.arange(20).astype(str), 20)
    is_target = np.tile([True] * 10 + [False] * 10, 20)
    ratios = np.where(is_target, 3.0, -3.0)
    _, perfect = empirical_bounds(ratios, is_target, photo)
    ratios[(photo == "0") & ~is_target] = 3.0
    _, misled = empirical_bounds(ratios, is_target, photo)
    assert misled == pytest.approx(perfect - np.log10(2), abs=2 * STEP)


@pytest.mark.parametrize("photos", [1, 2])
def test_with_two_photos_nothing_is_strong(photos):
    photo = np.repeat(np.arange(photos).astype(str), 1000)
    is_target = np.tile([True, False], photos * 500)
    bounds = empirical_bounds(np.where(is_target, 12.0, -12.0), is_target, photo)
    for ratio in (12.0, -12.0):
        words = verbal(ratio, bounds)
        assert "strong" not in words and "moderate" not in words


def test_words_of_the_scale():
    free = (-np.inf, np.inf)
    for ratio, words in (
        (0, "no support for either"),
        (np.log10(1.9), "no support for either"),
        (np.log10(2), "weak support for the network"),
        (1, "moderate support for the network"),
        (-2, "moderately strong support for the alternative"),
        (3.5, "strong support for the network"),
        (-4, "very strong support for the alternative"),
        (6, "extremely strong support for the network"),
    ):
        assert verbal(ratio, free) == words
    assert verbal(9, (-0.7, 0.7)) == "weak support for the network"


def test_log_odds_are_exact_where_a_probability_is_rounded_to_one():
    scores = np.array(
        [[0.0, -60.0, -61.0], [np.log(0.5), np.log(0.5), -90.0], [np.log(0.2), np.log(0.3), np.log(0.5)]]
    )
    found = log_odds(scores)
    assert found[0, 0] == pytest.approx(np.log(2) - np.log(np.exp(-60) + np.exp(-61)))
    assert found[1, :2] == pytest.approx(np.log(2), abs=1e-12)
    assert found[2] == pytest.approx(np.log([2 * 0.2 / 0.8, 2 * 0.3 / 0.7, 2 * 0.5 / 0.5]))
    assert np.isfinite(found).all()

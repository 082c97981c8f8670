"""Intervals cover what they should, count photos and not crops, and pair what is compared."""

import numpy as np
import pandas as pd
import pytest
from coverage_of_intervals import WORLDS, coverage

from sr_fingerprints.tables.statistics import (
    FEWEST_PHOTOS,
    chance_range,
    difference_interval,
    interval_over_photos,
    jackknife_interval,
)


def images(of_photos):
    """Rows of images, given for each photo which of its images are right."""
    return pd.DataFrame(
        [(f"photo {number}", right) for number, answers in enumerate(of_photos) for right in answers],
        columns=["source", "correct"],
    )


def test_the_interval_covers_the_truth():
    """300 studies of 60 photos that differ in difficulty, 8 images each: 95 % of the intervals hold the true mean."""
    random = np.random.default_rng(0)
    covered = []
    for _ in range(300):
        difficulty = random.beta(4, 1, size=60)  # mean 0.8
        low, high = interval_over_photos(images(random.random((60, 8)) < difficulty[:, None]))
        covered.append(low <= 0.8 <= high)
    assert 0.91 <= np.mean(covered) <= 0.98


def test_more_crops_of_the_same_photos_do_not_make_it_surer():
    random = np.random.default_rng(1)
    right = random.random(40) < 0.7
    once, often = ([[answer] * crops for answer in right] for crops in (1, 50))
    assert interval_over_photos(images(once)) == pytest.approx(interval_over_photos(images(often)), abs=0.002)


def test_it_is_deterministic_and_holds_the_mean():
    given = images(np.random.default_rng(2).random((30, 5)) < 0.6)
    low, high = interval_over_photos(given)
    assert (low, high) == interval_over_photos(given.sample(frac=1, random_state=0).sort_index())
    assert low < given.correct.mean() < high


def test_a_single_photo_tells_nothing():
    assert np.isnan(interval_over_photos(images([[True, False]]))).all()


def test_photos_that_are_all_right_do_not_make_certainty():
    low, high = interval_over_photos(images([[True] * 20] * 5))
    assert (low < 0.97, high) == (True, 1.0)
    low, high = difference_interval(images([[True] * 20] * 5).assign(second=[False, True] * 50), "second")
    assert low < -0.02 and high > 0.02


OURS = ["mean, ours", "difference over photos, for these networks", "difference over photos and networks, for all"]
BEFORE, TOO_BOLD = "mean, percentiles of the bootstrap", "difference over photos, for all networks"


@pytest.mark.parametrize("photos", [2, 3, 5, 10])
def test_few_photos_are_covered(photos):
    """Studies with known truths, with as few photos as there are: the whole table is in docs/statistics.md."""
    found = coverage(WORLDS["60 % right"], photos, [*OURS, BEFORE], 150)
    for name in OURS:
        assert found[name] > 0.9, name
    assert found[BEFORE] < found[OURS[0]]


def test_percentiles_of_two_photos_hold_half_of_what_they_claim():
    assert coverage(WORLDS["60 % right"], 2, [BEFORE], 200)[BEFORE] < 0.6


def test_a_claim_about_all_networks_needs_the_networks_as_a_sample():
    found = coverage(WORLDS["networks differ much"], 10, [TOO_BOLD, OURS[2]], 150)
    assert found[TOO_BOLD] < 0.85
    assert found[OURS[2]] > 0.9


def test_no_difference_is_rarely_called_one_from_as_many_photos_as_findings_ask_for():
    for world in ("60 % right", "85 %, few hard photos", "networks differ much"):
        held = coverage(WORLDS[world], FEWEST_PHOTOS, OURS[2:], 150)[OURS[2]]
        assert 1 - held < 0.07, world


def test_a_rare_kind_of_photo_is_missed_below_that():
    assert 0.8**FEWEST_PHOTOS < 1 / 3 < 0.8 ** (FEWEST_PHOTOS - 1)


def test_crossed_samples_are_at_least_as_wide_as_either():
    random = np.random.default_rng(6)
    rows = pd.MultiIndex.from_product([range(8), range(6), [False, True]], names=["source", "pair", "second"])
    given = rows.to_frame(index=False)
    hard, recipe = random.normal(size=8) * 0.1, random.normal(size=6) * 0.1
    given["correct"] = (0.5 + hard[given.source] + given.second * recipe[given.pair]).clip(0, 1)
    widths = {
        over: np.diff(difference_interval(given, "second", over=over))[0]
        for over in (("source",), ("pair",), ("source", "pair"))
    }
    assert widths[("source", "pair")] >= max(widths[("source",)], widths[("pair",)])


def test_a_group_without_images_has_no_interval():
    assert np.isnan(difference_interval(images([[True], [False]]).assign(second=True), "second")).all()


def test_what_makes_photos_hard_cancels_in_a_difference():
    """Of two networks one is better by 0.1 on every photo: photos vary widely, the difference not at all."""
    difficulty = np.random.default_rng(3).random(50) * 0.8
    rows = [(f"{i}", group, value + 0.1 * group) for i, value in enumerate(difficulty) for group in (False, True)]
    given = pd.DataFrame(rows, columns=["source", "better", "correct"])
    assert difference_interval(given, "better") == pytest.approx((0.1, 0.1), abs=1e-6)
    low, high = interval_over_photos(given)
    assert high - low > 0.1


def test_no_difference_is_covered_by_its_interval():
    random = np.random.default_rng(4)
    covered = []
    for _ in range(200):
        right = random.random((80, 2)) < random.beta(2, 2, size=80)[:, None]
        given = images(right).assign(second=np.tile([False, True], 80))
        low, high = difference_interval(given, "second")
        covered.append(low <= 0 <= high)
    assert 0.9 <= np.mean(covered) <= 0.99


def test_the_range_of_chance_covers_classifiers_that_know_nothing():
    """200 classifiers that say the same of all images of a network: few independent answers, and a wide range."""
    random = np.random.default_rng(5)
    actual = np.repeat([f"n{i}" for i in range(12)], 30)
    covered = []
    for _ in range(200):
        predicted = np.repeat([f"n{i}" for i in random.integers(12, size=12)], 30)
        low, high = chance_range(actual, predicted)
        covered.append(low <= (predicted == actual).mean() <= high)
        assert high - low > 0.1
    assert np.mean(covered) > 0.94


def test_knowing_the_classes_is_beyond_chance():
    actual = np.repeat([f"n{i}" for i in range(12)], 30)
    assert chance_range(actual, actual)[1] < 0.5


def mean_of(column):
    return lambda rows: rows[column].mean()


@pytest.mark.parametrize("bounds", [(0, 1), (-np.inf, np.inf)])
def test_the_jackknife_of_a_mean_covers_it_with_few_photos(bounds):
    random = np.random.default_rng(7)
    covered = []
    for _ in range(300):
        right = random.random((5, 20)) < random.beta(6, 4, size=5)[:, None]
        low, high = jackknife_interval(images(right), mean_of("correct"), bounds)
        covered.append(low <= 0.6 <= high)
    assert 0.9 <= np.mean(covered) <= 0.99


def test_the_jackknife_of_a_mean_is_the_interval_over_photos():
    given = images(np.random.default_rng(8).random((6, 30)) < np.linspace(0.4, 0.9, 6)[:, None])
    assert jackknife_interval(given, mean_of("correct")) == pytest.approx(interval_over_photos(given), abs=1e-9)


def test_the_jackknife_of_a_value_at_its_bound_has_a_width_and_stays_within():
    low, high = jackknife_interval(images([[True] * 20] * 5), mean_of("correct"))
    assert (low < 0.97, high) == (True, 1.0)
    scaled = images([[True] * 20] * 5).assign(value=lambda rows: 2.0 * rows.correct - 1)
    assert jackknife_interval(scaled, mean_of("value"), (-1, 1)) == pytest.approx((2 * low - 1, 1.0))


def test_the_jackknife_is_of_photos_and_not_of_images():
    right = np.random.default_rng(9).random((8, 1)) < 0.7
    given = (images(np.repeat(right, times, axis=1)) for times in (2, 50))
    once, often = (jackknife_interval(rows, mean_of("correct")) for rows in given)
    assert once == pytest.approx(often, abs=1e-6)


def test_a_single_photo_or_an_undefined_statistic_has_no_jackknife():
    assert np.isnan(jackknife_interval(images([[True, False]]), mean_of("correct"))).all()
    without_first = images([[True], [False], [True]])
    undefined = jackknife_interval(without_first, lambda rows: 1.0 if rows.source.eq("photo 0").any() else np.nan)
    assert np.isnan(undefined).all()

"""Intervals cover what they should, count photos and not crops, and pair what is compared."""

import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.statistics import chance_range, difference_interval, interval_over_photos


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
    assert interval_over_photos(images(once)) == pytest.approx(interval_over_photos(images(often)))


def test_it_is_deterministic_and_holds_the_mean():
    given = images(np.random.default_rng(2).random((30, 5)) < 0.6)
    low, high = interval_over_photos(given)
    assert (low, high) == interval_over_photos(given.sample(frac=1, random_state=0).sort_index())
    assert low < given.correct.mean() < high


def test_a_single_photo_tells_nothing():
    assert np.isnan(interval_over_photos(images([[True, False]]))).all()


def test_what_makes_photos_hard_cancels_in_a_difference():
    """Of two networks one is better by 0.1 on every photo: photos vary widely, the difference not at all."""
    difficulty = np.random.default_rng(3).random(50) * 0.8
    rows = [(f"{i}", group, value + 0.1 * group) for i, value in enumerate(difficulty) for group in (False, True)]
    given = pd.DataFrame(rows, columns=["source", "better", "correct"])
    assert difference_interval(given, "better") == pytest.approx((0.1, 0.1))
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

"""Thresholds keep what they promise, on fresh draws of photos."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from sr_fingerprints.attribution.model import NEVER
from sr_fingerprints.attribution.thresholds import Judged, accepting_score, lowest_threshold, upper_bound


def test_bound_of_independent_images_is_that_of_clopper_and_pearson():
    wrong = np.zeros(200, bool)
    wrong[:10] = True
    bound = upper_bound(wrong, np.arange(200).astype(str), confidence=0.95)
    assert binom.cdf(10, 200, bound) == pytest.approx(0.05, abs=0.003)


def test_images_of_a_photo_count_as_one_where_they_are_wrong_together():
    wrong = np.zeros(50, bool)
    wrong[:4] = True
    single = upper_bound(wrong, np.arange(50).astype(str))
    repeated = upper_bound(np.repeat(wrong, 30), np.repeat(np.arange(50), 30).astype(str))
    assert repeated == pytest.approx(single, rel=0.03)
    assert upper_bound(np.repeat(wrong, 30), np.arange(1500).astype(str)) < repeated - 0.03


def test_bound_without_errors_shrinks_with_photos_and_images():
    def of(photos, each):
        return upper_bound(np.zeros(photos * each, bool), np.repeat(np.arange(photos), each).astype(str))

    assert 1 > of(5, 1) > of(5, 10) > of(50, 10) > 0
    assert of(5, 100_000) > 0.02  # images of few photos never make it small
    assert upper_bound(np.zeros(0, bool), np.zeros(0, str)) == 1
    assert upper_bound(np.ones(3, bool), np.array(["a", "b", "c"])) == 1


@pytest.mark.parametrize("correlated", [False, True])
def test_bound_holds_as_often_as_its_confidence(correlated):
    random = np.random.default_rng(2)
    photo = np.repeat(np.arange(25), 20).astype(str)
    held = 0
    for _ in range(300):
        rate = np.repeat(random.beta(0.5, 9.5, 25), 20) if correlated else 0.05
        held += upper_bound(random.random(500) < rate, photo) >= 0.05
    assert 0.82 <= held / 300 <= (0.97 if not correlated else 1.0)


def test_promise_of_a_threshold_on_fresh_photos():
    """Of 60 draws of validation photos, the threshold chosen is rarely wrong about the population."""
    random = np.random.default_rng(5)

    def draw(photos):
        hard = np.repeat(random.normal(0, 0.7, photos), 40)
        confidence = random.random(photos * 40)
        wrong = random.random(photos * 40) > 1 / (1 + np.exp(-(6 * confidence - 1.5 + hard)))
        photo = np.repeat(np.arange(photos), 40).astype(str)
        return confidence, Judged(wrong, photo, np.where(np.arange(photos * 40) % 2, "clean", "web"))

    fresh_scores, fresh = draw(4000)
    broken = found = 0
    for _ in range(60):
        scores, judged = draw(40)
        threshold = lowest_threshold(lambda least, found=scores, judged=judged: judged.within(found >= least, 0.05))
        if threshold != NEVER:
            found += 1
            broken += fresh.wrong[fresh_scores >= threshold].mean() > 0.05
    assert found > 30 and broken <= 0.2 * found


def test_a_tier_may_not_break_the_promise_for_another():
    photo = np.arange(1000).astype(str)
    tier = np.where(np.arange(1000) < 900, "clean", "web")
    wrong = np.zeros(1000, bool)
    wrong[900:910] = True
    every = np.ones(1000, bool)
    assert not Judged(wrong, photo, tier).within(every, 0.05)
    assert Judged(wrong, photo, np.full(1000, "clean")).within(every, 0.05)


def test_parts_in_which_one_image_would_break_a_promise_are_not_looked_at_alone():
    part = np.where(np.arange(1000) < 981, "clean", "web")
    wrong = np.zeros(1000, bool)
    wrong[990] = True
    assert (part == "web").sum() == 19
    assert Judged(wrong, np.arange(1000).astype(str), part).within(np.ones(1000, bool), 0.05)


def test_thresholds_that_nothing_keeps():
    assert lowest_threshold(lambda threshold: False) == NEVER
    assert lowest_threshold(lambda threshold: True) == 0.5


def test_a_lower_threshold_that_keeps_a_promise_by_chance_is_not_taken():
    kept = {0.5: True, 0.7: False, 0.9: True, 0.99: False}
    assert lowest_threshold(lambda threshold: kept[threshold], kept) == 0.9


def scores_of(random, photos, images, between, within=0.5):
    """Scores whose logarithms are normal around an effect of the photo, and their photos."""
    effects = np.repeat(between * random.standard_normal(photos), images)
    return np.exp(effects + within * random.standard_normal(photos * images)), np.repeat(np.arange(photos), images)


@pytest.mark.parametrize("photos", [3, 9, 30])
@pytest.mark.parametrize("between", [0.0, 0.3, 1.0])
def test_images_of_new_photos_are_accepted_as_often_as_promised(photos, between):
    """On average over draws of the validation photos, and as if their effects were known where they are many."""
    random = np.random.default_rng(photos)
    thresholds = np.array([accepting_score(*scores_of(random, photos, 60, between), share=0.95) for _ in range(150)])
    accepted = norm.cdf(np.log(thresholds) / np.hypot(between, 0.5))
    assert 0.945 <= accepted.mean() <= 0.98
    if photos == 30:
        assert accepted.mean() < 0.965


def test_the_quantile_of_few_photos_would_accept_fewer():
    random = np.random.default_rng(1)
    draws = [scores_of(random, 9, 60, 0.5) for _ in range(300)]
    plain = np.mean([norm.cdf(np.log(np.quantile(scores, 0.95)) / np.hypot(0.5, 0.5)) for scores, _ in draws])
    found = np.mean([norm.cdf(np.log(accepting_score(*draw, share=0.95)) / np.hypot(0.5, 0.5)) for draw in draws])
    assert plain < 0.94 < 0.948 < found < 0.965


def test_photos_that_do_not_differ_or_a_single_one_have_the_quantile():
    scores = np.exp(np.random.default_rng(0).standard_normal(400))
    assert accepting_score(scores, np.zeros(400), 0.95) == np.quantile(scores, 0.95)
    assert accepting_score(np.tile(scores, 2), np.repeat([0, 1], 400), 0.95) == np.quantile(np.tile(scores, 2), 0.95)


def test_photos_weigh_the_same_however_many_images_they_have():
    few = accepting_score(*scores_of(np.random.default_rng(3), 5, 2000, 0.3), share=0.95)
    scores, photo = scores_of(np.random.default_rng(3), 5, 2000, 0.3)
    keep = (photo > 0) | (np.arange(len(photo)) % 4 == 0)
    assert accepting_score(scores[keep], photo[keep], 0.95) == pytest.approx(few, rel=0.03)

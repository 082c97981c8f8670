"""Known answers of a model: Gaussian features whose posterior probabilities follow from their densities."""

from dataclasses import replace

import numpy as np
import pytest
from attribution_data import gaussian, separated, sources
from scipy.stats import multivariate_normal

from sr_fingerprints.attribution.fitting import ACCEPTED, FEWEST_IMAGES, as_used, conformal_least, fit_model
from sr_fingerprints.attribution.observations import joined
from sr_fingerprints.attribution.thresholds import accepting_score
from sr_fingerprints.evidence.conformal import conformal_p_values
from sr_fingerprints.runtime.errors import InputError

SOURCES = sources(4)
NAMES = [source.name for source in SOURCES]
MEANS = separated(len(SOURCES), 5, 2.5)


def observed(split, photos, distance=1.0, **settings):
    return gaussian(MEANS * distance, NAMES, split, photos, **settings)


@pytest.fixture(scope="module")
def model():
    return fit_model(SOURCES, observed("train", 60), observed("validation", 60, tiles=2))


@pytest.fixture(scope="module")
def test():
    return observed("test", 60, tiles=2)


def actual(images):
    return np.array([NAMES.index(name) for name in images.name])


def test_posteriors_are_those_of_the_densities(model, test):
    densities = np.stack([multivariate_normal(mean).logpdf(test.features) for mean in MEANS], axis=1)
    expected = np.exp(densities - np.logaddexp.reduce(densities, axis=1, keepdims=True))
    found = np.exp(model.log_posteriors(test.features, test.crops))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert np.abs(found - expected).mean() < 0.01
    assert model.temperatures[0, 0] == pytest.approx(1, abs=0.05) and np.isinf(model.temperatures[:, 1]).all()


def test_overconfident_scores_are_tempered():
    """Images of validation photos vary twice as much as those of training photos: a standard deviation of 2."""
    model = fit_model(SOURCES, observed("train", 60), observed("validation", 60, tiles=2, spread=2))
    assert model.temperatures[0, 0] == pytest.approx(4, rel=0.15)  # exponents have the variance as denominator


def test_scores_of_means_and_head_are_weighed_on_validation_images():
    """A head with the log densities of two dimensions, beside means that know the other three: both are needed."""
    seen = MEANS.copy()
    seen[:, :2] = 0
    training, validation = gaussian(seen, NAMES, "train", 60), observed("validation", 60)
    weights = np.where(np.arange(5) < 2, MEANS, 0).astype(np.float32)
    head = (weights, (-0.5 * (weights**2).sum(axis=1)).astype(np.float32))
    models = {scores: fit_model(SOURCES, training, validation, head, scores) for scores in ("means", "head", "both")}
    models["all by means"] = fit_model(SOURCES, observed("train", 60), validation)
    images = observed("test", 60)
    losses = {
        scores: -model.log_posteriors(images.features, images.crops)[np.arange(len(images)), actual(images)].mean()
        for scores, model in models.items()
    }
    assert losses["both"] == pytest.approx(losses["all by means"], rel=0.02)
    assert losses["both"] < 0.9 * min(losses["means"], losses["head"])
    np.testing.assert_allclose(models["both"].temperatures[0], 1, rtol=0.15)
    useless = (np.zeros_like(weights), np.zeros(len(NAMES), np.float32))
    alone = fit_model(SOURCES, training, validation, useless, "both")
    found, expected = (model.log_posteriors(images.features, images.crops) for model in (alone, models["means"]))
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_a_model_without_information_gives_equal_probabilities():
    model = fit_model(SOURCES, observed("train", 20, distance=0), observed("validation", 20, distance=0))
    images = observed("test", 20, distance=0)
    found = np.exp(model.log_posteriors(images.features, images.crops))
    np.testing.assert_allclose(found, 1 / len(NAMES), atol=0.1)
    assert set(model.decide(images.features, images.crops).decision) <= {
        "undecided",
        "unknown",
        "group",
        "not_super_resolved",
    }
    assert (model.decide(images.features, images.crops).decision == "network").sum() == 0


def test_ratios_are_bounded_by_the_number_of_photos(model, test):
    ratios = model.log10_ratios(model.log_posteriors(test.features, test.crops))
    assert -np.log10(61) <= model.lowest < 0 < model.highest <= np.log10(61)
    assert ratios.min() >= model.lowest and ratios.max() <= model.highest
    own = actual(test)[:, None] == np.arange(len(NAMES))
    assert ratios[own].mean() > 0 > ratios[~own].mean()


def test_a_condition_that_moves_the_features_of_each_source_otherwise():
    """Sources take the places of others in one of the conditions: one mean of each is of no use."""
    swapped = MEANS[::-1]

    def both(split, photos):
        pristine, web = (gaussian(4 * means, NAMES, split, photos) for means in (MEANS, swapped + 5))
        return joined([pristine.select(pristine.tier == "clean"), web.select(web.tier == "web")])

    test = both("test", 10)
    model = fit_model(SOURCES, both("train", 20), both("validation", 20))
    found = model.log_posteriors(test.features, test.crops).argmax(axis=1)
    assert (found == actual(test)).mean() > 0.97
    alike = replace(model, means=np.repeat(model.means.mean(axis=1, keepdims=True), 2, axis=1))
    assert (alike.log_posteriors(test.features, test.crops).argmax(axis=1) == actual(test)).mean() < 0.5


def test_every_source_needs_every_condition():
    training = observed("train", 3)
    with pytest.raises(InputError, match="none of N1 in the condition jpeg_90"):
        fit_model(SOURCES, training.select((training.name != "N1") | (training.tier == "clean")), training)


def test_one_image_is_a_batch_of_one(model, test):
    crops = test.features[:7]
    mean, number = crops.astype(float).mean(axis=0)[None], np.array([7])
    np.testing.assert_array_equal(model.posterior(crops), np.exp(model.log_posteriors(mean, number)[0]))
    assert model.open_set_score(crops) == model.open_set(mean, number)[0][0]
    np.testing.assert_array_equal(
        model.prediction_set(crops), model.prediction_sets(model.log_posteriors(mean, number))[0]
    )
    np.testing.assert_array_equal(
        model.log10_likelihood_ratios(crops), model.log10_ratios(model.log_posteriors(mean, number))[0]
    )


def test_known_images_are_accepted_and_distant_ones_are_not(model, test):
    scores, unknown_from = model.open_set(test.features, test.crops)
    assert (scores >= unknown_from).mean() == pytest.approx(0.05, abs=0.02)
    far = test.features + 20
    assert (model.decide(far, test.crops).decision == "unknown").all()


def test_each_condition_has_the_open_set_threshold_of_its_own_spread():
    """Web images lie far from clean ones, and spread less: one threshold of all would reject clean images alone."""

    def both(split, photos):
        clean, web = (
            gaussian(MEANS * 4 + shift, NAMES, split, photos, spread=spread) for shift, spread in ((0, 2), (16, 0.5))
        )
        return joined([clean.select(clean.tier == "clean"), web.select(web.tier == "web")])

    model = fit_model(SOURCES, both("train", 30), both("validation", 30))
    assert model.open_set_thresholds.shape == (len(model.crops_from), 2)
    web, clean = (model.conditions.index(name) for name in ("jpeg_90", "pristine"))
    assert (model.open_set_thresholds[:, clean] > 4 * model.open_set_thresholds[:, web]).all()
    images = both("test", 40)
    scores, unknown_from = model.open_set(images.features, images.crops)
    assert (model.nearest_means(images.features)[1] == np.where(images.tier == "web", web, clean)).all()
    for tier in ("clean", "web"):
        assert (scores >= unknown_from)[images.tier == tier].mean() == pytest.approx(0.05, abs=0.025)
    one = np.quantile(scores, 0.95)
    assert (scores >= one)[images.tier == "clean"].mean() > 0.09 and not (scores >= one)[images.tier == "web"].any()


def test_each_condition_has_the_thresholds_that_its_images_need():
    """Web images lie elsewhere, and where their sources are alike: what names clean images would be wrong there."""

    def both(split, photos):
        clean, web = (gaussian(MEANS * near + shift, NAMES, split, photos) for near, shift in ((2.5, 0), (1.2, 24)))
        return joined([clean.select(clean.tier == "clean"), web.select(web.tier == "web")])

    model = fit_model(SOURCES, both("train", 60), both("validation", 60))
    web, clean = (model.thresholds[model.conditions.index(name)] for name in ("jpeg_90", "pristine"))
    assert 0.5 <= clean.network < web.network
    images = both("test", 60)
    decided = model.decide(images.features, images.crops)
    named = decided.decision == "network"
    of_clean = images.tier == "clean"
    assert (decided.best == actual(images))[named & of_clean].mean() > 0.95
    assert named[of_clean].mean() > 0.5 > named[~of_clean].mean()
    strict = replace(model, thresholds=(max(web, clean, key=lambda each: each.network),) * 2)
    assert (strict.decide(images.features, images.crops).decision == "network")[of_clean].mean() < named[
        of_clean
    ].mean()


def test_conditions_with_few_images_of_a_size_share_a_threshold():
    """Of each condition there are as many as it takes, but for the web: of those all images of the size count."""

    def moved(images, keep):
        shift = np.where(images.tier == "web", 40.0, 0.0).astype(np.float32)[:, None]
        return replace(images, features=images.features + shift).select(keep)

    training, validation = observed("train", 60), observed("validation", 60, tiles=1)
    few = (validation.tier == "clean") | np.isin(
        validation.photo, [f"validation photo {place}" for place in range(9)]
    )
    assert 0 < (few & (validation.tier == "web")).sum() < FEWEST_IMAGES
    model = fit_model(SOURCES, moved(training, np.ones(len(training), bool)), moved(validation, few))
    images, _ = as_used(model, moved(validation, few))
    scores, conditions = model.nearest_means(images.features)
    web, clean = (model.conditions.index(name) for name in ("jpeg_90", "pristine"))
    of_clean = conditions == clean
    assert model.open_set_thresholds.shape == (1, 2)
    assert model.open_set_thresholds[0, web] == accepting_score(scores, images.photo, ACCEPTED)
    assert model.open_set_thresholds[0, clean] == accepting_score(scores[of_clean], images.photo[of_clean], ACCEPTED)


def test_prediction_sets_have_the_actual_class_as_often_as_promised(model, test):
    inside = model.prediction_sets(model.log_posteriors(test.features, test.crops))[
        np.arange(len(test)), actual(test)
    ]
    assert inside.mean() == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("images", [5, 18, 19, 20, 39, 200])
def test_prediction_sets_are_those_of_crepes(images):
    random = np.random.default_rng(images)
    probabilities, test = (random.dirichlet(np.ones(3), size) for size in (3 * images, 500))
    actual = np.repeat(np.arange(3), images)
    expected = conformal_p_values(probabilities, actual, test, by_class=True) > 0.05 + 1e-12
    np.testing.assert_array_equal(test >= conformal_least(probabilities, actual), expected)


def test_decisions_of_separated_sources():
    model = fit_model(SOURCES, observed("train", 20, distance=8), observed("validation", 40, distance=8))
    images = observed("test", 20, distance=8)
    decided = model.decide(images.features, images.crops)
    networks = np.array([SOURCES[place].kind == "network" for place in actual(images)])
    kept = decided.decision != "unknown"
    assert kept.mean() > 0.9
    assert (decided.decision[kept] == np.where(networks, "network", "not_super_resolved")[kept]).all()
    assert (decided.best[kept] == actual(images)[kept]).all()


def test_decisions_do_not_depend_on_other_images(model, test):
    together, first = model.decide(test.features, test.crops), model.decide(test.features[:1], test.crops[:1])
    assert first.decision[0] == together.decision[0] and first.best[0] == together.best[0]
    np.testing.assert_allclose(first.probability[0], together.probability[0], rtol=1e-12)

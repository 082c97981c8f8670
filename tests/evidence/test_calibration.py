"""What is fitted on which photos, its file, and what it does to scores."""

import json

import numpy as np
import pytest
from evidence_images import CLASSES, NETWORKS, predictions

from sr_fingerprints.evidence.calibration import (
    ALL_PHOTOS,
    apply_fitted,
    fit_all,
    fit_calibration,
    fit_evidence,
    images_by_origin,
    read_fitted,
    target_matrix,
)
from sr_fingerprints.evidence.held_out import FITS, MOST_FOLDS, OTHER_PHOTOS, VALIDATION, held_out, splits
from sr_fingerprints.evidence.likelihood_ratios import cllr, verbal
from sr_fingerprints.files.predictions import write_predictions
from sr_fingerprints.runtime.errors import InputError

TEST_PHOTOS = ["t1", "t2", "t3"]


@pytest.fixture(scope="module")
def images():
    return held_out(NETWORKS, predictions("test", TEST_PHOTOS), predictions("validation", ["v"]))


def test_twins_are_left_out_and_everything_else_is_an_alternative(images):
    assert images_by_origin(images) == {"custom": 4, "published": 1, "real": 1, "interpolated": 1}
    assert set(images.network[~images.known]) == {"P", "real", "bicubic-x2"}
    assert (images.classes[images.actual[images.known]] == images.network[images.known]).all()
    assert target_matrix(images).sum() == images.known.sum()


@pytest.mark.parametrize("fit", FITS)
def test_nothing_is_applied_to_a_photo_that_it_was_fitted_on(images, fit):
    applied = np.zeros(len(images.source), int)
    for fitted, rows in splits(images.source, images.test, fit):
        assert not set(images.source[fitted]) & set(images.source[rows])
        assert fitted[~images.test].all() and not rows[~images.test].any()
        applied += rows
    assert (applied == images.test).all()


def test_many_photos_are_dealt_into_groups():
    source = np.repeat([f"p{number}" for number in range(25)], 2)
    parts = list(splits(source, np.ones(50, bool), OTHER_PHOTOS))
    assert len(parts) == MOST_FOLDS
    assert sorted(np.concatenate([np.flatnonzero(rows) for _, rows in parts])) == list(range(50))


def test_calibrations_count_photos_and_bound_what_may_be_reported(images):
    found = fit_all(images)
    assert [(list(part.photos), list(photos)) for part, photos in found[VALIDATION]] == [(["v"], TEST_PHOTOS)]
    assert [photos for _, photos in found[OTHER_PHOTOS]] == [["t1"], ["t2"], ["t3"]]
    assert all(len(part.photos) == 3 for part, _ in found[OTHER_PHOTOS])
    ((everything, applied),) = found[ALL_PHOTOS]
    assert len(everything.photos) == 4 and applied == []
    for fit, most in ((VALIDATION, 1), (OTHER_PHOTOS, 3)):
        test, ratios, bounded = apply_fitted(found[fit], images)
        assert np.abs(bounded).max() <= np.log10(most) + 0.02
        assert np.abs(ratios).max() > 1
        assert "strong" not in verbal(bounded.max(), (-np.inf, np.inf))
        assert (np.sign(bounded) * np.sign(ratios) >= 0).all()
        assert cllr(ratios.ravel(), target_matrix(test).ravel()) < 0.75
        np.testing.assert_allclose(np.exp(test.log_probabilities).sum(axis=1), 1)


def test_shuffled_labels_give_ratios_that_say_nothing():
    random = np.random.default_rng(3)
    mixed = [predictions("test", [f"t{n}" for n in range(8)]), predictions("validation", ["v1", "v2", "v3"])]
    for part in mixed:
        known = np.isin(part.actual, CLASSES)
        part.actual[known] = part.network[known] = random.permutation(part.actual[known])
    images = held_out(NETWORKS, *mixed)
    for fit, fitted in fit_all(images).items():
        if fit != ALL_PHOTOS:
            test, ratios, _ = apply_fitted(fitted, images)
            assert cllr(ratios.ravel(), target_matrix(test).ravel()) == pytest.approx(1, abs=0.03)


def test_the_file_gives_back_what_was_fitted_and_says_on_what(tmp_path, images):
    parts = predictions("test", TEST_PHOTOS), predictions("validation", ["v"])
    for path, part in zip(("test.h5", "validation.h5"), parts, strict=True):
        write_predictions(tmp_path / path, part)
    NETWORKS.to_csv(tmp_path / "networks.csv", index=False)
    output = tmp_path / "c.json"
    arguments = [tmp_path / "test.h5"], [tmp_path / "validation.h5"], tmp_path / "networks.csv", [output]
    fit_evidence(*arguments)
    first = output.read_bytes()
    fit_evidence(*arguments)
    assert output.read_bytes() == first
    described = json.loads(first)
    assert described["classes"] == list(CLASSES) and "or a photo" in described["alternative"]
    assert len(described["predictions"]) == 2
    for split, photos in (("test", TEST_PHOTOS), ("validation", ["v"])):
        found = predictions(split, photos)
        networks_alone = found.select(~np.isin(found.network, ["real", "bicubic-x2"]))
        write_predictions(tmp_path / f"{split}_alone.h5", networks_alone)
    alone = [tmp_path / f"{split}_alone.h5" for split in ("test", "validation")]
    fit_evidence([alone[0]], [alone[1]], tmp_path / "networks.csv", [tmp_path / "alone.json"])
    assert json.loads((tmp_path / "alone.json").read_text())["alternative"] == "another network of this study"
    expected = fit_all(images)
    for fit, fitted in read_fitted(output).items():
        for (found, photos), (again, of) in zip(fitted, expected[fit], strict=True):
            assert (found.temperature, found.slope, found.highest) == (again.temperature, again.slope, again.highest)
            assert list(found.photos) == list(again.photos) and photos == of
    output.write_text("{}")
    with pytest.raises(InputError, match=r"c\.json.*a calibration of a classifier"):
        read_fitted(output)


def test_scores_that_are_no_probabilities_and_other_classes_are_refused():
    test, validation = predictions("test", ["t"]), predictions("validation", ["v"], classes=("A", "B"))
    with pytest.raises(InputError, match="other classes"):
        held_out(NETWORKS, test, validation)
    with pytest.raises(InputError, match="found scores of kind correlation"):
        held_out(
            NETWORKS, predictions("test", ["t"]).__class__(**{**vars(test), "attributes": {"score": "correlation"}})
        )


def test_a_single_image_can_be_weighed(images):
    """Functions of arrays: what a program that attributes one image calls."""
    calibration = fit_calibration(images)
    one = np.log([[0.9, 0.05, 0.03, 0.02]])
    ratios = calibration.log_ratios(one)
    assert ratios.shape == (1, 4) and ratios.argmax() == 0
    assert calibration.log_ratios(one + 5) == pytest.approx(ratios), "logits up to a constant"
    assert calibration.bounded(ratios).max() <= np.log10(4)

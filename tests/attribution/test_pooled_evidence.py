"""The evidence of images, and images taken for parts of one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from attribution_data import gaussian, separated

from sr_fingerprints.attribution.crops import Box, crop_boxes
from sr_fingerprints.attribution.evidence import image_evidence
from sr_fingerprints.attribution.observations import joined, pooled
from sr_fingerprints.classifiers.backbones import build_classifier


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(1)
    return build_classifier("highpass8", 3).eval()


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8)


def test_evidence_is_that_of_each_crop_alone(classifier, image):
    boxes = crop_boxes(200, 300, 32, 40)
    together = image_evidence(classifier, image, boxes)
    assert together.shape == (len(boxes), 16) and together.dtype == np.float32
    alone = np.concatenate([image_evidence(classifier, image, [box]) for box in boxes])
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_evidence_depends_on_the_pixels_of_its_crop_alone(classifier, image):
    changed = image.copy()
    changed[:, 100:] = 0
    inside, outside = Box(0, 0, 64, 64), Box(0, 120, 64, 64)
    np.testing.assert_array_equal(
        image_evidence(classifier, image, [inside]), image_evidence(classifier, changed, [inside])
    )
    assert not np.allclose(
        image_evidence(classifier, image, [outside]), image_evidence(classifier, changed, [outside])
    )


def test_pooled_tiles_have_the_mean_of_their_crops():
    images = gaussian(separated(2, 3, 5), ["a", "b"], "train", photos=3, tiles=5)
    images.crops[:] = np.arange(len(images)) % 7 + 1
    found = pooled(images, 2)
    assert len(found) == 2 * 3 * 2 * 2  # sources, photos, conditions, pairs: the fifth tile joins the second pair
    assert found.crops.sum() == images.crops.sum()
    for name in ("a", "b"):
        own, parts = (each.select(each.name == name) for each in (images, found))
        expected = (own.features * own.crops[:, None]).sum(axis=0) / own.crops.sum()
        of_parts = (parts.features * parts.crops[:, None]).sum(axis=0) / parts.crops.sum()
        np.testing.assert_allclose(of_parts, expected, rtol=1e-5)


def test_pooling_keeps_photos_and_conditions_apart():
    images = gaussian(np.zeros((1, 1)), ["a"], "train", photos=2, tiles=3)
    images.features[:, 0] = [
        10 * int(photo[-1]) + (tier == "web") for photo, tier in zip(images.photo, images.tier, strict=True)
    ]
    found = pooled(images, 3)
    assert sorted(found.features[:, 0].tolist()) == [0, 1, 10, 11]


def test_photos_with_too_few_tiles_are_left_out():
    images = gaussian(np.zeros((1, 2)), ["a"], "train", photos=2, tiles=3)
    assert len(pooled(images, 4)) == 0
    assert len(joined([images, pooled(images, 4)])) == len(images)


def test_features_of_some_images_are_stored_without_loss_where_those_of_all_were():
    images = gaussian(separated(3, 5, 10.0), ["a", "b", "c"], "validation", 8)
    images = replace(images, features=images.features * np.array([1e-3, 1, 100, 0, 7], np.float32))
    rounded = images.rounded()
    steps = images.quantised()[1]
    assert (np.abs(rounded.features - images.features) <= steps / 2 + 1e-9).all()
    assert (steps <= 2 * np.abs(images.features).max(axis=0) / 127 + 1e-30).all()
    some = rounded.select(rounded.name == "b")
    np.testing.assert_array_equal(some.rounded().features, some.features)

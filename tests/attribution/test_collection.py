"""The evidence of a study's images, and its file."""

import numpy as np
import pytest
import torch

from sr_fingerprints.attribution.collection import observe, read_observations, write_observations
from sr_fingerprints.attribution.crops import crop_boxes
from sr_fingerprints.attribution.evidence import image_evidence
from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.saving import TrainedClassifier
from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.runtime.errors import InputError

CONDITIONS = (
    {"name": "pristine", "tier": "clean", "chain": []},
    {"name": "smaller", "tier": "web", "chain": [{"resize": 0.5}]},
)


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(0)
    return TrainedClassifier(build_classifier("highpass4", 2).eval(), np.array(["a", "b"]), {})


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder, random = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for name in ("a", "b"):
        with ImageWriter(folder / f"{name}.h5", {}) as file:
            for place, (photo, split) in enumerate([("p", "train"), ("q", "validation"), ("q", "validation")]):
                size = (64 + 32 * place, 96, 3)
                file.append(random.integers(0, 256, size, np.uint8), f"{photo}-{place}", photo, split)
    return {name: folder / f"{name}.h5" for name in ("a", "b")}


def test_each_image_is_observed_in_every_condition(trained, images):
    found = observe(trained, images, CONDITIONS, ("train", "validation"), side=32, most=4)
    assert len(found) == 2 * 3 * 2
    assert set(found.photo) == {"p", "q"} and found.features.dtype == np.float32
    assert found.crops.tolist() == [4, 1, 4, 1, 4, 2] * 2
    rows = found.select((found.split == "train") & (found.name == "b"))
    assert rows.condition.tolist() == ["pristine", "smaller"] and rows.tier.tolist() == ["clean", "web"]
    with ImageFile(images["b"]) as file:
        image = file.image(0)
    for features, condition in zip(rows.features, CONDITIONS, strict=True):
        changed = degrade(image, condition["chain"], np.random.default_rng(0))
        boxes = crop_boxes(*changed.shape[:2], 32, 4)
        np.testing.assert_allclose(features, image_evidence(trained.classifier, changed, boxes).mean(axis=0))


def test_images_of_a_source_are_limited(trained, images):
    assert len(observe(trained, images, CONDITIONS[:1], ("validation",), 32, 4, images_per_source=1)) == 2


def test_round_trip(trained, images, tmp_path):
    found = observe(trained, images, CONDITIONS, ("validation",), side=32, most=4)
    write_observations(tmp_path / "evidence.h5", found, {"side": 32})
    read, attributes = read_observations(tmp_path / "evidence.h5")
    assert attributes["side"] == 32
    for key, values in vars(found).items():
        np.testing.assert_array_equal(getattr(read, key), values)


def test_features_that_are_not_finite_are_refused(images):
    classifier = build_classifier("highpass4", 2).eval()
    with torch.no_grad():
        next(classifier.backbone.layers.parameters()).fill_(float("nan"))
    broken = TrainedClassifier(classifier, np.array(["a", "b"]), {})
    with pytest.raises(InputError, match="not finite, of an image of a"):
        observe(broken, images, CONDITIONS[:1], ("train",), 32, 4)

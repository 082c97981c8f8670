"""Precision of classifiers: it reaches their arithmetic, not what first sees pixels, and what they learn stays."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from small_classifiers import SETTINGS
from torch import nn

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.backbones import Residual, build_classifier
from sr_fingerprints.classifiers.precision import prediction_precision, training_precision
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.runtime import precision
from sr_fingerprints.runtime.errors import InputError

NETWORKS = ["A", "B"]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Noise around grey, with a texture of one network: of 1.5 grey levels."""
    folder, random = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    texture = 1.5 * (-1.0) ** np.add.outer(np.arange(32), np.arange(32))[..., None]
    for name in NETWORKS:
        with ImageWriter(folder / f"{name}.h5", {"network": name}) as writer:
            for number in range(36):
                image = 200 + random.normal(0, 1.5, (32, 32, 3)) + (texture if name == "A" else 0)
                split = ("train", "validation", "test")[number % 3]
                writer.append(np.rint(image).astype(np.uint8), f"{number}", f"{number}", split)
    return [folder / f"{name}.h5" for name in NETWORKS]


def trained(images, folder, **changes):
    settings = dataclasses.replace(SETTINGS, backbone="highpass8", crop=24, epochs=2, **changes)
    folder.mkdir()
    train_classifier(images, NETWORKS, folder / "c", folder / "c.csv", folder / "c.pt", settings, seed=1)
    apply_classifier(folder / "c", images, NETWORKS, NETWORKS, "test", folder / "p.h5")
    return folder / "c", read_predictions(folder / "p.h5")


def test_what_is_learned_with_16_bits_is_what_is_learned_with_32(images, tmp_path):
    exact, of_exact = trained(images, tmp_path / "exact", precision="float32")
    short, of_short = trained(images, tmp_path / "short", precision="bfloat16")
    again, _ = trained(images, tmp_path / "again", precision="bfloat16")
    assert of_exact.correct.mean() > 0.9 and of_short.correct.mean() > 0.9
    assert short.read_bytes() == again.read_bytes()
    assert load_classifier(exact).provenance["precision"] == of_exact.attributes["precision"] == "float32"
    assert load_classifier(short).provenance["precision"] == of_short.attributes["precision"] == "bfloat16"
    assert of_short.scores.dtype == of_short.features.dtype == np.float32
    assert not np.array_equal(of_exact.features, of_short.features)
    assert load_classifier(short).classifier.precision == "bfloat16"
    assert load_classifier(short, exact=True).classifier.precision == "float32"


@pytest.mark.parametrize("backbone, input", [("highpass8", "highpass"), ("test_resnet", "pixels")])
def test_16_bits_reach_all_convolutions_but_those_of_pixels(backbone, input):
    classifier = build_classifier(backbone, 2, input=input).eval()
    seen = {}

    def note(name):
        return lambda module, inputs, output: seen.update({name: output.dtype})

    for name, module in classifier.named_modules():
        if isinstance(module, nn.Conv2d | Residual):
            module.register_forward_hook(note(name))
    classifier.precision = "bfloat16"
    with torch.inference_mode():
        logits = classifier(torch.rand(2, 3, 32, 32))
    first, *others = seen.values()
    assert first == logits.dtype == torch.float32
    assert set(others) == {torch.bfloat16}


def test_a_copy_of_a_backbone_has_weights_of_its_own():
    """The first convolution is treated apart, and must still be one of the copy."""
    classifier = build_classifier("test_resnet", 2, input="pixels").eval()
    other, crops = copy.deepcopy(classifier), torch.rand(1, 3, 32, 32)
    with torch.inference_mode():
        before = other(crops)
        for parameter in classifier.parameters():
            parameter.zero_()
        assert torch.equal(other(crops), before) and not torch.equal(classifier(crops), before)


def test_auto_goes_by_what_was_measured_of_the_backbone(monkeypatch):
    monkeypatch.setattr(precision, "computes_bfloat16", lambda: True)
    found = {
        backbone: training_precision({"backbone": backbone, "precision": "auto"}, "cpu")
        for backbone in ("highpass32", "convnext_base.fb_in1k", "tf_efficientnet_b0", "statistics256")
    }
    assert list(found.values()) == ["bfloat16", "bfloat16", "float32", "float32"]
    assert training_precision({"backbone": "statistics256", "precision": "auto"}, "cuda") == "float32"
    assert training_precision({"backbone": "highpass32", "precision": "auto"}, "cuda") == "tf32"
    assert training_precision({"backbone": "highpass32"}, "cuda") == "float32", "a classifier of an earlier version"


def test_tf32_needs_a_gpu_in_training_and_none_in_prediction():
    settings = {"backbone": "highpass32", "precision": "tf32"}
    with pytest.raises(InputError, match=r"classifiers.precision: found 'tf32' on a CPU"):
        training_precision(settings, "cpu")
    assert prediction_precision(settings, "cpu") == "float32"
    assert prediction_precision(settings, "cuda") == "tf32"

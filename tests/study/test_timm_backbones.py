"""What is known of timm's backbones before any job, without importing timm, is so; and the rest is refused."""

import importlib.metadata
import tomllib
from importlib.metadata import version

import pytest
import timm
import torch
from checked_study import BACKBONES, DEMO, refused

from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.study import timm_backbones
from sr_fingerprints.study.checks import classifiers
from sr_fingerprints.study.timm_backbones import UNUSABLE, TimmBackboneRow


def with_backbone(**settings):
    """Changes that give a row of its own to a backbone, as of the demo's backbone_resnet."""
    return {"experiments.12": {"name": "b", "task": "network", "classifier": {"crop": 32} | settings}}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"backbone": "convnxt_base"},
            "backbone: found 'convnxt_base'; allowed: highpass or statistics and a width, or a name",
        ),
        ({"backbone": "ResNet18"}, "backbone: found 'ResNet18'; allowed: "),
        ({"backbone": "highpas32"}, "backbone: found 'highpas32'; allowed: "),
        ({"backbone": "highpass0"}, "backbone: found 'highpass0'; allowed: highpass and a width from 1 to 4096"),
        ({"backbone": "resnet18.a1_in2k"}, "backbone: found 'resnet18.a1_in2k'; allowed: resnet18, resnet18.a1_in1k"),
        ({"backbone": "convnext_base"}, "crop: found 32; allowed with backbone convnext_base: 34 or more"),
        (
            {"backbone": "convnext_base", "crop": 24, "input": "pixels"},
            "crop: found 24; allowed with backbone convnext_base: 32 or more",
        ),
        (
            {"backbone": "vit_base_patch16_224", "input": "pixels"},
            "crop: found 32; allowed with backbone vit_base_patch16_224: 224",
        ),
        (
            {"backbone": "vit_base_patch16_224"},
            "crop: found 32; allowed with backbone vit_base_patch16_224: 226, of which high-passing leaves 224",
        ),
        (
            {"backbone": "test_vit", "input": "pixels", "evaluation_crop": 100},
            "evaluation_crop: found 100; allowed with backbone test_vit: multiples of 16, from 16",
        ),
        (
            {"backbone": "legacy_xception", "stochastic_depth": 0.1},
            "stochastic_depth: found 0.1; allowed with backbone legacy_xception: 0",
        ),
        (
            {"backbone": "highpass8", "weights": "imagenet"},
            "weights: found 'imagenet'; allowed with backbone highpass8",
        ),
    ],
)
def test_backbones_that_timm_cannot_build_or_that_cannot_take_the_crops(settings, told):
    assert refused(with_backbone(**settings)).startswith(f"experiments.12.classifier.{told}")


def test_a_misspelt_backbone_gets_a_suggestion_also_where_it_is_everyones():
    assert "convnext_base" in refused(with_backbone(backbone="convnxt_base"))
    told = refused({"classifiers.backbone": "efficientnet_b22", "classifiers.crop": 32})
    assert told.startswith("classifiers.backbone: found 'efficientnet_b22'") and "efficientnet_b2" in told


TABLE_VERSION, TABLE = timm_backbones.timm_backbones(BACKBONES)


def test_the_table_of_backbones_has_those_of_the_locked_timm():
    if version("timm") != TABLE_VERSION:
        pytest.skip(f"timm {version('timm')} is installed, and uv.lock has {TABLE_VERSION}")
    assert list(TABLE) == timm.list_models()
    assert {f"{row.name}.{tag}" for row in TABLE.values() for tag in row.weights} == {
        name for name in timm.list_pretrained() if "." in name
    }


def test_the_table_of_backbones_is_of_the_version_in_the_lock():
    lock = tomllib.loads((BACKBONES.parents[1] / "uv.lock").read_text())
    assert {package["version"] for package in lock["package"] if package["name"] == "timm"} == {TABLE_VERSION}, (
        "run perf/backbones.py"
    )


@pytest.mark.parametrize("name", ["convnext_atto", "test_vit", "test_byobnet", "vit_tiny_patch16_224"])
def test_what_the_table_of_backbones_says_of_one_is_so(name):
    if version("timm") != TABLE_VERSION:
        pytest.skip(f"timm {version('timm')} is installed, and the table is of {TABLE_VERSION}")
    row = TABLE[name]
    with torch.device("meta"):
        network = build_classifier(name, 2).backbone.model.eval()

    def accepts(side):
        try:
            return network(torch.empty(2, 3, side, side, device="meta")).shape == (2, network.head_hidden_size)
        except (RuntimeError, AssertionError):
            return False

    for side in (14, 16, 24, 30, 32, 33, 48, 100, 224):
        assert row.accepts(side) == accepts(side), side


def test_a_backbone_of_another_timm_is_left_to_the_job(monkeypatch):
    settings = DEMO["classifiers"] | {"backbone": "test_resnet"}
    assert list(classifiers.backbone_problems("classifiers", settings, "0.0.1", {})) == []
    (problem,) = classifiers.backbone_problems("classifiers", settings, version("timm"), {})
    assert problem.startswith("classifiers.backbone: found 'test_resnet'; allowed: ")
    monkeypatch.setattr(classifiers, "version", lambda name: importlib.metadata.version(f"no-{name}"))
    (problem,) = classifiers.backbone_problems("classifiers", settings, "0.0.1", {})
    assert problem.startswith("classifiers.backbone: ")


def test_a_backbone_without_a_feature_vector_or_weights_is_refused():
    row = TimmBackboneRow("a", UNUSABLE, 0, highpass=False, stochastic_depth=False, weights=())
    settings = DEMO["classifiers"] | {"backbone": "a"}
    (problem,) = classifiers.backbone_problems("classifiers", settings, "1", {"a": row})
    assert "feature vector" in problem
    row = TimmBackboneRow("a", 16, 1, highpass=False, stochastic_depth=False, weights=())
    pixels = settings | {"weights": "imagenet", "input": "pixels"}
    (problem,) = classifiers.backbone_problems("classifiers", pixels, "1", {"a": row})
    assert problem.startswith("classifiers.weights: found 'imagenet'; allowed with backbone a, of which timm has no")
    (problem,) = classifiers.backbone_problems("classifiers", settings, "1", {"a": row})
    assert problem == "classifiers.input: found 'highpass'; allowed with backbone a: pixels"

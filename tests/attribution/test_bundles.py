"""Bundles: the same after writing and reading, refused where anything in them is wrong, and able to grow."""

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.torch
import torch
from attribution_data import gaussian, separated, small_bundle, sources
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_fingerprints.attribution import bundle_checks
from sr_fingerprints.attribution.bundle import ENTRY, LABELS, read_bundle, write_bundle
from sr_fingerprints.attribution.joining import with_source
from sr_fingerprints.attribution.observations import joined
from sr_fingerprints.attribution.residual_fingerprints import ResidualFingerprints
from sr_fingerprints.attribution.sources import Group
from sr_fingerprints.files.tensors import read_tensors, write_tensors
from sr_fingerprints.runtime.errors import InputError

NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture(scope="module")
def bundle():
    random = np.random.default_rng(0)
    values = random.normal(size=(6, 4, 4, 3)).astype(np.float16).astype(np.float32)
    best = np.sort(random.random(20)).astype(np.float32)
    return replace(small_bundle(), residuals=ResidualFingerprints(values, best, best > 0.5))


@pytest.fixture(scope="module")
def path(bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("bundles") / "small.safetensors"
    write_bundle(bundle, path)
    return path


def test_round_trip(bundle, path, tmp_path):
    read = read_bundle(path)
    write_bundle(read, tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()
    for key in (*LABELS, "features", "crops"):
        np.testing.assert_array_equal(getattr(read.held_out, key), getattr(bundle.held_out, key))
    for key in ("values", "best", "right"):
        np.testing.assert_array_equal(getattr(read.residuals, key), getattr(bundle.residuals, key))
    images = bundle.held_out
    for key in ("decision", "best", "group", "probability"):
        expected, found = (getattr(each.model.decide(images.features, images.crops), key) for each in (bundle, read))
        np.testing.assert_array_equal(found, expected)
    pixels = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(bundle.classifier(pixels), read.classifier(pixels), rtol=1e-3, atol=1e-3)
    assert read.sha256 is not None and read.model.sources == bundle.model.sources and read.about == bundle.about
    assert 0 <= read.false_positive_rate < 0.2


def edited(path, output, edit):
    """The bundle with its tensors and description edited; the digest fits, as of whoever meant to."""
    tensors, description = read_tensors(path, ENTRY)
    edit(tensors, description)
    write_tensors(output, tensors, ENTRY, description)
    return output


def group(members, words=None, confusion=0.1):
    return {"words": words or f"of {members}", "members": members, "confusion": confusion}


def means_of(description, *conditions):
    description["means_of"] = list(conditions)
    description["thresholds"] = description["thresholds"][: len(conditions)]
    for size in description["sizes"]:
        size["open_set_thresholds"] = size["open_set_thresholds"][: len(conditions)]


WRONG = {
    "format": (lambda t, d: d.update(format="a classifier"), "format"),
    "version": (lambda t, d: d.update(version=2), "a newer sr-fingerprints wrote it"),
    "no version": (lambda t, d: d.pop("version"), "version is missing"),
    "unknown key": (lambda t, d: d.update(run="os.system"), "run: unknown key"),
    "unknown key of a source": (lambda t, d: d["sources"][0].update(code=""), "code: unknown key"),
    "kind": (lambda t, d: d["sources"][0].update(kind="camera"), "network, interpolation, photo"),
    "a source twice": (lambda t, d: d["sources"][1].update(name=d["sources"][0]["name"]), "N0 twice"),
    "control characters": (lambda t, d: d["sources"][0].update(words="\x1b[2J"), "one line"),
    "group of one": (lambda t, d: d.update(groups=[group([0])]), "groups"),
    "group outside": (lambda t, d: d.update(groups=[group([0, 99])]), "groups: found members [0, 99]"),
    "photo in a group": (lambda t, d: d.update(groups=[group([0, 5])]), "groups: found members [0, 5]"),
    "member twice": (lambda t, d: d.update(groups=[group([0, 0])]), "groups: found members [0, 0]"),
    "groups that cross": (lambda t, d: d.update(groups=[group([0, 1]), group([1, 2])]), "the one within the other"),
    "a group twice": (lambda t, d: d.update(groups=[group([0, 1]), group([0, 1], "b")]), "the one within the other"),
    "words twice": (lambda t, d: d.update(groups=[group([0, 1], "a"), group([2, 3], "a")]), "'a' twice"),
    "confusion": (lambda t, d: d.update(groups=[group([0, 1], confusion=0.7)]), "0.5"),
    "sizes": (lambda t, d: d["sizes"][0].update(crops_from=2), "ascending from 1"),
    "open-set thresholds": (
        lambda t, d: d["sizes"][0]["open_set_thresholds"].pop(),
        "one for each condition of means_of",
    ),
    "temperature": (lambda t, d: d["sizes"][0]["temperatures"].update(means=0), "more than 0"),
    "temperature NaN": (lambda t, d: d["sizes"][0]["temperatures"].update(means=NAN), "finite"),
    "no temperature": (lambda t, d: d["sizes"][0]["temperatures"].clear(), "temperatures"),
    "temperature of no score": (
        lambda t, d: d["sizes"][0]["temperatures"].update(head=1.0),
        "sizes: found temperatures of ['head', 'means']; allowed: of means",
    ),
    "threshold": (lambda t, d: d["thresholds"][1].update(network=INFINITY), "finite"),
    "low threshold": (lambda t, d: d["thresholds"][0].update(network=0.4), "0.5"),
    "thresholds": (lambda t, d: d["thresholds"].pop(), "thresholds: found 1; allowed: 2, one for each"),
    "bounds": (lambda t, d: d["likelihood_ratio"].update(lowest=1.0), "0 between"),
    "conditions": (lambda t, d: d.update(conditions={}), "jpeg_90 is missing"),
    "held out": (lambda t, d: d["held_out"].update(photo=["b", "a"]), "sorted"),
    "width": (lambda t, d: d.update(backbone="highpass999999999"), "backbone"),
    "other width": (lambda t, d: d.update(backbone="highpass5"), "allowed: float32"),
    "conditions of means": (lambda t, d: means_of(d, "pristine"), "tensor means: found float32 (6, 2, 8)"),
    "timm": (lambda t, d: d.update(backbone="resnet18"), "backbone"),
    "missing tensor": (lambda t, d: t.pop("means"), "tensor means is missing"),
    "missing weights": (lambda t, d: t.pop("classifier.head.weight"), "classifier.head.weight is missing"),
    "unknown tensor": (lambda t, d: t.update(extra=torch.zeros(1)), "tensor extra is unknown"),
    "shape": (lambda t, d: t.update(means=t["means"][..., :3]), "tensor means: found float32 (6, 2, 3)"),
    "type": (lambda t, d: t.update(means=t["means"].double()), "tensor means: found float64"),
    "NaN": (lambda t, d: t["means"].fill_(NAN), "tensor means: found NaN"),
    "infinity": (lambda t, d: t["classifier.head.bias"].fill_(INFINITY), "classifier.head.bias: found NaN or inf"),
    "variance": (lambda t, d: t["classifier.backbone.layers.2.running_var"].fill_(-1), "negative"),
    "photo outside": (lambda t, d: t["held_out.photo"].fill_(99), "held_out.photo: found 99"),
    "crops": (lambda t, d: t["held_out.crops"].fill_(0), "held_out.crops: found 0"),
    "side": (lambda t, d: d.update(side=10**9), "4096"),
    "no correlations": (lambda t, d: t.pop("prnu.best"), "prnu.best: found no held-out images"),
    "no fingerprints": (lambda t, d: t.pop("prnu.fingerprints"), "prnu.fingerprints: found a period of 0"),
    "a fingerprint too few": (
        lambda t, d: t.update({"prnu.fingerprints": t["prnu.fingerprints"][1:]}),
        "tensor prnu.fingerprints: found float16 (5, 4, 4, 3)",
    ),
    "a large period": (
        lambda t, d: t.update({"prnu.fingerprints": torch.zeros(1, 1000, 1, 1)}),
        "prnu.fingerprints: found a period of 1000",
    ),
    "correlations that fall": (lambda t, d: t.update({"prnu.best": t["prnu.best"].flip(0)}), "allowed: ascending"),
    "correlations of no use": (lambda t, d: t["prnu.best"].fill_(3), "prnu.best: found 3"),
    "head": (lambda t, d: d.update(scores="both"), "tensor head_bias is missing"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused_with_file_and_place(path, tmp_path, wrong):
    edit, message = WRONG[wrong]
    with pytest.raises(InputError) as error:
        read_bundle(edited(path, tmp_path / "wrong.safetensors", edit))
    assert "wrong.safetensors" in str(error.value) and message in str(error.value)
    assert "\n" not in str(error.value)


@given(st.data())
@settings(max_examples=60)
def test_damage_is_refused_or_changes_nothing(path, tmp_path_factory, data):
    """The last digit of a number may be another one without the number being another one."""
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    damaged = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    damaged.write_bytes(content)
    try:
        found = read_bundle(damaged)
    except InputError as error:
        assert "damaged.safetensors" in str(error)
    else:
        write_bundle(found, damaged)
        assert damaged.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("content", [b"", b"\x80\x04.", b'{"a": 1}', b"\xff" * 100])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(InputError, match=r"other: damaged, or not a bundle .*sr-fingerprints export"):
        read_bundle(tmp_path / "other")


def test_a_classifier_is_no_bundle(tmp_path):
    (tmp_path / "other").write_bytes(safetensors.torch.save({"a": torch.zeros(1)}, {"provenance": json.dumps({})}))
    with pytest.raises(InputError, match="not a bundle"):
        read_bundle(tmp_path / "other")


def test_what_is_too_large_is_not_read(path, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle_checks, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="allowed: up to 100"):
        read_bundle(path)


def test_a_missing_bundle_stays_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_bundle(tmp_path / "none.safetensors")


def test_what_would_be_refused_is_not_written(bundle, tmp_path):
    broken = replace(bundle, model=replace(bundle.model, means=bundle.model.means * NAN))
    with pytest.raises(InputError, match="means: found NaN"):
        write_bundle(broken, tmp_path / "broken.safetensors")
    assert not list(tmp_path.iterdir())


def test_groups_within_groups_are_kept_as_they_are(bundle, tmp_path):
    groups = (Group("all", (0, 1, 2, 3), 0.1), Group("pair", (1, 2), 0.25))
    write_bundle(replace(bundle, model=replace(bundle.model, groups=groups)), tmp_path / "nested")
    read = read_bundle(tmp_path / "nested")
    assert read.model.groups == groups
    np.testing.assert_array_equal(read.model.open_set_thresholds, bundle.model.open_set_thresholds)


@pytest.fixture(scope="module")
def newcomer():
    source = replace(sources(1)[0], name="mine", words="my network", family=None, variant=None)
    means = separated(7, 8, 12)[6:] + 4
    parts = [
        gaussian(means, ["mine"], split, photos) for split, photos in (("train", 4), ("validation", 30), ("test", 4))
    ]
    return source, joined(parts)


def test_a_source_joins_by_its_own_images(bundle, newcomer, tmp_path):
    source, images = newcomer
    grown = with_source(bundle, source, images)
    write_bundle(grown, tmp_path / "grown.safetensors")
    grown = read_bundle(tmp_path / "grown.safetensors")
    assert grown.model.sources == (*bundle.model.sources, source)
    np.testing.assert_array_equal(grown.model.means[:-1], bundle.model.means)
    np.testing.assert_array_equal(grown.model.whitening, bundle.model.whitening)

    test = images.select(images.split == "test")
    before = bundle.model.decide(test.features, test.crops).decision
    assert (before == "unknown").mean() > 0.9
    after = grown.model.decide(test.features, test.crops)
    named = after.decision == "network"
    assert named.mean() > 0.85 and (after.best[named] == 6).all()
    old = bundle.held_out.select(bundle.held_out.split == "test")
    decided = grown.model.decide(old.features, old.crops)
    named = decided.decision == "network"
    assert named.mean() > 0.5
    assert (
        np.array([each.name for each in grown.model.sources])[decided.best[named]] == old.name[named]
    ).mean() > 0.95


def test_joining_is_fitting_with_it_from_the_start(bundle, newcomer):
    """All but the covariance is as if the source had been there: what is kept does not depend on the order."""
    source, images = newcomer
    other, more = replace(source, name="other"), replace_name(images, "other", shift=-8)
    one = with_source(with_source(bundle, source, images), other, more)
    two = with_source(with_source(bundle, other, more), source, images)
    assert one.model.thresholds == two.model.thresholds
    np.testing.assert_allclose(one.model.temperatures, two.model.temperatures, rtol=1e-3)
    np.testing.assert_allclose(np.sort(one.model.conformal_least), np.sort(two.model.conformal_least), rtol=0.02)


def replace_name(images, name, shift=0):
    return replace(images, name=np.full(len(images), name), features=images.features + np.float32(shift))


def test_who_may_not_join(bundle, newcomer):
    source, images = newcomer
    for given_source, given_images, message in [
        (replace(source, name="N0"), images, "has a source of this name"),
        (source, joined([images, replace_name(images, "theirs")]), "found images of theirs"),
        (source, images.select(images.split != "test"), "found no test images"),
        (source, images.select(images.split != "train"), "found no train images"),
        (source, replace(images, features=images.features[:, :5]), "found features of 5 dimensions"),
    ]:
        with pytest.raises(InputError, match=message):
            with_source(bundle, given_source, given_images)

"""The answer about one image: its parts agree with each other and with the schema, and it abstains when unstable."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from attribution_data import small_bundle

from sr_fingerprints.attribution.bundle import write_bundle
from sr_fingerprints.attribution.crops import Box, crop_boxes
from sr_fingerprints.attribution.decisions import SMALLEST_SIDE, decide, parse
from sr_fingerprints.attribution.evidence import image_evidence
from sr_fingerprints.attribution.model import NEVER, Decided, Thresholds
from sr_fingerprints.attribution.sources import Group
from sr_fingerprints.attribution.stability import CHANGES, changed_evidence, settled, surroundings
from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.runtime.errors import InputError

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "attribution.schema.json").read_text())


@pytest.fixture(scope="module")
def bundle():
    """Whatever an untrained classifier sees is of a known source."""
    bundle = small_bundle()
    features = image_evidence(bundle.classifier, picture(), crop_boxes(256, 320, 64, 16))
    means = bundle.model.means - bundle.model.means[0, 0] + features.mean(axis=0)
    model = replace(
        bundle.model, means=means, open_set_thresholds=np.full_like(bundle.model.open_set_thresholds, 1e6)
    )
    return replace(bundle, model=model)


def picture(height=256, width=320, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def test_an_answer_agrees_with_the_schema_and_with_itself(bundle):
    found = decide(bundle, picture())
    answer = json.loads(json.dumps(found.as_json(), allow_nan=False))
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    assert answer["decision"] == "network" and answer["answer"] == "N0" and answer["crops"] == 16
    assert answer["candidates"][0]["name"] == "N0" and answer["candidates"][0]["probability"] == answer["probability"]
    probabilities = [candidate["probability"] for candidate in answer["candidates"]]
    assert probabilities == sorted(probabilities, reverse=True) and sum(probabilities) <= 1 + 1e-9
    assert "N0" in answer["prediction_set"] and answer["members"] == ["N0"]
    assert answer["probability"] <= answer["super_resolved"] <= 1
    for parsed in answer["parsers"].values():
        assert sum(parsed["probabilities"].values()) == pytest.approx(1)
        assert parsed["value"] == max(parsed["probabilities"], key=parsed["probabilities"].get)
    assert answer["parsers"]["scale"]["value"] == "2" and answer["parsers"]["family"]["value"] == "family 0"
    assert [each["change"] for each in answer["stability"]["variations"]] == list(CHANGES)
    assert found.of_file("a.png", "0" * 64).image.path == "a.png"


def test_the_same_image_has_the_same_answer(bundle):
    assert decide(bundle, picture()) == decide(bundle, picture())


@pytest.mark.parametrize(
    "thresholds, decision",
    [
        (Thresholds(NEVER, NEVER, NEVER), "undecided"),
        (Thresholds(NEVER, 0.5, NEVER), "group"),
        (Thresholds(0.5, NEVER, NEVER), "network"),
    ],
)
def test_thresholds_decide(bundle, thresholds, decision):
    groups = (Group("all", (0, 1, 2, 3), 0.1), Group("one of two", (0, 2), 0.3), Group("the others", (1, 3), 0.3))
    model = replace(bundle.model, thresholds=(thresholds,) * 2, groups=groups)
    found = decide(replace(bundle, model=model), picture())
    assert found.decision == decision and (found.answer is None) == (decision == "undecided")
    answers = {"undecided": None, "group": "one of two", "network": "N0"}
    assert found.answer == answers[decision] and found.candidates[0].group == "one of two"
    assert found.members == {"undecided": (), "group": ("N0", "N2"), "network": ("N0",)}[decision]
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(found.as_json())))


def test_an_undecided_answer_says_whether_any_network_made_the_image(bundle):
    never = replace(bundle, model=replace(bundle.model, thresholds=(Thresholds(NEVER, NEVER, NEVER),) * 2, groups=()))
    found = decide(never, picture())
    assert found.decision == "undecided" and found.super_resolved > 0.9
    assert f"some network of the bundle made it with a probability of {found.super_resolved:.3f}" in found.reason
    networks = never.model.kind("network")
    means = never.model.means.copy()
    means[[0, 4]] = means[[4, 0]]
    photo = decide(replace(never, model=replace(never.model, means=means)), picture())
    assert not networks[4] and photo.decision == "undecided" and photo.super_resolved < 0.1
    assert f"no network of the bundle made it with a probability of {1 - photo.super_resolved:.3f}" in photo.reason


def test_unlike_all_is_unknown(bundle):
    model = replace(bundle.model, open_set_thresholds=np.full_like(bundle.model.open_set_thresholds, -1.0))
    found = decide(replace(bundle, model=model), picture())
    assert found.decision == "unknown" and found.answer is None and "unlike every source" in found.reason


def one(decision, best=0, group=-1, probabilities=(1, 0, 0, 0, 0, 0)):
    return Decided(
        np.array([decision]), np.array([best]), np.array([group]), np.ones(1), np.array([probabilities], float),
        np.zeros(1, int),
    )  # fmt: skip


NESTED = (Group("all", (0, 1, 2, 3), 0.1), Group("three", (0, 1, 2), 0.2), Group("pair", (0, 2), 0.3))


def test_only_another_answer_contradicts(bundle):
    model = replace(bundle.model, groups=NESTED, thresholds=(Thresholds(0.9, NEVER, 0.9),) * 2)

    def after(first, *others):
        decided, change = settled(model, first, {f"change {place}": other for place, other in enumerate(others)})
        return decided.decision[0], change

    network, pair, three = one("network"), one("group", group=2), one("group", group=1)
    assert after(network, network, one("undecided"), one("unknown"), pair) == ("network", None)
    assert after(pair, network, three, one("network", 2)) == ("group", None)
    assert after(network, one("undecided"), one("network", 1)) == ("undecided", "change 1")
    assert after(pair, one("network", 1)) == ("undecided", "change 0")
    assert after(network, one("not_super_resolved", 4)) == ("undecided", "change 0")
    assert after(one("not_super_resolved", 4), one("not_super_resolved", 5)) == ("not_super_resolved", None)
    assert after(one("not_super_resolved", 4), network) == ("undecided", "change 0")
    assert after(one("unknown"), network) == ("unknown", None)
    assert after(one("undecided"), network, one("network", 1)) == ("undecided", None)


def test_contradictions_within_a_group_leave_the_smallest_that_reaches(bundle):
    model = replace(bundle.model, groups=NESTED, thresholds=(Thresholds(0.9, 0.9, 0.9),) * 2)

    def after(first, *others):
        decided, _ = settled(model, first, {str(place): other for place, other in enumerate(others)})
        return decided.decision[0], int(decided.group[0]), float(decided.probability[0])

    likely = one("network", probabilities=(0.92, 0.02, 0.03, 0.01, 0.01, 0.01))
    assert after(likely, one("network", 2)) == ("group", 2, pytest.approx(0.95))
    assert after(likely, one("network", 2), one("network", 1)) == ("group", 1, pytest.approx(0.97))
    assert after(likely, one("network", 3)) == ("group", 0, pytest.approx(0.98))
    assert after(likely, one("not_super_resolved", 4))[0] == "undecided"
    pair = one("group", group=2, probabilities=(0.5, 0.02, 0.42, 0.01, 0.05, 0))
    assert after(pair, one("network", 1)) == ("group", 1, pytest.approx(0.94))
    wide = one("group", group=2, probabilities=(0.5, 0.3, 0.0, 0.15, 0.05, 0))
    assert after(wide, one("network", 1)) == ("group", 0, pytest.approx(0.95)), "three have 0.8 only"
    none = one("group", group=2, probabilities=(0.3, 0.25, 0.3, 0.0, 0.15, 0))
    assert after(none, one("network", 1)) == ("undecided", 2, pytest.approx(0.3)), "of the likeliest network"


@pytest.mark.parametrize("place", [(0, 0), (100, 37), (192, 256)])
def test_parts_are_compressed_as_the_whole_image_would_be(place):
    """Its blocks are those of the whole image, but for the last ones of the part, which may not be whole."""
    image, box = degrade(picture(), [{"blur": 1}], np.random.default_rng(0)), Box(*place, 64, 64)
    part, top, left = surroundings(image, box)
    changed, whole = (degrade(pixels, CHANGES["JPEG 90"], np.random.default_rng(0)) for pixels in (part, image))
    inner = whole[top : top + part.shape[0], left : left + part.shape[1]][2:-18, 2:-18]
    np.testing.assert_array_equal(changed[2:-18, 2:-18], inner)
    assert top <= box.top and box.top + 64 <= top + part.shape[0] and part.shape[0] <= 64 + 48


def test_changes_move_the_evidence(bundle):
    image = picture(192, 256)
    unchanged = image_evidence(bundle.classifier, image, crop_boxes(192, 256, 64, 12)).mean(axis=0)
    for found in changed_evidence(bundle.classifier, image, 64).values():
        assert found.shape == (12, 8) and np.abs(found.mean(axis=0) - unchanged).max() > 0
    assert [len(found) for found in changed_evidence(bundle.classifier, picture(64, 64), 64).values()] == [1, 1, 1]


def test_small_and_large_images(bundle):
    assert decide(bundle, picture(64, 64)).crops == 1
    assert decide(bundle, picture(64, 700)).crops == 10
    assert decide(bundle, picture(1500, 1100)).crops == 16
    for wrong in (picture(63, 300), picture(300, 63)):
        with pytest.raises(InputError, match=f"allowed: {SMALLEST_SIDE} or more"):
            decide(bundle, wrong)
    for wrong in (picture()[..., 0], picture().astype(float), picture()[..., :2]):
        with pytest.raises(InputError, match="allowed: uint8"):
            decide(bundle, wrong)


def test_limits_are_told(bundle):
    grey = np.repeat(picture()[..., :1], 3, axis=2)
    assert any("greyscale" in limit for limit in decide(bundle, grey).limits)
    flat = np.full((256, 256, 3), (90, 100, 110), np.uint8)
    assert any("little detail" in limit for limit in decide(bundle, flat).limits)
    assert any("small" in limit for limit in decide(bundle, picture(64, 64)).limits)
    assert any("quality 50" in limit for limit in decide(bundle, picture(), jpeg_quality=50).limits)
    assert decide(bundle, picture(), jpeg_quality=90).limits == ()


def test_parsers_are_marginal_probabilities_of_networks(bundle):
    probabilities = np.array([0.3, 0.1, 0.1, 0.1, 0.2, 0.2])
    found = parse(bundle.model, probabilities)
    assert found["scale"].probabilities == pytest.approx({"2": 4 / 6, "4": 2 / 6})
    assert found["loss"].probabilities == pytest.approx({"L1": 1})


def test_what_takes_long_to_import_is_not_imported(tmp_path):
    write_bundle(small_bundle(), tmp_path / "bundle")
    slow = ("scipy", "sklearn", "crepes", "pandas", "torchvision", "timm", "matplotlib", "snakemake")
    program = (
        "import sys, numpy as np; from sr_fingerprints.attribution import bundle, decisions; "
        "assert 'torch' not in sys.modules, 'torch'; "
        "decisions.decide(bundle.read_bundle(sys.argv[1]), np.zeros((128, 128, 3), np.uint8)); "
        f"found = [name for name in {slow} if name in sys.modules]; assert not found, found"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

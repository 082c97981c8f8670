"""Every published bundle reproduces its published numbers, and what it said of the images beside it, to the digit.

Beside `resources/bundles/<name>.safetensors` are `<name>.md`, its model card, and `<name>/`: a handful of images, and
answers.json, what was said of each when the bundle was published (see `sr_fingerprints.attribution.published`).
"""

import json
from pathlib import Path

import pytest
from answering_bundles import answering_bundle
from PIL import Image

from sr_fingerprints.attribution.bundle import read_bundle, write_bundle
from sr_fingerprints.attribution.export import differences, is_left_out, reproduced_tables
from sr_fingerprints.attribution.model_card import model_card
from sr_fingerprints.attribution.published import answers_of_images, disagreements, write_answers

BUNDLES = sorted((Path(__file__).parents[2] / "resources/bundles").glob("*.safetensors"))
needs_bundle = pytest.mark.skipif(not BUNDLES, reason="no bundle is committed in resources/bundles")


@needs_bundle
@pytest.mark.parametrize("path", BUNDLES, ids=[path.stem for path in BUNDLES])
def test_a_published_bundle_reproduces_its_tables(path):
    bundle = read_bundle(path)
    published = {
        name: [row for row in rows if not is_left_out(row)]
        for name, rows in bundle.about["tables"].items()
        if name != "attribution_own"
    }
    tiles = tuple(sorted({row["tiles"] for row in published["attribution"]}))
    found = reproduced_tables(bundle, tiles)
    assert found.keys() == published.keys()
    for name, rows in published.items():
        assert differences(found[name], rows) == []


@needs_bundle
@pytest.mark.parametrize("path", BUNDLES, ids=[path.stem for path in BUNDLES])
def test_a_published_bundle_says_of_its_images_what_it_said(path):
    published = json.loads((path.with_suffix("") / "answers.json").read_text(encoding="utf-8"))
    assert len(published["images"]) >= 5
    assert disagreements(published, answers_of_images(path, path.with_suffix(""))) == []


@needs_bundle
@pytest.mark.parametrize("path", BUNDLES, ids=[path.stem for path in BUNDLES])
def test_the_model_card_is_that_of_the_bundle(path):
    assert path.with_suffix(".md").read_text(encoding="utf-8") == model_card(read_bundle(path))


def test_answers_that_differ_are_told(tmp_path):
    """The mechanism, on a bundle made here: the same answers agree, and each kind of difference is told."""
    bundle, images = tmp_path / "small.safetensors", tmp_path / "small"
    images.mkdir()
    write_bundle(answering_bundle(), bundle)
    for number in range(2):
        Image.radial_gradient("L").convert("RGB").rotate(45 * number).save(images / f"image{number}.png")
    write_answers(bundle, images)
    published = json.loads((images / "answers.json").read_text())
    assert published["bundle"] == read_bundle(bundle).sha256 and len(published["images"]) == 2
    again = answers_of_images(bundle, images)
    assert disagreements(published, again) == []
    first = again["images"]["image0.png"]
    for change, told in (
        ({"decision": "nothing"}, "image0.png, decision: 'nothing' instead of"),
        ({"probability": first["probability"] + 1e-4}, "image0.png, probability: "),
        ({"sha256": "0"}, "image0.png, sha256: '0' instead of"),
    ):
        changed = {**again, "images": {**again["images"], "image0.png": first | change}}
        assert disagreements(published, changed)[0].startswith(told)
    fewer = {**again, "images": {"image0.png": first}}
    assert disagreements(published, fewer) == ["image1.png: no answer"]

"""The picture of the README: every image of a folder with what is answered of it; the same bytes each time."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from smoke_study import ROOT
from tiny_bundle import made, write_tiny_bundle

from sr_fingerprints.attribution import attribute
from sr_fingerprints.attribution.answers_figure import _numbers, _words, answers_of_folder, main
from sr_fingerprints.runtime.provenance import sha256_of

LARGEST = 300_000
"""Bytes of the picture in the repository."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images of three sources, the bundle beside their folder, and a file of answers, which is no image."""
    folder = tmp_path_factory.mktemp("picture")
    (folder / "images").mkdir()
    for source in ("sharp", "smooth", "photo"):
        Image.fromarray(made(source, "grace_hopper", 256)).save(folder / f"images/{source}.png")
    (folder / "images/answers.json").write_text("{}")
    write_tiny_bundle(folder)
    return folder


def test_the_answers_are_those_of_attribute(folder):
    answers = answers_of_folder(folder / "images", folder / "tiny.safetensors")
    assert [path.name for path, _ in answers] == ["photo.png", "sharp.png", "smooth.png"]
    for path, answer in answers:
        told = attribute(path, folder / "tiny.safetensors")
        assert (answer.decision, answer.probability) == (told.decision, told.probability)
    found = {path.stem: (answer.decision, _words(answer), _numbers(answer)) for path, answer in answers}
    assert found["sharp"][:2] == ("network", "Sharp 2X") and found["sharp"][2].startswith("probability ")
    assert found["smooth"][:2] == ("undecided", "likeliest: Smooth 2X")
    assert found["smooth"][2].startswith("any network: probability ")


def test_the_program_draws_the_images_and_the_same_bytes_each_time(folder, tmp_path):
    program = [sys.executable, "-m", "sr_fingerprints.attribution.answers_figure"]
    given = [folder / "images", tmp_path / "one.png", folder / "tiny.safetensors"]
    subprocess.run([*program, *given], check=True, env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": ""})
    assert main([str(given[0]), str(tmp_path / "two.png"), str(given[2])]) == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    drawn = np.asarray(Image.open(tmp_path / "one.png").convert("RGB")).astype(float)
    assert (drawn[:8] > 250).all(), "a white border, on dark pages too"
    first = np.asarray(Image.fromarray(made("photo", "grace_hopper", 256)).resize((160, 160)), float)
    shown = drawn[19:179, 19:179]
    assert np.corrcoef(shown.ravel(), first.ravel())[0, 1] > 0.95, "the image itself, at its place"


def test_wrong_arguments_are_told(folder, tmp_path, capsys):
    assert main([]) == 2 and "answers_figure FOLDER PNG" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main([str(tmp_path / "empty"), str(tmp_path / "x.png"), str(folder / "tiny.safetensors")]) == 2
    assert "found no images; allowed: a folder with a handful" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_the_picture_in_the_repository_is_light_and_of_the_published_bundle():
    picture, bundle = ROOT / "docs/attribute.png", ROOT / "resources/bundles/upscalers.safetensors"
    assert picture.stat().st_size < LARGEST
    with Image.open(picture) as drawn:
        assert drawn.width >= 1000
        assert drawn.text["bundle"] == sha256_of(bundle), "run `make readme-picture`"

"""Degraded test images: which, how they are cropped, and what classifiers and PRNU answer for them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_classifiers import SETTINGS
from smoke_study import ROOT

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.saving import TrainedClassifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.degradations.answers import COLUMNS, read_answers
from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.degradations.classification import accepted_sides, classify_degraded, crop_side
from sr_fingerprints.degradations.degraded_images import common_side, degraded_crops, spread_rows
from sr_fingerprints.degradations.matching import PrnuExperiment, match_degraded
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.prnu.matching import attribute_by_prnu
from sr_fingerprints.prnu.residuals import extract_residuals
from sr_fingerprints.prnu.settings import Extraction
from sr_fingerprints.runtime.errors import InputError

NETWORKS = ["A", "B"]
BACKBONES = ROOT / "resources/backbones.tsv"
PRISTINE = {"name": "pristine", "tier": "clean", "chain": []}
MIRROR = {"name": "mirror", "tier": "clean", "chain": [{"mirror": "horizontal"}]}
NOISE = {"name": "noise", "tier": "web", "chain": [{"noise": 3}]}
HALF = {"name": "half", "tier": "hard", "chain": [{"resize": 0.5}]}
GREY = {"name": "blur", "tier": "hard", "chain": [{"blur": 20}, {"blur": 20}]}

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """64 x 64 photos of four sources from two 'networks', each of which leaves a faint texture of its own."""
    folder, random = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    photos = [np.kron(random.uniform(60, 190, (8, 8, 3)), np.ones((8, 8, 1))) for _ in range(40)]
    rows = np.arange(64)
    found = {}
    for name, step in zip(NETWORKS, (1.3, 2.6), strict=True):
        texture = 3 * np.sin(rows * step)[:, None, None] * np.cos(rows * step)[None, :, None]
        found[name] = folder / f"{name}.h5"
        with ImageWriter(found[name], {"network": name}) as writer:
            for number, photo in enumerate(photos):
                split = "train" if number < 20 else "validation" if number < 24 else "test"
                source = f"{split}{number % 3 if number < 36 else 0}"
                image = np.clip(np.rint(photo + texture + random.normal(0, 1, photo.shape)), 0, 255)
                writer.append(image.astype(np.uint8), f"p{number}", source, split)
    return found


@pytest.fixture(scope="module")
def classifier(images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier")
    path = folder / "c.safetensors"
    train_classifier(list(images.values()), NETWORKS, path, folder / "c.csv", folder / "c.pt", SETTINGS, seed=1)
    return path


def answers(classifier, images, degradations, folder, **more):
    output = Path(folder, "answers.csv")
    classify_degraded({"x": classifier}, {"x": NETWORKS}, images, degradations, BACKBONES, output, **more)
    return read_answers([output])


def test_images_are_spread_over_the_sources_and_the_same_of_every_network(images):
    with ImageFile(images["A"]) as one, ImageFile(images["B"]) as other:
        for most in (1, 3, 6, 9):
            rows = spread_rows(one, "test", most, seed=1)
            assert rows == spread_rows(other, "test", most, seed=1) == sorted(set(rows)) and len(rows) == most
            counts = pd.Series(one.source[rows]).value_counts()
            assert counts.max() - counts.min() <= 1 and len(counts) == min(most, 3)
        assert spread_rows(one, "test", None, 1) == spread_rows(one, "test", 99, 1) == one.indices("test").tolist()
        assert spread_rows(one, "test", 3, 1) != spread_rows(one, "test", 3, 2)


def test_images_as_they_are_get_the_predictions_of_the_ordinary_evaluation(images, classifier, tmp_path):
    apply_classifier(classifier, list(images.values()), NETWORKS, NETWORKS, "test", tmp_path / "p.h5")
    ordinary = read_predictions(tmp_path / "p.h5")
    found = answers(classifier, images, [PRISTINE], tmp_path)
    assert found.predicted.tolist() == ordinary.predicted.tolist()
    assert np.allclose(found.score, ordinary.scores.max(1), atol=1e-5)
    assert found.photo.tolist() == ordinary.photo.tolist() and found.source.tolist() == ordinary.source.tolist()
    assert found.crop.unique() == SETTINGS.evaluation_crop and found.correct.mean() > 0.95


def test_a_texture_that_is_blurred_away_is_attributed_at_chance(images, classifier, tmp_path):
    found = answers(classifier, images, [PRISTINE, GREY], tmp_path)
    by_degradation = found.groupby("degradation").correct.mean()
    assert by_degradation.pristine > 0.95 and by_degradation.blur == pytest.approx(0.5, abs=0.2)


def test_answers_depend_on_the_seed_and_not_on_what_else_is_evaluated(images, classifier, tmp_path):
    few = answers(classifier, images, [PRISTINE, NOISE], tmp_path, most=3, seed=1)
    more = answers(classifier, images, [MIRROR, NOISE, PRISTINE], tmp_path, most=6, seed=1)
    shared = few.merge(more, on=["network", "photo", "degradation"])
    assert len(shared) == len(few) == 2 * 3 * 2
    assert shared.score_x.tolist() == shared.score_y.tolist()
    other = answers(classifier, images, [PRISTINE, NOISE], tmp_path, most=None, seed=2)
    same = answers(classifier, images, [PRISTINE, NOISE], tmp_path, most=None, seed=1)
    noisy = other.degradation == "noise"
    assert (other.score[noisy] != same.score[noisy]).any() and other.score[~noisy].equals(same.score[~noisy])


def test_the_crop_is_of_the_middle_of_the_whole_degraded_image(images):
    with ImageFile(images["A"]) as file:
        row = int(file.indices("test")[0])
        image = file.image(row)
        pristine, half, mirror = degraded_crops(file, row, "A", [PRISTINE, HALF, MIRROR], 20, seed=1)
    assert np.array_equal(pristine, image[22:42, 22:42])
    assert np.array_equal(half, degrade(image, HALF["chain"], np.random.default_rng())[6:26, 6:26])
    assert np.array_equal(mirror, image[22:42, 22:42][:, ::-1])


def test_all_degradations_are_judged_by_the_largest_crop_that_fits_into_all(images, classifier, tmp_path):
    assert common_side(list(images.values()), [PRISTINE], "test", None, 1) == 64
    assert common_side(list(images.values()), [PRISTINE, HALF], "test", None, 1) == 32
    shrunk = {"name": "s", "tier": "hard", "chain": [{"resize": [0.35, 1]}]}
    found = answers(classifier, images, [PRISTINE, shrunk], tmp_path, most=2)
    assert set(found.crop) == {22}


def test_a_backbone_gets_the_largest_crop_that_it_accepts_or_the_job_is_refused():
    settings = {"backbone": "convnext_tiny", "input": "pixels", "evaluation_crop": 224}
    trained = TrainedClassifier(None, np.array(NETWORKS), {"settings": settings})
    accepts = accepted_sides("convnext_tiny", "pixels", BACKBONES)
    assert crop_side(trained, 100, BACKBONES) == max(side for side in range(16, 101) if accepts(side))
    assert accepted_sides("highpass32", "highpass", BACKBONES)(17)
    settings["backbone"] = "vit_base_patch16_224"
    assert crop_side(trained, 300, BACKBONES) == 224
    with pytest.raises(InputError, match="accepts none; allowed"):
        crop_side(trained, 200, BACKBONES)


def test_prnu_is_compared_at_the_same_place_whatever_is_odd(images, tmp_path):
    """The middle of the photo is that of the fingerprint if both crops have even sides, or both odd ones."""
    for crop in (47, 48):
        residuals = {name: tmp_path / f"{name}-{crop}.h5" for name in images}
        for name, path in images.items():
            extract_residuals(path, residuals[name], Extraction("wavelet", crop))
        for taken_off in (20, 21):
            smaller = {"name": "s", "tier": "clean", "chain": [{"crop": {"top": taken_off, "left": taken_off}}]}
            experiment = {"x": PrnuExperiment("correlation", residuals)}
            match_degraded(experiment, images, [PRISTINE, smaller], tmp_path / "a.csv")
            found = read_answers([tmp_path / "a.csv"])
            (side,) = set(found.crop)
            assert side in (64 - taken_off, 63 - taken_off) and (crop - side) % 2 == 0
            assert found[found.degradation == "pristine"].correct.mean() > 0.9


def test_prnu_of_images_as_they_are_is_that_of_the_ordinary_evaluation(images, tmp_path):
    """With crops as large as the fingerprints', and with smaller ones of the same place."""
    residuals = {}
    for name, path in images.items():
        residuals[name] = tmp_path / f"{name}.h5"
        extract_residuals(path, residuals[name], Extraction("wavelet", 48))
    for match in ("euclidean", "correlation"):
        attribute_by_prnu(list(residuals.values()), match, tmp_path / "p.h5")
        ordinary = read_predictions(tmp_path / "p.h5")
        match_degraded({"x": PrnuExperiment(match, residuals)}, images, [PRISTINE, NOISE], tmp_path / "a.csv")
        found = read_answers([tmp_path / "a.csv"])
        pristine = found[found.degradation == "pristine"]
        assert pristine.predicted.tolist() == ordinary.predicted.tolist()
        assert np.allclose(pristine.score, ordinary.scores.max(1), rtol=0.01)
        assert set(found.crop) == {48} and list(found.columns) == [*COLUMNS, "correct"]
        match_degraded({"x": PrnuExperiment(match, residuals)}, images, [PRISTINE, HALF], tmp_path / "a.csv")
        smaller = read_answers([tmp_path / "a.csv"])
        assert set(smaller.crop) == {32}
        by_degradation = smaller.groupby("degradation").correct.mean()
        assert by_degradation.pristine > 0.9 > by_degradation.half

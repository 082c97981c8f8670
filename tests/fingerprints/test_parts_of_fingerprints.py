"""Networks whose fingerprint is known: a pattern that repeats, or a texture that does not."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data
from small_classifiers import SETTINGS

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.fingerprints.linear import chosen_bins, classify_parts
from sr_fingerprints.fingerprints.measured import chosen_rows, read_measured
from sr_fingerprints.fingerprints.measurements import Measurement, measure
from sr_fingerprints.fingerprints.parts import CHANGES, LINEAR, changes, linear_parts
from sr_fingerprints.fingerprints.removal import apply_without_grid
from sr_fingerprints.fingerprints.spectra import tiled
from sr_fingerprints.runtime.errors import InputError

IMAGES = {"train": 24, "validation": 8, "test": 12}
MEASUREMENT = Measurement(64, 16, 4, 5.0, IMAGES)
PHASES, TEXTURES, PATTERNS = ("A", "B", "C"), ("D", "E", "F"), ("G", "H", "I")


def tiles():
    """Tiles of 64 pixels of three photos, by split: source, name, split, image."""
    photos = {"astronaut": "train", "chelsea": "validation", "coffee": "test"}
    for name, split in photos.items():
        photo = getattr(data, name)()
        for number in range(30):
            top, left = 64 * (number // 6), 64 * (number % 6)
            if top + 64 <= photo.shape[0]:
                yield name, f"{name}-{number}", split, photo[top : top + 64, left : left + 64].astype(np.float32)


def as_network(network, image, number):
    """What a network does: A to C add one pattern, each at another phase, D to F noise, G to I patterns."""
    if network in TEXTURES:
        noise = np.random.default_rng(number + 1000 * ord(network)).normal(0, 1, image.shape)
        noise = gaussian_filter(noise, {"D": 0, "E": (2, 0, 0), "F": (0, 2, 0)}[network])
        return image + 20 * noise / noise.std()
    pattern = (
        np.random.default_rng(ord(network) if network in PATTERNS else 0)
        .normal(0, 3, (1, 4, 4, 3))
        .astype(np.float32)
    )
    pattern -= pattern.mean(axis=(1, 2), keepdims=True)
    if network in PHASES:  # the same spectrum
        pattern = np.roll(pattern, PHASES.index(network), axis=(1, 2))
    return image + tiled(pattern, 64, 64)[0]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Folder with images of every network, and what is measured of them."""
    folder = tmp_path_factory.mktemp("study")
    for network in (*PHASES, *TEXTURES, *PATTERNS):
        with ImageWriter(folder / f"{network}.h5", {"network": network}) as writer:
            for number, (source, name, split, image) in enumerate(tiles()):
                made = np.clip(np.rint(as_network(network, image, number)), 0, 255).astype(np.uint8)
                writer.append(made, name, source, split)
    files = [folder / f"{network}.h5" for network in (*PHASES, *TEXTURES)]
    measure(files, [*PHASES, *TEXTURES], folder / "measured.h5", MEASUREMENT, seed=3)
    return folder


def accuracies(study, networks, folder):
    outputs = {part: folder / f"{part}.h5" for part in LINEAR}
    classify_parts(study / "measured.h5", networks, outputs, seed=1)
    return {part: read_predictions(path).correct.mean() for part, path in outputs.items()}


def test_networks_that_differ_in_the_phase_of_their_grid_are_told_apart_by_that_alone(study, tmp_path):
    found = accuracies(study, PHASES, tmp_path)
    assert found["grid_phase"] == 1
    for part in LINEAR[:-1]:  # their spectra are the same
        assert found[part] < 0.7, part


def test_networks_that_differ_in_texture_are_told_apart_without_the_grid(study, tmp_path):
    found = accuracies(study, TEXTURES, tmp_path)
    assert min(found[part] for part in ("spectrum", "spectrum_without_grid", "spectrum_without_others")) > 0.8
    assert found["grid_phase"] < 0.6 and found["spectrum_labels_shuffled"] < 0.6


def test_a_classifier_of_patterns_fails_without_them_and_only_then(study, tmp_path):
    settings = replace(SETTINGS, backbone="highpass16", evaluation_crop=64, learning_rate=0.01)
    files = [study / f"{network}.h5" for network in PATTERNS]
    classifier = tmp_path / "c.safetensors"
    train_classifier(files, PATTERNS, classifier, tmp_path / "c.csv", tmp_path / "c.pt", settings, seed=1)
    apply_classifier(classifier, files, PATTERNS, PATTERNS, "test", tmp_path / "untouched.h5")
    outputs = {change: tmp_path / f"{change}.h5" for change in CHANGES}
    apply_without_grid(classifier, files, PATTERNS, outputs, period=4, images=IMAGES, seed=3)
    found = {change: read_predictions(path) for change, path in outputs.items()}
    assert read_predictions(tmp_path / "untouched.h5").correct.mean() > 0.95
    assert found["grid_removed"].correct.mean() < 0.6
    assert found["others_removed"].correct.mean() > 0.9
    for one in found.values():
        assert len(one.photo) == 3 * 12 and set(one.source) == {"coffee"}
    assert sorted(found["grid_removed"].photo[:12]) == sorted(read_measured(study / "measured.h5").photo[-12:])


def test_it_measures_what_it_says(study):
    found = read_measured(study / "measured.h5")
    assert found.network.tolist() == [*PHASES, *TEXTURES]
    assert {split: int((found.split == split).sum()) for split in IMAGES} == IMAGES
    assert found.luminance.shape == (6, 44, 16, 9) and found.residual_power.shape == (6, 12, 16, 9)
    assert found.grid.shape == (6, 44, 4, 4, 3) and found.residual.shape == (6, 64, 64, 3)
    repeating = found.grid[:3].mean(axis=1)
    alike = [np.corrcoef(np.roll(repeating[0], by, axis=(0, 1)).ravel(), repeating[1].ravel())[0, 1] for by in (0, 1)]
    assert alike[0] < 0.9 < 0.95 < alike[1]
    again = study / "again.h5"
    measure([study / f"{name}.h5" for name in found.network], found.network, again, MEASUREMENT, seed=3)
    assert again.read_bytes() == (study / "measured.h5").read_bytes()


def test_images_are_of_as_many_photos_as_there_are(tmp_path):
    with ImageWriter(tmp_path / "i.h5", {}) as writer:
        for split, sources in {"train": "aaaaaaab", "test": "ccddde", "validation": "f"}.items():
            for number, source in enumerate(sources):
                writer.append(np.zeros((4, 4, 3), np.uint8), f"{source}{number}", source, split)
    with ImageFile(tmp_path / "i.h5") as images:
        rows = chosen_rows(images, {"train": 4, "validation": 3, "test": 3}, seed=0)
        assert sorted(images.source[rows]) == list("aaabcdef")
        assert chosen_rows(images, dict.fromkeys(IMAGES), seed=0).tolist() == list(range(15))
        others = [chosen_rows(images, {"train": 4, "validation": 3, "test": 3}, seed).tolist() for seed in range(5)]
        assert others[0] == rows.tolist() and len({tuple(other) for other in others}) > 1


def test_bins_of_parts_complete_each_other():
    bins = {part: chosen_bins(part, 32, 4, np.random.default_rng(0)) for part in LINEAR}
    assert (bins["spectrum_without_grid"] ^ bins["spectrum_of_grid"] == bins["spectrum"]).all()
    assert (bins["spectrum_without_others"] ^ bins["spectrum_of_others"] == bins["spectrum"]).all()
    assert bins["spectrum_of_others"].sum() == bins["spectrum_of_grid"].sum() == 78
    assert not (bins["spectrum_of_others"] & bins["spectrum_of_grid"]).any()
    assert linear_parts(1) == ("spectrum", "spectrum_labels_shuffled") and changes(1) == ()


def test_other_photos_small_ones_and_absent_splits_are_refused(study, tmp_path):
    with ImageWriter(tmp_path / "other.h5", {}) as writer:
        writer.append(np.zeros((64, 64, 3), np.uint8), "x", "x", "test")
    with pytest.raises(InputError, match=r"other\.h5: found other photos than in"):
        measure([study / "A.h5", tmp_path / "other.h5"], ["A", "x"], tmp_path / "m.h5", MEASUREMENT)
    with pytest.raises(InputError, match=r"64 x 64 pixels; the spectra of fingerprints need 96"):
        measure([study / "A.h5"], ["A"], tmp_path / "m.h5", replace(MEASUREMENT, crop=96))
    measure([tmp_path / "other.h5"], ["x"], tmp_path / "m.h5", MEASUREMENT)
    with pytest.raises(InputError, match=r"m\.h5: found no train images"):
        classify_parts(tmp_path / "m.h5", ["x"], {"spectrum": tmp_path / "p.h5"})

"""Scores for crops of several sizes and numbers, their pooling, and classifiers trained on fewer photos."""

import numpy as np
import pytest
from small_classifiers import SETTINGS

from sr_fingerprints.classifiers.crops import Crops
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.evidence.growth import measure_growth
from sr_fingerprints.evidence.growth_file import CROPS, SIDE, read_growth
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.runtime.errors import InputError

NAMES = ("A", "B")


def write(path, period, seed):
    """Images of noise, with a faint stripe of this period that tells the networks apart: 2 tiles of each photo."""
    random = np.random.default_rng(seed)
    stripe = 6 * np.sin(2 * np.pi * np.arange(48) / period)[None, :, None]
    splits = {"a": "train", "b": "train", "c": "train", "v": "validation", "t": "test", "u": "test"}
    with ImageWriter(path, {}) as file:
        for source, split in splits.items():
            for tile in range(2):
                pixels = 128 + random.normal(0, 4, (48, 48, 3)) + stripe
                file.append(pixels.clip(0, 255).astype(np.uint8), f"{source}-0-{48 * tile}", source, split)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("growth")
    files = [folder / f"{name}.h5" for name in NAMES]
    for seed, (file, period) in enumerate(zip(files, (2.5, 5), strict=True)):
        write(file, period, seed)
    train_classifier(files, NAMES, folder / "c.safetensors", folder / "c.csv", folder / "c.pt", SETTINGS, seed=1)
    return folder, files


def measure(study, name, **changes):
    folder, files = study
    keywords = {"sides": [16, 48], "crop": 16, "numbers": [1, 4], "images_per_photo": 1, "seed": 3} | changes
    measure_growth(folder / "c.safetensors", files, NAMES, output=folder / name, **keywords)
    return read_growth(folder / name)


def test_scores_are_of_the_right_crops_and_sums_of_the_same_tiles_of_every_network(study):
    found = measure(study, "one.h5")
    assert found.grows_with.tolist() == [SIDE, SIDE, CROPS, CROPS] and found.amount.tolist() == [16, 48, 1, 4]
    assert sorted(zip(found.network, found.source, strict=True)) == [(n, s) for n in NAMES for s in ("t", "u", "v")]
    assert set(found.split[found.source == "v"]) == {"validation"}
    by_network = [sorted(found.photo[found.network == name]) for name in NAMES]
    assert by_network[0] == by_network[1]
    single = np.exp(found.scores[:3]).sum(axis=2)
    np.testing.assert_allclose(single, 1, rtol=1e-5)
    assert (found.scores[3].sum(axis=1) < found.scores[2].sum(axis=1)).all(), "three more crops were added"
    correct = found.classes[found.scores[1].argmax(axis=1)] == found.network
    assert correct.mean() > 0.8, "the whole image tells the networks apart"


def test_the_same_seed_gives_the_same_bytes_and_what_has_no_room_is_left_out(study, caplog):
    folder, _ = study
    measure(study, "one.h5")
    measure(study, "two.h5")
    assert (folder / "one.h5").read_bytes() == (folder / "two.h5").read_bytes()
    found = measure(study, "three.h5", sides=[48, 64], numbers=[9, 10], images_per_photo=5)
    assert found.amount.tolist() == [48, 9] and len(found.network) == 2 * 3 * 2
    assert "no room for: [10, 64]" in caplog.text
    assert measure(study, "four.h5", numbers=[]).amount.tolist() == [16, 48]
    with pytest.raises(InputError, match=r"evidence\.sides: found \[64\]; allowed: up to 48"):
        measure(study, "five.h5", sides=[64])


def test_fewer_training_photos_are_drawn_by_the_seed_and_nested(study):
    _, files = study
    chosen = {}
    for order in range(6):
        for photos in (1, 2, 3):
            with Crops(files, [0, 1], "train", 16, photos, order) as crops:
                chosen[order, photos] = set(crops.photos)
                assert len(crops) == 2 * 2 * photos and len(crops.photos) == photos
        assert chosen[order, 1] < chosen[order, 2] < chosen[order, 3] == {"a", "b", "c"}
    assert len({frozenset(chosen[order, 1]) for order in range(6)}) > 1
    with pytest.raises(InputError, match=r"training_photos: found 4; allowed: up to 3"):
        Crops(files, [0, 1], "train", 16, 4)


def test_a_classifier_says_how_many_photos_it_learned_from(study):
    from sr_fingerprints.classifiers.saving import load_classifier

    folder, files = study
    paths = [folder / f"few.{suffix}" for suffix in ("safetensors", "csv", "pt")]
    train_classifier(files, NAMES, *paths, SETTINGS, seed=1, training_photos=2)
    assert load_classifier(paths[0]).provenance["training_photos"] == 2
    assert load_classifier(folder / "c.safetensors").provenance["training_photos"] == 3

"""Augmentation: crops of degraded images, from the same seed the same ones, and only as many as asked for."""

import dataclasses

import numpy as np
import pytest
from small_classifiers import SETTINGS

from sr_fingerprints.classifiers.augmentation import PHASES, Augmentation, window_size
from sr_fingerprints.classifiers.crops import Crops
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.degradations.operations import degraded_size, for_size
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.augmentation import chosen, evaluated, with_chains

GREY = [{"blur": 20}]  # of stripes nothing remains


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Stripes, across in one network's images and down in the other's: crops without any are degraded ones."""
    folder = tmp_path_factory.mktemp("images")
    stripes = np.where(np.arange(80) % 2, 200, 50).astype(np.uint8)
    across = np.ascontiguousarray(np.broadcast_to(stripes[:, None, None], (80, 80, 3)))
    paths = [folder / "a.h5", folder / "b.h5"]
    for path, image in zip(paths, (across, across.transpose(1, 0, 2)), strict=True):
        with ImageWriter(path, {"network": path.stem}) as writer:
            for split in ("train", "validation", "test"):
                for number in range(3):
                    writer.append(np.ascontiguousarray(image), f"{split}{number}", f"{split}{number}", split)
    return paths


def contrast(crops):
    return np.ptp(crops.reshape(len(crops), -1).astype(int), axis=1)


def batch(images, augmentation, seed=0):
    with Crops(images, [0, 1], "train", 24) as crops:
        (found, targets), *_ = crops.random_batches(200, np.random.default_rng(seed), 1, augmentation)
    return found, targets


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_share_of_the_crops_is_degraded(images, share):
    found, targets = batch(images, Augmentation(share, [GREY]))
    assert found.shape == (200, 24, 24, 3) and found.dtype == np.uint8
    assert (contrast(found) < 100).mean() == pytest.approx(share, abs=0.1)
    assert (contrast(batch(images, None)[0]) > 100).all() and set(targets) == {0, 1}


def test_the_same_seed_gives_the_same_crops(images):
    chains = [GREY, [{"noise": [1, 5]}], [{"resize": {"factor": [0.6, 1.4], "kernel": "any"}}, {"jpeg": [60, 95]}]]
    first, again, other = (batch(images, Augmentation(0.7, chains), seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_crops_begin_at_every_phase_of_the_grid_of_jpeg(images):
    """Chroma of 4:2:0 is constant in blocks; an image without detail but one column shows where they begin."""
    found, _ = batch(images, Augmentation(1.0, [[{"crop": {"top": 0, "left": 0}}]]))
    assert {int(crop[0, 0, 0]) for crop in found} == {50, 200}
    for chain in ([], GREY, [{"resize": [0.5, 2]}], [{"rotate": "any"}, {"resize": 0.3}, {"crop": {"top": [0, 7]}}]):
        height, width = window_size((400, 300), chain, 24)
        assert min(degraded_size((height, width), chain)) >= 24 + PHASES
        smaller = min(degraded_size((height - 4, width - 4), chain))
        assert not chain or smaller < 24 + PHASES + 4  # and hardly more than needed
        assert window_size((30, 300), chain, 24)[0] == 30


def test_an_image_of_which_less_than_a_crop_remains_is_refused(images):
    with ImageFile(images[0]) as file, pytest.raises(InputError, match="augmentation leaves 16 x 16; allowed: 24"):
        Augmentation(1.0, [[{"resize": 0.2}]]).random_crop(file, 0, 24, np.random.default_rng(0))


def test_a_longest_side_is_that_of_the_image_and_not_of_the_part_that_is_read():
    assert for_size([{"resize": {"longest_side": 100}}], (50, 400))[0]["resize"]["factor"] == 0.25
    assert for_size([{"resize": {"longest_side": 500}}], (50, 400))[0]["resize"]["factor"] == 1
    twice = for_size([{"resize": 0.5}, {"resize": {"longest_side": [100, 150]}}], (400, 200))
    assert twice[0] == {"resize": 0.5} and twice[1]["resize"]["factor"] == [0.5, 0.75]


def test_interrupted_training_with_augmentation_ends_with_the_same_bytes(images, tmp_path, monkeypatch):
    settings = dataclasses.replace(
        SETTINGS, crop=24, epochs=2, steps_per_epoch=2, augmentation={"share": 0.5, "chains": [[{"noise": [0, 5]}]]}
    )

    def train(name, settings=settings):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        files = (folder / "c.safetensors", folder / "c.csv", folder / "c.pt")
        train_classifier(images, ["a", "b"], *files, settings, seed=1)
        return files[0]

    whole = train("whole").read_bytes()
    from sr_fingerprints.classifiers import training

    epochs, real = [], training.train_epoch

    def stop_before_the_second(state, *arguments):
        if state.epoch == 1 and not epochs:
            epochs.append(1)
            raise KeyboardInterrupt
        return real(state, *arguments)

    monkeypatch.setattr(training, "train_epoch", stop_before_the_second)
    with pytest.raises(KeyboardInterrupt):
        train("stopped")
    assert train("stopped").read_bytes() == whole
    without = train("without", dataclasses.replace(settings, augmentation=None))
    assert without.read_bytes() != whole
    assert load_classifier(whole_path(tmp_path)).provenance["settings"]["augmentation"]["share"] == 0.5


def whole_path(folder):
    return folder / "whole" / "c.safetensors"


ROWS = [
    {"name": "pristine", "tier": "clean", "chain": []},
    {"name": "a", "tier": "web", "chain": [{"jpeg": 90}]},
    {"name": "b", "tier": "training", "chain": [{"noise": 1}]},
]


def test_rows_are_chosen_by_tier_or_name_and_those_of_training_are_not_evaluated():
    assert [row["name"] for row in evaluated(ROWS)] == ["pristine", "a"]
    assert [row["name"] for row in chosen({"share": 1, "tiers": ["training"], "names": ["a"]}, ROWS)] == ["a", "b"]
    settings = with_chains({"crop": 8, "augmentation": {"share": 0.5, "names": ["b"]}}, ROWS)
    assert settings == {"crop": 8, "augmentation": {"share": 0.5, "chains": [[{"noise": 1}]]}}
    assert with_chains({"augmentation": None}, ROWS) == {"augmentation": None}

"""Images in memory, and batches read in advance, give the same crops as files do, in the same order."""

import threading

import numpy as np
import pytest
import torch

from sr_fingerprints.classifiers import crops as module
from sr_fingerprints.classifiers.augmentation import Augmentation
from sr_fingerprints.classifiers.crops import Crops, DeviceImages, in_advance
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.runtime.background_io import made_ahead


@pytest.fixture
def paths(tmp_path):
    random = np.random.default_rng(0)
    for name in "ab":
        with ImageWriter(tmp_path / f"{name}.h5", {}) as writer:
            for number in range(6):
                size = (70 + number, 90 - 3 * number, 3)
                writer.append(random.integers(0, 256, size, np.uint8), f"{number}", f"{number}", "train")
    return [tmp_path / "a.h5", tmp_path / "b.h5"]


def batches(crops, augmentation=None):
    return [
        (np.asarray(images), targets)
        for images, targets in crops.random_batches(5, np.random.default_rng(3), 7, augmentation)
    ]


def assert_same(found, expected):
    assert len(found) == len(expected)
    for (images, targets), (of_files, their_targets) in zip(found, expected, strict=True):
        assert np.array_equal(images, of_files) and np.array_equal(targets, their_targets)


@pytest.mark.parametrize("augmentation", [None, Augmentation(0.5, [[{"jpeg": [65, 100]}], [{"noise": [0, 4]}]])])
def test_crops_from_memory_are_those_of_the_file(paths, augmentation, monkeypatch):
    with Crops(paths, [0, 1], "train", 32) as crops:
        expected, centres = batches(crops, augmentation), list(crops.center_batches(5))
        crops.hold(10_000, "cpu")
        for file in crops.files:
            monkeypatch.setattr(file, "_images", None)  # nothing is read any more
        assert_same(batches(crops, augmentation), expected)
        assert_same(list(crops.center_batches(5)), centres)
        with pytest.raises(ValueError, match="read-only"):
            crops.files[0].image(0)[0, 0] = 0


def test_crops_cut_on_the_device_are_those_of_the_file(paths):
    with Crops(paths, [0, 1], "train", 32) as crops:
        expected = batches(crops)
        images = [crops.files[number].image(row) for number, row in crops.pairs]
        crops._on_device = DeviceImages(images, sum(image.size for image in images), "cpu")
        found = next(crops.random_batches(5, np.random.default_rng(3)))[0]
        assert isinstance(found, torch.Tensor) and found.dtype == torch.uint8
        assert_same(batches(crops), expected)


def test_images_are_held_if_they_fit_and_if_enough_crops_are_read(paths, monkeypatch):
    def held(crops_read):
        with Crops(paths, [0, 1], "train", 32) as crops:
            crops.hold(crops_read, "cpu")
            return len(crops.files[0]._held)

    assert held(1000) == 6
    assert held(5) == 0, "whole images would take longer than a few crops"
    monkeypatch.setattr(module, "HELD_BYTES", 100_000)
    assert held(1000) == 0


def test_batches_in_advance_are_the_same_made_by_another_thread(paths):
    threads = set()

    def noted(items):
        for item in items:
            threads.add(threading.get_ident())
            yield item

    before = torch.get_num_threads()
    try:
        with Crops(paths, [0, 1], "train", 32) as crops:
            expected = batches(crops)
            for number in (1, 2):
                torch.set_num_threads(number)
                made = noted(crops.random_batches(5, np.random.default_rng(3), 7))
                assert_same(list(in_advance(made, "cpu")), expected)
                assert (threading.get_ident() in threads) == (number == 1)
                threads.clear()
    finally:
        torch.set_num_threads(before)


def test_what_is_made_ahead_keeps_order_and_errors_and_stops():
    def items():
        yield from range(3)
        raise ValueError("the fourth")

    found = []
    with pytest.raises(ValueError, match="the fourth"):
        for item in made_ahead(items(), 2):
            found.append(item)
    assert found == [0, 1, 2]
    assert list(made_ahead([], 3)) == []
    assert next(made_ahead(iter(int, 1))) == 0, "of what never ends, too"

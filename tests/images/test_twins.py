"""Twins: images of one network by two paths through the program, and a control that can fail."""

import numpy as np
import pandas as pd
import pytest
from small_classifiers import SETTINGS

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.images.twins import compare_twins, count_differing_pixels
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import twin_networks
from sr_fingerprints.tables.controls import control_table

ROW = NetworkRow("N", "EDSR", "d", 2, "L1", 1, "custom", "trained")
NETWORKS = network_table([ROW, *twin_networks([{"network": "N", "memory": 1}], [ROW], {"memory": 6})])
TWINS = ["N-twin1", "N-twin2"]


def collection(path, mark):
    """60 noisy photos, of which a path through the program marked every fourth pixel by so many grey levels."""
    random = np.random.default_rng(0)
    with ImageWriter(path, {}) as writer:
        for number in range(60):
            image = random.integers(60, 190) + random.normal(0, 2, (48, 48, 3))
            image[::4, ::4] += mark
            split = "train" if number < 30 else "validation" if number < 40 else "test"
            writer.append(image.round().astype(np.uint8), f"p{number}", f"p{number}", split)
    return path


def told_apart(folder, *images):
    """The row of the table of controls, from files of images to the end."""
    compare_twins([{"weights_of": "N", "path": "memory 1"}], images[:1], images[1:], folder / "twins.csv")
    classifier, curve, checkpoint = (folder / name for name in ("c.safetensors", "c.csv", "c.pt"))
    train_classifier(images, TWINS, classifier, curve, checkpoint, SETTINGS, seed=1)
    apply_classifier(classifier, images, TWINS, TWINS, "test", folder / "p.h5")
    controls = {"t": (Experiment("t", "network", train_on=["twin"]), [read_predictions(folder / "p.h5")])}
    (row,) = control_table(controls, NETWORKS, pd.read_csv(folder / "twins.csv")).to_dict("records")
    assert row["chance"] == 50 and row["images"] == 40
    return row


def test_a_path_that_leaves_a_mark_is_recognised(tmp_path):
    row = told_apart(tmp_path, collection(tmp_path / "1.h5", 0), collection(tmp_path / "2.h5", 12))
    assert row["accuracy_mean"] > 90 and row["accuracy_low"] > 50
    assert row["pixels_differ"] == pytest.approx(100 / 16) and row["greatest_difference"] == 12


def test_paths_that_leave_none_are_at_chance_and_the_table_says_why(tmp_path):
    row = told_apart(tmp_path, collection(tmp_path / "1.h5", 0), collection(tmp_path / "2.h5", 0))
    assert row["accuracy_mean"] == 50
    assert row["pixels_differ"] == row["greatest_difference"] == 0


def test_pixels_are_counted_once_whatever_their_channels_and_the_padding_not_at_all(tmp_path):
    random = np.random.default_rng(1)
    images = [random.integers(0, 256, size, np.uint8) for size in ((8, 8, 3), (4, 6, 3))]
    changed = [image.copy() for image in images]
    changed[0][2, 3] = 255 - changed[0][2, 3]
    images[1][0, 0, 1], changed[1][0, 0, 1] = 0, 255
    for name, given in (("1", images), ("2", changed)):
        with ImageWriter(tmp_path / f"{name}.h5", {}) as writer:
            for number, image in enumerate(given):
                writer.append(image, f"p{number}", "p", "test")
    assert count_differing_pixels(tmp_path / "1.h5", tmp_path / "2.h5") == (64 + 24, 2, 255)


def test_images_of_other_photos_are_no_twins(tmp_path):
    for name in "12":
        with ImageWriter(tmp_path / f"{name}.h5", {}) as writer:
            writer.append(np.zeros((4, 4, 3), np.uint8), f"photo {name}", "p", "test")
    with pytest.raises(InputError, match="images of different photos"):
        count_differing_pixels(tmp_path / "1.h5", tmp_path / "2.h5")

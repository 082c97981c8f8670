"""Figures of fingerprints, of few and of many networks: every network is in them, and their texts can be read."""

import h5py
import numpy as np
import pandas as pd
import pytest
from paper_factorial import PAPER
from readable_figures import assert_readable, drawn

from sr_fingerprints.figures.confusion import confusion, plot_confusion
from sr_fingerprints.figures.network_dendrogram import plot_network_dendrogram
from sr_fingerprints.figures.network_residuals import centres, plot_network_residuals
from sr_fingerprints.figures.network_spectra import plot_network_spectra, spectrum_differences
from sr_fingerprints.figures.small_multiples import whole_dots
from sr_fingerprints.files.hdf5 import create_hdf5, write_attributes
from sr_fingerprints.files.predictions import Predictions, read_predictions, write_predictions
from sr_fingerprints.fingerprints.measured import read_measured
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import REAL, custom_networks, interpolated

DEMO = {
    "architectures": ["EDSR", "RCAN"],
    "scales": [2, 4],
    "losses": ["L1", "VGG_GAN", "ResNet_GAN"],
    "datasets": ["natural", "texture"],
    "seeds": [1, 2, 3],
}
ONE = {"architectures": ["EDSR"], "scales": [2], "losses": ["L1"], "datasets": ["natural"], "seeds": [1]}
NAMES = [
    "EDSR",
    "Real_ESRGAN_AnimeVideo",
    "MWMWMWMWMWMWMWMWMW",
    "EnhanceNet",
    "my_own_network_of_a_name_that_is_long",
]
LOSSES = ["L1", "GAN", "L1", "EnhanceNet", "NA"]
STUDIES = {
    "demo": (DEMO, 11),
    "paper": (PAPER, 25),
    "three scales": (PAPER | {"scales": [2, 3, 8]}, 0),
    "one": (ONE | {"seeds": [1, 2]}, 1),
    "published": (ONE | {"architectures": []}, 55),
    "two published": (ONE | {"architectures": []}, 2),
}


def study(name):
    """The networks of a study, with photos and interpolated ones."""
    factorial, number = STUDIES[name]
    rows = custom_networks(factorial)
    rows += [
        NetworkRow(f"n{i}", f"{NAMES[i % 5]}{i or ''}", scale=2 + 2 * (i % 2), loss=LOSSES[i % 5], origin="published")
        for i in range(number)
    ]
    return network_table([*rows, REAL, *interpolated(sorted({row.scale for row in rows}))])


def write_measured(path, networks, side=32):
    """What `measure` writes, of two test images and one for training; each network has its number everywhere."""
    count = len(networks)
    values = np.arange(count, dtype=np.float32)
    arrays = {
        "luminance": 10 ** (values[:, None, None, None] / 100 + np.zeros((1, 3, side, side // 2 + 1))),
        "grid": np.zeros((count, 3, 4, 4, 3)),
        "residual": values[:, None, None, None] / count + np.zeros((1, 48, 48, 3)),
        "residual_power": np.ones((count, 2, side, side // 2 + 1)),
    }
    texts = {"network": networks.network, "photo": "abc", "source": "abc", "split": ["train", "test", "test"]}
    with create_hdf5(path) as file:
        for key, names in texts.items():
            file.create_dataset(key, data=list(names), dtype=h5py.string_dtype())
        for key, array in arrays.items():
            file.create_dataset(key, data=array.astype(np.float32))
        write_attributes(file, {"period": 4})
    return path


def write_attribution(path, names, features=True):
    """Three images of each network: one in four is taken for the next network."""
    network = np.repeat(names, 3)
    photo = np.tile(list("abc"), len(names))
    scores = np.eye(len(names), dtype=np.float32)[np.repeat(np.arange(len(names)), 3)]
    scores[::4] = np.roll(scores[::4], 1, axis=1)
    random = np.random.default_rng(0).normal(0, 1, (len(network), 4 if features else 0)).astype(np.float32)
    write_predictions(path, Predictions(photo, photo, network, network, np.array(names), scores, random))
    return path


def learned(networks):
    custom = networks.network[networks.origin == "custom"].tolist()
    return custom or networks.network[networks.origin == "published"].tolist()


@pytest.mark.parametrize("name", STUDIES)
def test_every_network_has_a_panel_and_every_text_can_be_read(name, tmp_path):
    networks = study(name)
    measured = write_measured(tmp_path / "m.h5", networks)
    for plot, count in ((plot_network_spectra, len(networks) - 1), (plot_network_residuals, len(networks))):
        figure = drawn(lambda pdf, png, plot=plot: plot(measured, networks, pdf, png), tmp_path)
        assert_readable(figure)
        panels = figure.axes[0].images
        assert len(panels) == count
        boxes = np.array([np.array(image.get_extent())[[0, 1, 3, 2]] for image in panels])  # left, right, top, bottom
        apart = (boxes[:, None, 1] <= boxes[None, :, 0]) | (boxes[:, None, 3] <= boxes[None, :, 2])
        assert (apart | apart.T | np.eye(count, dtype=bool)).all(), "panels overlap"
        assert boxes[:, 0].min() >= 0 and boxes[:, 1].max() <= 1400
        assert (np.diff(boxes[:, :2]) % 32 == 0).all(), "pixels have different sizes"


@pytest.mark.parametrize("name", STUDIES)
def test_confusions_and_distances_of_all_networks_can_be_read(name, tmp_path):
    networks = study(name)
    names = learned(networks)
    paths = [write_attribution(tmp_path / f"{seed}.h5", names) for seed in (1, 2)]
    figure = drawn(lambda pdf, png: plot_confusion(paths, networks, pdf, png, tmp_path / "c.csv"), tmp_path)
    assert_readable(figure)
    table = pd.read_csv(tmp_path / "c.csv")
    assert len(table) == len(names) ** 2
    assert table.groupby("actual").share.sum().to_numpy() == pytest.approx(100)
    assert table.share[table.actual == table.predicted].mean() == pytest.approx(75, abs=9)
    assert_readable(drawn(lambda pdf, png: plot_network_dendrogram(paths, networks, pdf, png), tmp_path))


def test_a_dendrogram_needs_features(tmp_path):
    networks = study("demo")
    path = write_attribution(tmp_path / "p.h5", learned(networks), features=False)
    with pytest.raises(InputError, match=r"p\.h5: found no features"):
        plot_network_dendrogram([path], networks, tmp_path / "d.pdf", tmp_path / "d.png")


def test_images_of_other_networks_and_of_unknown_classes_are_not_counted(tmp_path):
    found = read_predictions(write_attribution(tmp_path / "p.h5", ["a", "b", "c"]))
    shares = confusion(found, ["a", "c"])
    assert shares.sum(axis=1).tolist() == [100, 100]


def test_differences_are_in_decibels_and_photos_are_no_network(tmp_path):
    networks = study("one")
    found = read_measured(write_measured(tmp_path / "m.h5", networks))
    differences = spectrum_differences(found)
    photo = networks.network.tolist().index("real")
    assert "real" not in differences and len(differences) == len(networks) - 1
    first = differences[networks.network[0]]
    assert first.shape == (32, 32) and first == pytest.approx(-0.1 * photo * 12 / 13, rel=0.05)
    parts = centres(found)
    assert parts["real"].shape == (32, 32, 3) and parts["real"] == pytest.approx(photo / len(networks))


def test_panels_have_whole_dots_a_pixel():
    assert [whole_dots(128, 32), whole_dots(100, 32), whole_dots(20, 32)] == [128, 96, 20]

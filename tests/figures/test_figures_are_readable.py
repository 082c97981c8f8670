"""Figures of few and of many networks: no text is cut off, overlaps another one, or is too small to read."""

from dataclasses import replace
from pathlib import Path

import matplotlib
import matplotlib.pyplot
import numpy as np
import pandas as pd
import pytest
import yaml
from interpolating_networks import write_collections
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from paper_factorial import PAPER
from readable_figures import assert_readable, drawn

from sr_fingerprints.figures.overview import plot_overview
from sr_fingerprints.figures.published_parsing import plot_published_parsing
from sr_fingerprints.figures.seed_triplets import plot_seed_triplets
from sr_fingerprints.figures.selection import networks_in_overview
from sr_fingerprints.figures.separation import plot_separation
from sr_fingerprints.figures.style import in_house_style
from sr_fingerprints.figures.tsne import custom_styles, plot_tsne_custom, plot_tsne_published, published_styles
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import REAL, custom_networks, interpolated, twin_networks

ROOT = Path(__file__).parents[2]
LOSSES = ["L1", "VGG", "ResNet", "VGG_GAN", "ResNet_GAN"]
PARSERS = {"scale": ["2", "4"], "loss": LOSSES, "architecture": PAPER["architectures"]}


def published_networks(number, third="proSR"):
    """Rows of published networks: names of all lengths, both scales, all kinds of loss."""
    names = ["EDSR", "Real_ESRGAN_AnimeVideo", third, "EnhanceNet", "my_own_network_of_a_name_that_is_long"]
    losses = ["L1", "GAN", "L1", "EnhanceNet", "NA"]
    scales = [2 + 2 * (i // 2 % 2) for i in range(number)]
    return [
        NetworkRow(f"n{i}", f"{names[i % 5]}{i or ''}", scale=scale, loss=losses[i % 5], origin="published")
        for i, scale in enumerate(scales)
    ]


def predictions(path, names, classes=None, images=2):
    """Two images of each network, their features where its number says; they are taken for any of the classes."""
    random = np.random.default_rng(0)
    network, classes = np.repeat(names, images), list(classes or names)
    photo = np.tile([f"photo-{i}" for i in range(images)], len(names))
    scores = np.eye(len(classes))[random.integers(0, len(classes), len(network))].astype(np.float32)
    features = random.normal(0, 1, (len(network), 4)) + 3 * np.repeat(np.arange(len(names)), images)[:, None] % 7
    found = Predictions(photo, photo, network, network, np.array(classes), scores, features, {"score": "probability"})
    write_predictions(path, found)
    return path


def triplet_table(losses, prnu=()):
    rows = [(scale, loss) for scale in ("2", "4") for loss in losses] + [("all", "all")]
    table = pd.DataFrame(rows, columns=["scale", "loss"]).assign(left_out="", triplets=2, images=60, chance=100 / 3)
    for i, (name, column) in enumerate({"accuracy": "accuracy_mean", **{name: name for name in prnu}}.items()):
        accuracy = np.linspace(40, 90 - 5 * i, len(table))
        table = table.assign(**{column: accuracy, f"{name}_low": accuracy - 3 - i, f"{name}_high": accuracy + 7})
    return table


def test_unreadable_texts_are_told():
    def figure_of(*texts):
        figure = Figure(dpi=200)
        for x, text, size in texts:
            figure.text(x, 0.5, text, fontsize=size)
        return figure

    assert_readable(figure_of((0.1, "one", 8), (0.5, "two", 7)))
    for texts, told in (
        ([(0.1, "one", 8), (0.105, "two", 8)], "overlap"),
        ([(0.99, "a long text", 8)], "cut off"),
        ([(0.1, "one", 6)], "6.0 points"),
    ):
        with pytest.raises(AssertionError, match=told):
            assert_readable(figure_of(*texts))


SMALLEST = {"architectures": ["EDSR"], "scales": [2], "losses": ["L1"], "datasets": ["natural"], "seeds": [1]}
STUDIES = {
    "the paper's": (custom_networks(PAPER), 25, "config/paper.yaml"),
    "the demo's experiments": (custom_networks(PAPER), 25, "config.yaml"),
    "all losses": (custom_networks(PAPER | {"losses": LOSSES}), 55, "config.yaml"),
    "nothing published": (custom_networks(PAPER), 0, "custom"),
    "published alone": ([], 25, "published"),
    "one scale and loss": (custom_networks(SMALLEST), 1, "custom, published"),
    "three scales": (custom_networks(PAPER | {"scales": [2, 4, 8]}), 5, "config.yaml"),
}
"""Custom networks, how many published ones, and where the experiments are from, or what the only one learns from."""


def overview(study, folder):
    """Figure 1 of one of the `STUDIES`."""
    custom, number, experiments = STUDIES[study]
    rows = custom + published_networks(number, third="MWMWMWMWMWMWMWMWMW")
    twins = [{"network": rows[-1].network, "precision": "bfloat16"}]
    rows = [replace(row, framework="torch") for row in rows]
    rows += twin_networks(twins, rows, {"precision": "float32"})
    rows += [REAL, *interpolated(sorted({row.scale for row in rows}))]
    networks = network_table(rows)
    if experiments.endswith(".yaml"):
        experiments = yaml.safe_load((ROOT / experiments).read_text())["experiments"]
    else:
        experiments = [{"name": "attribution", "task": "network", "train_on": experiments.split(", ")}]
    experiments = experiment_table(experiments)
    names = networks_in_overview(networks, experiments)
    write_collections(folder, networks, names)
    low = sorted(folder.glob("photos-x*.h5"))
    images = [folder / f"{name}.h5" for name in names]
    return drawn(
        lambda pdf, png: plot_overview(folder / "photos.h5", low, images, networks, experiments, pdf, png, side=32),
        folder,
    )


@pytest.mark.parametrize("study", STUDIES)
def test_overview(study, tmp_path):
    figure = overview(study, tmp_path)
    assert_readable(figure)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    frames = np.array([patch.get_window_extent().extents for patch in axes.patches if isinstance(patch, Rectangle)])
    for text in axes.texts:  # is within every box that it begins or ends in, and beside every picture
        left, bottom, right, top = text.get_window_extent().extents
        beside = (right < frames[:, 0]) | (left > frames[:, 2]) | (top < frames[:, 1]) | (bottom > frames[:, 3])
        within = (left >= frames[:, 0]) & (right <= frames[:, 2]) & (bottom >= frames[:, 1]) & (top <= frames[:, 3])
        assert (beside | within).all(), f"{text.get_text()!r} crosses the edge of a box"


@pytest.mark.parametrize("number", [2, 12, 25, 55])
def test_separation(number, tmp_path):
    networks = network_table(published_networks(number))
    path = predictions(tmp_path / "p.h5", networks.network.tolist())
    figure = drawn(lambda pdf, png: plot_separation([path], [path], networks, pdf, png, tmp_path / "a.csv"), tmp_path)
    assert_readable(figure)
    for axes in figure.axes[:2]:
        width, height = axes.get_position().size * figure.get_size_inches()
        assert width == pytest.approx(height, rel=0.02)  # cells are square


@pytest.mark.parametrize(("number", "origin"), [(2, "own"), (11, "custom"), (55, "own")])
def test_figures_of_one_classifier(number, origin, tmp_path):
    """Of own networks, or of custom ones that never saw these: a panel each."""
    networks = network_table(published_networks(number))
    path = predictions(tmp_path / "p.h5", networks.network.tolist())
    ours, others = ([path], []) if origin == "own" else ([], [path])
    first = (*others, None)[0], (*ours, None)[0]
    for plot, axes in (
        (lambda pdf, png: plot_separation(ours, others, networks, pdf, png, tmp_path / "a.csv", "own"), 2),
        (lambda pdf, png: plot_tsne_published(*first, networks, pdf, png, 1, "own"), 1),
    ):
        figure = drawn(plot, tmp_path)
        assert_readable(figure)
        assert figure.axes[0].get_title().startswith(f"Classifier of the {origin} networks")
        assert len(figure.axes) == axes  # the separation has a colour bar


@pytest.mark.parametrize("number", [1, 11, 55])
def test_published_parsing(number, tmp_path):
    networks = network_table(published_networks(number))
    names = networks.network.tolist()
    parsers = {
        task: [predictions(tmp_path / f"{task}{seed}.h5", names, classes, images=3) for seed in (1, 2)]
        for task, classes in (
            PARSERS | {"dataset": ["a_data_set_of_a_name_that_is_long", "another_data_set"]}
        ).items()
    }
    figure = drawn(lambda pdf, png: plot_published_parsing(parsers, networks, pdf, png, tmp_path / "a.csv"), tmp_path)
    assert_readable(figure)


@pytest.mark.parametrize("number", [2, 11, 25, 55])
def test_tsne_of_published_networks(number, tmp_path):
    networks = network_table(published_networks(number))
    path = predictions(tmp_path / "p.h5", networks.network.tolist())
    figure = drawn(lambda pdf, png: plot_tsne_published(path, path, networks, pdf, png, random_state=1), tmp_path)
    assert_readable(figure)
    titles = [
        axes.get_title() for axes in figure.axes
    ]  # the paper's Figure 5: which learned to tell these apart, left
    assert titles[0].startswith("Classifier of the published networks:\naccuracy")
    assert titles[1].startswith("Classifier of the custom networks,\nwhich never")


@pytest.mark.parametrize("losses", [["L1"], PAPER["losses"], LOSSES])
def test_tsne_of_custom_networks(losses, tmp_path):
    networks = network_table(custom_networks(PAPER | {"losses": losses}))
    path = predictions(tmp_path / "p.h5", networks.network.tolist(), images=1)
    figure = drawn(lambda pdf, png: plot_tsne_custom(path, networks, pdf, png, random_state=1), tmp_path)
    assert_readable(figure)
    kinds = list(dict.fromkeys(kinds_of(losses)))
    titles = [axes.get_title().split("\n")[0] for axes in figure.axes]
    assert titles == [f"{scale}X, {kind}" for scale in (2, 4) for kind in kinds]  # as in the paper's Figure 3


def test_losses_of_one_kind_are_told_by_their_filling():
    networks = network_table(custom_networks(PAPER | {"losses": LOSSES}))
    filled = custom_styles(networks).filled[networks.network].groupby(networks.loss.to_numpy()).agg(set)
    assert filled.to_dict() == {"L1": {True}, "VGG": {True}, "ResNet": {False}} | {
        "VGG_GAN": {True}, "ResNet_GAN": {False}
    }  # fmt: skip


def test_published_networks_look_different_and_those_of_one_group_have_one_shape():
    rows = network_table(published_networks(55))
    rows = rows.assign(kind=kinds_of(rows.loss)).sort_values(["scale", "kind"])
    looks = published_styles(rows)
    assert not looks.duplicated().any()
    assert looks.marker.groupby([rows.scale.to_numpy(), np.array(rows.kind)]).nunique().eq(1).all()


@pytest.mark.parametrize("prnu", [0, 1, 2, 7])
def test_seed_triplets_with_any_number_of_prnu(prnu, tmp_path):
    table = triplet_table(LOSSES, [f"prnu_wavelet_way{i}" for i in range(prnu)])
    table.to_csv(tmp_path / "table.csv", index=False)
    figure = drawn(lambda pdf, png: plot_seed_triplets(tmp_path / "table.csv", pdf, png), tmp_path)
    assert_readable(figure)
    assert len(figure.legends[0].get_texts()) == 1 + prnu + 1


def test_dots_and_intervals_are_the_tables(tmp_path):
    names = ["accuracy_mean", "prnu_wavelet_euclidean"]
    table = triplet_table(["L1", "VGG_GAN"], names[1:])
    table.loc[1, ["prnu_wavelet_euclidean_low", "prnu_wavelet_euclidean_high"]] = np.nan  # none could be had
    table.to_csv(tmp_path / "table.csv", index=False)
    (axes,) = drawn(lambda pdf, png: plot_seed_triplets(tmp_path / "table.csv", pdf, png), tmp_path).axes
    series = [line.get_ydata() for line in axes.lines if line.get_marker() not in ("None", "", None)]
    series = [values for values in series if len(values) == len(table)]
    assert np.array_equal(series, table[names].to_numpy().T)
    bars = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) > len(table)]  # with their caps
    wanted = table[["accuracy_low", "accuracy_high"]].to_numpy().tolist()
    wanted += table[["prnu_wavelet_euclidean_low", "prnu_wavelet_euclidean_high"]].dropna().to_numpy().tolist()
    assert [[np.nanmin(bar), np.nanmax(bar)] for bar in bars if np.isfinite(bar).any()] == wanted


def test_variant_without_left_out_architectures_is_drawn_where_the_table_has_both(tmp_path):
    table = triplet_table(["L1", "VGG_GAN"])
    both = pd.concat([table.assign(accuracy_mean=50.0, left_out=""), table.assign(left_out="NLSN")])
    pictures = {}
    for name, frame in {"alone": table, "both": both, "none left out": both[: len(table)]}.items():
        frame.to_csv(tmp_path / "table.csv", index=False)
        plot_seed_triplets(tmp_path / "table.csv", tmp_path / "a.pdf", tmp_path / "a.png")
        pictures[name] = (tmp_path / "a.png").read_bytes()
    assert pictures["alone"] == pictures["both"] != pictures["none left out"]


def test_theme_is_that_of_the_figures_alone():
    @in_house_style
    def inside():
        return matplotlib.rcParams["pdf.fonttype"], matplotlib.colors.to_rgb("b")

    before = dict(matplotlib.rcParams), matplotlib.colors.to_rgb("b")
    for _ in range(2):
        assert inside() == (42, before[1])
        assert (dict(matplotlib.rcParams), matplotlib.colors.to_rgb("b")) == before
    assert not matplotlib.pyplot.get_fignums()

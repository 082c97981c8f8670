"""The same weights by several pipelines: what differs, what is skipped, and what a classifier can tell."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import torch
from small_classifiers import SETTINGS

from sr_fingerprints.figures.pipelines import plot_pipelines
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import ncnn_export, trained
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.pipelines.application import Weights, apply_pipelines
from sr_fingerprints.pipelines.cross_training import train_on_pipelines
from sr_fingerprints.pipelines.selection import spread_over_sources
from sr_fingerprints.report.findings.pipelines import pipeline_findings
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.pipelines import Pipeline, compared_networks
from sr_fingerprints.tables import pipelines as table
from sr_fingerprints.tables.writing import read_table

SIZES = {
    "EDSR": {"num_feat": 8, "num_block": 1},
    "RCAN": {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4},
}
GENERATE = {"batch_size": 2, "memory": 1, "precision": "float32"}
FEW = {"train": 2, "validation": 1, "test": 2}


def network_of(architecture, scale=2):
    torch.manual_seed(0)
    return build_trainable(architecture, scale, **SIZES[architecture]).eval()


def write_photos(path, side=40, scale=2):
    random = np.random.default_rng(0)
    with ImageWriter(path, {"scale": scale}) as writer:
        for split, sources in {"train": "ab", "validation": "c", "test": "de"}.items():
            for source in sources:
                for tile in range(3):
                    image = random.integers(0, 256, (side, side, 3), np.uint8)
                    writer.append(image, f"{source}-{tile}", source, split)
    return path


@pytest.fixture(scope="module")
def applied(tmp_path_factory):
    """Two networks, applied by every kind of pipeline: the folder, and the two tables."""
    folder = tmp_path_factory.mktemp("applied")
    photos = write_photos(folder / "photos-x2.h5")
    networks = []
    for name in SIZES:
        row = NetworkRow(name, name, scale=2, origin="custom", framework="trained")
        trained.save(folder / f"{name}.safetensors", network_of(name), row, SIZES[name])
        networks.append(Weights(row, [folder / f"{name}.safetensors"], photos))
    pipelines = [
        Pipeline("ordinary"),
        Pipeline("again"),
        Pipeline("truncated", rounding="down"),
        Pipeline("tiles", tile=16, overlap=2),
        Pipeline("one_by_one", batch_size=1, threads=1),
        Pipeline("ncnn", framework="ncnn"),
        Pipeline("gpu", device="cuda"),
    ]
    files = folder / "applied.csv", folder / "differences.csv"
    apply_pipelines(pipelines, networks, FEW, GENERATE, folder / "images", *files, seed=1)
    read = (pd.read_csv(file, keep_default_na=False) for file in files)
    return folder, *(next(read).set_index(key) for key in ("pipeline", ["first", "second"]))


def test_pipelines_that_change_nothing_are_named_and_a_gpu_that_is_missing_too(applied):
    _, done, differences = applied
    assert done.identical_to.to_dict() == dict.fromkeys(done.index, "") | {
        "again": "ordinary",
        "one_by_one": "ordinary",
    }
    assert done.skipped["gpu"] == "no GPU that torch can use" and (done.skipped.drop("gpu") == "").all()
    assert "tiles of 16" in done.carried_out["tiles"] and done.carried_out["ncnn"] == "float32, ncnn"
    assert differences.pixels_differ["ordinary", "again"] == 0 and "gpu" not in set(differences.index.levels[1])
    assert (differences.pixels == 2 * sum(FEW.values()) * 80**2).all()


def test_truncated_grey_levels_are_the_same_or_one_less(applied):
    folder, _, differences = applied
    assert differences.greatest_difference["ordinary", "truncated"] == 1
    for name in SIZES:
        with (
            ImageFile(folder / f"images/ordinary/{name}.h5") as ours,
            ImageFile(folder / f"images/truncated/{name}.h5") as low,
        ):
            less = ours.image(0).astype(int) - low.image(0)
            assert set(np.unique(less)) == {0, 1} and 0.3 < less.mean() < 0.7
            assert ours.photo.tolist() == ["a-0", "b-0", "c-0", "d-0", "e-0"]


def test_another_framework_changes_hardly_a_pixel(applied):
    row = applied[2].loc["ordinary", "ncnn"]
    assert row.pixels_differ < 0.001 * row.pixels and row.greatest_difference <= 1


@pytest.mark.parametrize("architecture", SIZES)
@pytest.mark.parametrize("rounding", ["nearest", "down", "half_up"])
def test_a_network_is_the_same_in_ncnn(architecture, rounding):
    network = network_of(architecture, 4)
    images = np.random.default_rng(0).integers(0, 256, (2, 20, 28, 3), np.uint8)
    ours = ncnn_export.ncnn_of(network, "a", 4, rounding=rounding)(images).astype(int)
    values = network(torch.from_numpy(images).permute(0, 3, 1, 2) / 255).detach().permute(0, 2, 3, 1).numpy() * 255
    rounded = {"nearest": np.round, "down": np.floor, "half_up": lambda x: np.floor(x + 0.5)}[rounding](values)
    difference = np.abs(rounded.clip(0, 255) - ours)
    assert difference.max() <= 1 and (difference > 0).mean() < 0.002
    by_torch = TorchSuperResolver(network, 4, ComputeBudget(rounding=rounding))(images)
    assert (by_torch == ours).mean() > 0.998


@pytest.mark.parametrize(
    "layer", [torch.nn.GELU(), torch.nn.Conv2d(3, 3, 3, groups=3), torch.nn.AdaptiveAvgPool2d(2)]
)
def test_a_layer_that_cannot_be_written_is_refused(layer, tmp_path):
    with pytest.raises(ncnn_export.UnsupportedLayerError):
        ncnn_export.write_ncnn(torch.nn.Sequential(layer), tmp_path / "a.param", tmp_path / "a.bin")


def test_a_network_that_is_not_of_plain_layers_skips_the_pipeline(tmp_path):
    settings = {"embed_dim": 4, "depths": [2], "num_heads": [2], "img_size": 8}
    row = NetworkRow("SwinIR", "SwinIR", scale=2, framework="trained")
    trained.save(tmp_path / "s.safetensors", build_trainable("SwinIR", 2, **settings), row, settings)
    weights = Weights(row, [tmp_path / "s.safetensors"], write_photos(tmp_path / "photos.h5"))
    files = tmp_path / "applied.csv", tmp_path / "differences.csv"
    pipelines = [Pipeline("ordinary"), Pipeline("ncnn", framework="ncnn")]
    apply_pipelines(pipelines, [weights], FEW, GENERATE, tmp_path / "images", *files)
    assert "SwinIR cannot be converted to ncnn" in pd.read_csv(files[0], keep_default_na=False).skipped[1]


def test_pipelines_that_can_none_be_carried_out_are_told_with_the_reasons(tmp_path):
    files = tmp_path / "applied.csv", tmp_path / "differences.csv"
    gpus = [Pipeline("a", device="cuda"), Pipeline("b", device="cuda", batch_size=2)]
    with pytest.raises(InputError, match=r"a: no GPU that torch can use; b: no GPU .*allowed: \[\], or with one"):
        apply_pipelines(gpus, [], FEW, GENERATE, tmp_path / "images", *files)


def test_a_first_pipeline_that_is_skipped_is_not_what_others_are_compared_with(tmp_path):
    """Of the only one that is left nothing is named; the table and its figure are still made."""
    textured(tmp_path / "images", {"ordinary": None}, "vw")
    columns = ["pipeline", "settings", "carried_out", "skipped", "identical_to"]
    done = pd.DataFrame([["gpu", "device cuda", "", "no GPU", ""], ["ordinary", "", "", "", ""]], columns=columns)
    done.to_csv(tmp_path / "applied.csv", index=False)
    (tmp_path / "differences.csv").write_text("first,second,pixels,pixels_differ,greatest_difference\n")
    folders = [tmp_path / name for name in ("classifiers", "predictions", "checkpoints")]
    settings = asdict(SETTINGS) | {"epochs": 2}
    train_on_pipelines(tmp_path / "images", tmp_path / "applied.csv", ["v", "w"], {}, *folders, settings, [1])
    made = tmp_path / "t.csv", tmp_path / "t.tex"
    table.tabulate_pipelines(tmp_path / "applied.csv", tmp_path / "differences.csv", folders[1], *made)
    frame = pd.read_csv(made[0])
    assert set(frame.measured) == {table.IMAGES, table.NETWORKS, table.PAIRS}
    assert set(frame.trained_on) == {"ordinary", table.SAME} and (frame.accuracy_mean.dropna() > 90).all()
    plot_pipelines(made[0], tmp_path / "f.pdf", tmp_path / "f.png")
    assert not [line for line in pipeline_findings(read_table(made[0]), 6) if "nan" in line]


def test_settings_that_ncnn_ignores_are_skipped_for_its_networks():
    rows = [NetworkRow("waifu", "Waifu2x", scale=2, framework="ncnn")]
    assert Pipeline("a", precision="bfloat16").why_not(rows, "cpu") == "ncnn, which runs waifu, has no such setting"
    assert Pipeline("a", framework="ncnn").why_not(rows, "cpu") == "waifu was not trained here"
    assert Pipeline("a", rounding="down", threads=2).why_not(rows, "cpu") == ""
    assert Pipeline("a", device="cuda").why_not([], "cuda") == ""


def test_as_many_networks_as_wanted_are_spread_over_the_first_data_set_and_seed():
    rows = [
        NetworkRow(f"{architecture}{scale}{loss}{seed}", architecture, "d", scale, loss, seed, origin="custom")
        for architecture in ("A", "B")
        for scale in (2, 4)
        for loss in ("L1", "GAN")
        for seed in (1, 2)
    ]
    names = [row.network for row in compared_networks(rows, 4)]
    assert names == ["A2L11", "A4L11", "B2L11", "B4L11"]
    assert len(compared_networks(rows, 12)) == 12 and len(compared_networks(rows, 99)) == 16
    assert [row.network for row in compared_networks(rows, ["B4GAN2", "A2L11"])] == ["B4GAN2", "A2L11"]
    published = [NetworkRow(name, name, origin="published") for name in "xyz"]
    assert [row.network for row in compared_networks(published, 2)] == ["x", "y"]


def test_images_are_chosen_evenly_from_each_photo():
    sources = ["a"] * 6 + ["b"] * 2 + ["c"] * 4
    assert spread_over_sources(sources, 6) == [0, 3, 6, 7, 8, 10]
    assert spread_over_sources(sources, 7) == [0, 2, 4, 6, 7, 8, 10]
    assert spread_over_sources(sources, None) == spread_over_sources(sources, 99) == list(range(12))


def textured(folder, pipelines, networks, side=48):
    """Images of pipelines that leave a texture of their own (None: that of no pipeline), by networks of another."""
    textures = {
        name: np.random.default_rng(number).integers(-4, 5, (side, side, 3)) for number, name in enumerate("pqvw")
    }
    for pipeline, mark in pipelines.items():
        for network in networks:
            random = np.random.default_rng(7)
            with ImageWriter(folder / pipeline / f"{network}.h5", {}) as writer:
                for split, sources in {"train": "abcdef", "validation": "gh", "test": "ijklmn"}.items():
                    for source in sources:
                        image = 128 + random.normal(0, 2, (side, side, 3)) + textures[network]
                        image += textures[mark] if mark else 0
                        writer.append(image.round().clip(0, 255).astype(np.uint8), source, source, split)


def test_a_pipeline_that_leaves_a_mark_is_recognised_and_one_with_the_same_pixels_is_not(tmp_path):
    """The control can fail: with a mark of its own, the pipeline is named."""
    pipelines = {"ordinary": None, "same": None, "marked": "p"}
    textured(tmp_path / "images", pipelines, "vw")
    rows = [["ordinary", "", "", "", ""], ["same", "", "", "", "ordinary"], ["marked", "", "", "", ""]]
    done = pd.DataFrame(
        [*rows, ["gpu", "device cuda", "", "no GPU", ""]],
        columns=["pipeline", "settings", "carried_out", "skipped", "identical_to"],
    )
    done.to_csv(tmp_path / "applied.csv", index=False)
    pairs = [["ordinary", "same", 100, 0, 0], ["ordinary", "marked", 100, 90, 4], ["same", "marked", 100, 90, 4]]
    columns = ["first", "second", "pixels", "pixels_differ", "greatest_difference"]
    pd.DataFrame(pairs, columns=columns).to_csv(tmp_path / "differences.csv", index=False)
    folders = [tmp_path / name for name in ("classifiers", "predictions", "checkpoints")]
    settings = asdict(SETTINGS) | {"epochs": 2}
    train_on_pipelines(tmp_path / "images", tmp_path / "applied.csv", ["v", "w"], {}, *folders, settings, [1])
    made = tmp_path / "t.csv", tmp_path / "t.tex"
    table.tabulate_pipelines(tmp_path / "applied.csv", tmp_path / "differences.csv", folders[1], *made)
    frame = pd.read_csv(made[0]).set_index(["measured", "tested_on"])
    named = frame.accuracy_mean[table.PIPELINES]
    assert named["same"] == 50 and named["marked"] > 90
    assert frame.note[table.PIPELINES, "same"] == "identical pixels: nothing to recognise"
    assert frame.pixels_differ[table.PIPELINES, "marked"] == 90
    assert frame.note[table.IMAGES, "gpu"] == "device cuda: skipped, no GPU"
    matrix = frame.loc[table.NETWORKS]
    assert set(matrix.trained_on) == {"ordinary", "marked", table.SAME, table.OTHER}
    assert (matrix.accuracy_mean[matrix.trained_on == table.SAME] > 90).all()
    assert frame.accuracy_mean[table.ALL, "all"] > 90 and frame.chance[table.ALL, "all"] == 50
    assert r"\toprule" in made[1].read_text()

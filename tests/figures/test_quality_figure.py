"""Table 8 as a figure."""

import numpy as np
import pandas as pd
import pytest
from paper_factorial import PAPER
from readable_figures import assert_readable, drawn

from sr_fingerprints.figures.quality import assign_rows, plot_quality
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.losses import KINDS, kinds_of
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import custom_networks

BICUBIC = {2: 30.5, 4: 26.25}


def published(architecture, scale, loss):
    return NetworkRow(f"{architecture}-x{scale}-{loss}", architecture, scale=scale, loss=loss, origin="published")


def quality_table(rows):
    """A table of quality as `tables.quality` writes it, in the columns that the figure asks for."""
    table = pd.DataFrame([row.as_dict() for row in rows])[
        ["network", "origin", "architecture", "dataset", "scale", "loss", "seed"]
    ]
    bicubic = table.scale.map(BICUBIC)
    gain = np.random.default_rng(0).normal(0, 1, len(table))
    table = table.assign(psnr_mean=bicubic + gain, psnr_bicubic=bicubic, psnr_gain=gain, psnr_paper=np.nan)
    means = table.groupby(["origin", "scale"], as_index=False)[["psnr_mean", "psnr_bicubic"]].mean()
    return pd.concat([table, means.assign(network="mean")], ignore_index=True)


@pytest.fixture
def table():
    theirs = [("Mine", 4, "NA"), ("ESRGAN", 4, "ESRGAN"), ("EDSR", 2, "L1"), ("EDSR", 4, "L1")]
    return quality_table(custom_networks(PAPER) + [published(*row) for row in theirs])


def dots(axes):
    """(PSNR, row) of every dot of a panel."""
    return {(round(x, 6), round(y)) for points in axes.collections for x, y in points.get_offsets().tolist()}


def test_kinds_of_loss_are_told_by_name():
    losses = ["L1", "VGG", "ResNet", "VGG_GAN", "EnhanceNet", "GAN", "NA"]
    kinds = kinds_of(losses)
    assert list(kinds) == ["L1", *["perceptual"] * 2, *["adversarial"] * 3, "unknown"]
    assert tuple(kinds.categories) == KINDS and kinds.ordered


def test_networks_of_one_architecture_and_loss_are_in_one_row_and_published_ones_below(table):
    rows = assign_rows(table)
    assert rows.groupby("row")[["section", "label"]].nunique().eq(1).all().all()
    labels = rows.drop_duplicates("row").set_index("row").label
    assert list(labels.index) == [*range(1, 16), *range(17, 20)]
    assert list(labels[:3]) == ["EDSR, L1", "EDSR, VGG GAN", "EDSR, ResNet GAN"]
    assert list(labels[15:]) == ["EDSR, L1", "ESRGAN, ESRGAN", "Mine"]  # by kind of loss
    assert (rows.groupby("row").size()[:15] == 2 * 6).all()
    assert {*rows.network, "mean"} == set(table.network)


def test_every_network_is_a_dot_and_bicubic_a_line(table, tmp_path):
    table.to_csv(tmp_path / "table.csv", index=False)
    figure = drawn(lambda pdf, png: plot_quality(tmp_path / "table.csv", pdf, png), tmp_path)
    rows = assign_rows(table)
    assert len(figure.axes) == 2
    for axes, scale in zip(figure.axes, (2, 4), strict=True):
        of_scale = rows[rows.scale == scale]
        assert dots(axes) == {(round(row.psnr_mean, 6), row.row) for row in of_scale.itertuples()}
        (line,) = [line for line in axes.lines if line.get_label() == "bicubic interpolation"]
        assert set(line.get_xdata()) == {BICUBIC[scale]}
        assert f"{BICUBIC[scale]:.1f} dB" in axes.get_title()
    assert_readable(figure)


def test_networks_of_1x_have_no_line_and_images_that_are_the_photos_no_dot(tmp_path):
    """Under any number of scales the titles do not touch; in the first panel there is no line that a legend shows."""
    rows = [published("Mine", scale, "NA") for scale in (1, 2, 3, 4, 8)] + [published("Same", 1, "NA")]
    table = quality_table([*rows, published("Other", 2, "GAN")]).astype({"psnr_mean": float})
    table["psnr_bicubic"] = table.scale.map({1: np.nan, 2: 37.0, 3: 33.0, 4: 30.0, 8: 26.0})
    table["psnr_mean"] = table.psnr_bicubic.fillna(28.0) + 0.5
    table.loc[table.architecture == "Same", "psnr_mean"] = np.inf
    table.to_csv(tmp_path / "table.csv", index=False)
    figure = drawn(
        lambda pdf, png: plot_quality(tmp_path / "table.csv", pdf, png, published_are="published and own"), tmp_path
    )
    first, *others = figure.axes
    assert first.get_title() == "1X" and len([x for x, _ in dots(first) if np.isfinite(x)]) == 1
    lines = [[line.get_label() for line in axes.lines].count("bicubic interpolation") for axes in figure.axes]
    assert lines == [0, 1, 1, 1, 1] and all("dB" in axes.get_title() for axes in others)
    (legend,) = figure.legends
    assert "bicubic interpolation" in [text.get_text() for text in legend.get_texts()]
    assert "Published and own networks" in [label.get_text() for label in first.get_yticklabels()]
    assert_readable(figure)


@pytest.mark.parametrize("number", [1, 2, 25])
def test_tables_of_few_networks_are_drawn(number, tmp_path):
    rows = [published(f"A_network_with_a_long_name_{i}", 4, "NA" if i % 3 else "L1") for i in range(number)]
    quality_table(rows).to_csv(tmp_path / "table.csv", index=False)
    assert_readable(drawn(lambda pdf, png: plot_quality(tmp_path / "table.csv", pdf, png), tmp_path))


def test_other_tables_than_that_of_quality_are_refused(table, tmp_path):
    table.drop(columns="psnr_bicubic").to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(InputError, match=r"table\.csv.*psnr_bicubic"):
        plot_quality(tmp_path / "table.csv", tmp_path / "a.pdf", tmp_path / "a.png")

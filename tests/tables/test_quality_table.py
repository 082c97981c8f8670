"""The table of image quality, from small measurements whose means are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_table import write_network_table
from sr_fingerprints.tables.quality import quality_table, tabulate_quality

ROOT = Path(__file__).parents[2]
OURS = "EDSR-natural-x2-L1-s1"
NETWORKS = pd.DataFrame(
    {
        "network": [OURS, "W-x2"],
        "architecture": ["EDSR", "W"],
        "dataset": ["natural", "NA"],
        "scale": 2,
        "loss": "L1",
        "seed": ["1", "NA"],
        "origin": ["custom", "published"],
    }
)
PAPER = pd.DataFrame({"model": ["W-x2", "EDSR-x9"], "psnr_mean": [33.0, 1.0], "lpips_mean": [0.25, 1.0]})


def quality(network, psnr, lpips, weights="random"):
    photos = {"network": network, "photo": list("ab"), "psnr": psnr, "ssim": [0.8, 0.9], "lpips": lpips}
    bicubic = {"psnr_bicubic": [29.0, 30.0], "ssim_bicubic": [0.7, 0.8], "lpips_bicubic": [0.3, 0.5]}
    return pd.DataFrame(photos | bicubic | {"lpips_weights": weights})


def test_quality_over_photos():
    measured = pd.concat([quality("W-x2", [30, 34], [0.2, 0.4], "imagenet"), quality(OURS, [29, 29], [0.1, 0.3])])
    table = quality_table(measured, NETWORKS, PAPER).set_index("network").drop("mean")
    assert table.index.tolist() == [OURS, "W-x2"]
    assert table.psnr_mean["W-x2"] == 32 and table.psnr_gain["W-x2"] == 2.5 and table.psnr_gain[OURS] == -0.5
    assert table.psnr_std["W-x2"] == pytest.approx(np.sqrt(8))
    assert table.ssim_bicubic[OURS] == 0.75 and table.photos[OURS] == 2
    assert table.lpips_mean[OURS] == pytest.approx(0.2) and table.lpips_bicubic[OURS] == pytest.approx(0.4)
    assert table.lpips_weights.tolist() == ["random", "imagenet"]
    assert (table.psnr_paper["W-x2"], table.lpips_paper["W-x2"]) == (33, 0.25)
    assert table.loc[OURS, ["psnr_paper", "lpips_paper"]].isna().all()


def test_means_over_groups_of_networks():
    """Custom networks by their loss, published ones by its kind; each network weighs the same."""
    names = {"a": ("custom", 2, "L1"), "b": ("custom", 2, "L1"), "c": ("custom", 2, "VGG_GAN")}
    names |= {"d": ("custom", 4, "L1"), "e": ("published", 4, "ESRGAN"), "f": ("published", 4, "GAN")}
    networks = pd.DataFrame(
        [dict(zip(("network", "origin", "scale", "loss"), (name, *row), strict=True)) for name, row in names.items()]
    ).assign(architecture="EDSR", dataset="natural", seed="1")
    gains = dict(zip(names, [1, 2, -1, 3, -2, -4], strict=True))
    measured = [quality(name, [29 + gain, 30 + gain], [0.2, 0.4]) for name, gain in gains.items()]
    paper = PAPER.replace({"W-x2": "e", "EDSR-x9": "d"})
    table = quality_table(pd.concat(measured), networks, paper)
    assert table.network.tolist() == [*names, "mean", "mean", "mean", "mean"]
    means = table[table.network == "mean"].set_index(["origin", "scale", "loss"])
    assert means.psnr_gain.to_dict() == {
        ("custom", 2, "L1"): 1.5,
        ("custom", 2, "VGG_GAN"): -1,
        ("custom", 4, "L1"): 3,
        ("published", 4, "adversarial"): -3,
    }
    assert means.networks.tolist() == [2, 1, 1, 2] and means.psnr_std.isna().all()
    # Of the adversarial ones the paper has but one.
    assert means.psnr_paper.tolist()[2] == 1 and means.psnr_paper.isna().tolist() == [True, True, False, True]


def test_quality_of_networks_outside_the_table_is_refused():
    with pytest.raises(InputError, match="found network EDSR-x9, which is not in the table"):
        quality_table(quality("EDSR-x9", [1, 2], [1, 2]), NETWORKS, PAPER)


def test_the_paper_s_quality_is_of_networks_that_bear_its_names():
    """All 25 published networks of the paper are found by their names in this table of ours."""
    paper = pd.read_csv(ROOT / "resources/paper/quality.csv")
    entries = yaml.safe_load((ROOT / "resources/networks.yaml").read_text())
    ours = {name for name, entry in entries.items() if entry.get("in_paper")}
    assert len(ours) == 25 and ours == set(paper.model[paper.model.str.endswith("-pretrained")])


def test_measurements_without_a_column_are_named(tmp_path):
    write_network_table(NETWORKS, tmp_path / "networks.csv")
    PAPER.to_csv(tmp_path / "paper.csv", index=False)
    quality("W-x2", [1, 2], [1, 2]).drop(columns="ssim").to_csv(tmp_path / "W.csv", index=False)
    paths = tmp_path / "networks.csv", tmp_path / "paper.csv", tmp_path / "table.csv", tmp_path / "table.tex"
    with pytest.raises(InputError, match=r"W\.csv: found no column ssim"):
        tabulate_quality([tmp_path / "W.csv"], *paths)


@pytest.mark.parametrize("weights", ["random", "imagenet"])
def test_the_printed_quality_says_what_lpips_is(tmp_path, weights):
    """A published network beside the paper's numbers, a custom one that the paper does not have."""
    write_network_table(NETWORKS, tmp_path / "networks.csv")
    PAPER.to_csv(tmp_path / "paper.csv", index=False)
    for origin, network in (("custom", OURS), ("published", "W-x2")):
        quality(network, [30, 34], [0.2, 0.4], weights).to_csv(tmp_path / f"{origin}.csv", index=False)
    measured = [tmp_path / "custom.csv", tmp_path / "published.csv"]
    tabulate_quality(
        measured, tmp_path / "networks.csv", tmp_path / "paper.csv", tmp_path / "t.csv", tmp_path / "t.tex"
    )
    text = (tmp_path / "t.tex").read_text()
    lpips = r"0.300 $\pm$ 0.141 & 0.400"
    assert rf"W-x2 & 32.00 $\pm$ 2.83 & +2.50 & 33.00 & 0.850 $\pm$ 0.071 & {lpips} & 0.250 \\" in text
    assert rf"{OURS} & 32.00 $\pm$ 2.83 & +2.50 & -- & 0.850 $\pm$ 0.071 & {lpips} & -- \\" in text
    assert rf"mean: published, 2X, L1 & 32.00 & +2.50 & 33.00 & 0.850 & {lpips.split()[0]} & 0.400 & 0.250 \\" in text
    assert "against bicubic (dB)" in text
    assert ("random weights" in text) == (weights == "random")
    assert set(pd.read_csv(tmp_path / "t.csv").lpips_weights) == {weights}

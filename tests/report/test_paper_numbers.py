"""The paper's numbers are whole, and what we say of them in docs, captions and configurations follows from them.

Every test recomputes a number from resources/paper and looks for it in the text that states it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.tables.datasets import swapped_rows
from sr_fingerprints.tables.values import MACRO_SPELLINGS

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "resources/paper"
VALUES = pd.read_csv(PAPER / "values.csv").set_index("name").value
QUALITY = pd.read_csv(PAPER / "quality.csv").set_index("model")
COUNTS = pd.read_csv(PAPER / "pretrained_parsing.csv", dtype={"predicted": str})
SEEDS = ["count_seed1", "count_seed2", "count_seed3"]
KNOWN = ("EDSR", "RDN", "RCAN", "SwinIR", "NLSN")


def text(path):
    """What a file says, without its line breaks, in lines or rows."""
    return " ".join((ROOT / path).read_text(encoding="utf-8").split())


def deviations():
    return text("docs/deviations.md")


def counts(parser, predicted, model=""):
    """Images by classifier seed, (networks, 3), of the published networks with ``model`` in their names."""
    found = COUNTS[(COUNTS.parser == parser) & COUNTS.model.str.contains(model, regex=False)]
    return found[found.predicted == predicted].set_index("model")[SEEDS]


def test_every_number_of_the_paper_is_there_once():
    assert len(VALUES) == 79 and VALUES.index.is_unique and VALUES.notna().all()
    assert len(QUALITY) == 205 and QUALITY.index.is_unique and QUALITY.notna().all(axis=None)
    assert not COUNTS.duplicated(["parser", "model", "predicted"]).any()
    assert (COUNTS.groupby(["parser", "model"])[SEEDS].sum() == 100).all(axis=None)
    assert COUNTS.groupby("parser").model.nunique().tolist() == [25, 25, 25]
    unprinted = pd.read_csv(PAPER / "values.csv")["where"].str.contains("not printed").sum()
    assert f"{unprinted} that are computed and not printed" in text("resources/paper/README.md")


def test_figure_7_has_three_distinct_classifier_seeds():
    assert len(COUNTS) == 177
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (COUNTS[SEEDS[one]] != COUNTS[SEEDS[other]]).mean() > 0.7


def test_architecture_parsing_of_figure_7_is_what_section_4_2_1_prints():
    """Right in 257, 248 and 249 of the 1,100 images of 11 networks, whose mean is 22.8 %, with a deviation of 0.4."""
    right = [counts("architecture", name, f"{name}-") for name in KNOWN]
    right = pd.concat([rows[rows.index.str.startswith(f"{name}-")] for name, rows in zip(KNOWN, right, strict=True)])
    known = COUNTS[COUNTS.parser == "architecture"].model.drop_duplicates().str.partition("-")[0].isin(KNOWN).sum()
    assert known == 11 and right.sum().tolist() == [257, 248, 249]
    shares = 100 * right.sum() / 1100
    assert round(shares.mean(), 1) == VALUES["PretrainedArchParsingAccuracy"] == 22.8
    assert round(np.std(shares), 1) == 0.4
    assert "22.8 % of the images of the 11 networks" in text("report/figures/published_parsing.rst")


def test_scale_parsing_of_figure_7_is_as_the_caption_says():
    at_2x = counts("scale", "2", "-x4-").mean(axis=1)
    esrgan = counts("scale", "2", "ESRGAN-NA-x4").iloc[0]
    assert (round(esrgan.mean()), round(np.std(esrgan))) == (51, 7)
    caption = text("report/figures/published_parsing.rst")
    for printed, model in (
        ("Real-ESRGAN", "Real_ESRGAN-div2k-x4-GAN-NA-pretrained"),
        ("SwinIR", "SwinIR-div2k-x4-GAN-NA-pretrained"),
        ("NCSR", "NCSR-div2k-x4-NCSR_GAN-NA-pretrained"),
        ("SPSR", "SPSR-div2k-x4-SPSR_GAN-NA-pretrained"),
        ("ESRGAN", "ESRGAN-NA-x4-ESRGAN-NA-pretrained"),
    ):
        assert at_2x[model] > 50 and f"{printed} ({at_2x[model]:.0f} %" in caption
    assert sum(at_2x > 50) == 5
    right = [
        counts("scale", scale, f"-x{scale}-L1-").mean(axis=1).min() for scale in ("2", "4")
    ]  # of the networks trained with L1
    assert min(right) >= 99 and (counts("loss", "L1", "-L1-") == 100).all(axis=None)
    either = COUNTS[(COUNTS.parser == "architecture") & COUNTS.predicted.isin(["RCAN", "RDN"])]
    assert 0.89 < either[SEEDS].sum().sum() / 7500 < 0.9 and "nearly nine in ten images" in caption


def test_adversarial_networks_are_not_always_taken_for_adversarial_ones():
    taken = counts("loss", "L1")
    taken = taken[~taken.index.str.contains("-L1-")]
    images = 300 * COUNTS[~COUNTS.model.str.contains("-L1-")].model.nunique()
    assert (taken.sum().sum(), images) == (9, 2400) and "9 of 2,400" in deviations()
    assert taken.mean(axis=1).max() == 2 and "2 % of the images at most" in text(
        "report/figures/published_parsing.rst"
    )


def test_parsing_ranges_are_those_of_the_cells():
    ranges = {task: VALUES[VALUES.index.str.startswith(f"{task}Withholding")] for task in ("dataset", "architecture")}
    assert (ranges["dataset"].min(), ranges["dataset"].max()) == (26.1, 36.2)
    caption = text("report/tables/parsers.rst")
    assert "26.1 to 36.2 %" in caption and "20.8 to 74.4 %" in caption
    assert (ranges["architecture"].min(), ranges["architecture"].max()) == (20.8, 74.4)


def cells(size):
    """Table 5's cells among a configuration's parsers, by the names of the paper's macros; tasks of the others."""
    config = yaml.safe_load((ROOT / size).read_text())
    roles = config.get("stands_for", {})
    found, withholding_nothing = [], []
    for row in experiment_table(config["experiments"]).values():
        if row.kind == "parser" and row.withhold:
            ((_, value),) = row.withhold.items()
            role = roles.get(str(value), str(value))
            found.append(f"{row.task}Withholding{MACRO_SPELLINGS.get(role, role)}")
        elif row.kind == "parser":
            withholding_nothing.append(row.task)
    return found, withholding_nothing


@pytest.mark.parametrize("size", ["config/paper.yaml", "config/factorial.yaml"])
def test_the_larger_sizes_have_the_18_parsers_of_table_5(size):
    printed = VALUES.index[VALUES.index.str.contains("Withholding")]
    found, withholding_nothing = cells(size)
    assert len(found) == 18 and sorted(found) == sorted(printed)
    assert withholding_nothing == ["scale", "loss", "architecture"]


def test_the_demo_has_no_parser_that_table_5_lacks():
    found, withholding_nothing = cells("config.yaml")
    assert len(found) == len(set(found)) == 15 and set(found) < set(VALUES.index)
    assert withholding_nothing == ["scale", "loss", "architecture"]


def test_what_leaving_out_nlsn_does_to_table_4():
    """Triplets have 300 images each: 4 of each scale and loss without NLSN, 5 with it, of which one is at 87.3 %."""
    four = VALUES["DistinctionBetweenSeedFourXLOneAcc"]
    assert f"{(4 * four + 87.3) / 5:.1f} % instead of {four} %" in deviations()
    highest = (24 * VALUES["DistinctionBetweenSeedAcc"] + 87.3 + 5 * 100) / 30
    assert f"at most {highest:.1f} % instead of {VALUES['DistinctionBetweenSeedAcc']} %" in deviations()


def test_what_the_networks_at_2x_have_without_real_esrgan():
    """Eight networks, seven of them trained with L1; with the eighth always right, the seven have the least."""
    least = (8 * VALUES["PreTrainedTwoXModelClassifierAcc"] - 100) / 7
    assert f"{least:.1f} % or more" in deviations()
    assert f"{VALUES['PreTrainedTwoXModelClassifierAcc']} %" in text("report/tables/published_networks.rst")


def test_differences_of_table_3_are_those_of_section_4_1_1():
    assert VALUES["AccForFourX"] - VALUES["AccForTwoX"] == pytest.approx(VALUES["ScaleAccRange"])
    adversarial = (VALUES["AccForVGG"] + VALUES["AccForResNet"]) / 2
    assert adversarial - VALUES["AccForLOne"] == pytest.approx(VALUES["LossAccRange"])


def test_quality_is_as_the_caption_says():
    names = QUALITY.index[~QUALITY.index.str.endswith("-pretrained")]
    parts = names.str.extract(r"-x(?P<scale>\d)-(?P<loss>\w+)-s\d$")
    means = QUALITY.loc[names].groupby([parts.scale.array, parts.loss.array])[["psnr_mean", "lpips_mean"]].mean()
    caption = text("report/tables/quality.rst")
    for (scale, loss), row in means.iterrows():
        assert f"{loss} {row.psnr_mean:.1f} dB and {row.lpips_mean:.2f}" in caption.partition(f"At {scale}X")[2]


def test_the_published_nlsn_stands_out_in_table_8():
    deviations_of_others = []
    for scale, psnr, gap in ((2, 34.31, 1.46), (4, 29.51, 1.12)):
        of_scale = QUALITY[QUALITY.index.str.contains(f"-x{scale}-")]
        name = f"NLSN-div2k-x{scale}-L1-NA-pretrained"
        others = of_scale.drop(name)
        assert of_scale.psnr_mean[name] == psnr
        assert of_scale.psnr_mean[name] - others.psnr_mean.max() == pytest.approx(gap)
        near = others[others.psnr_mean > others.psnr_mean.max() - 0.5]
        assert round(of_scale.psnr_std[name], 1) == 5.2
        deviations_of_others += [near.psnr_std.min(), near.psnr_std.max()]
    assert f"against {min(deviations_of_others):.1f} to {max(deviations_of_others):.1f} of those" in deviations()
    assert "34.31 dB at 2X and 29.51 dB at 4X" in deviations() and "1.1 to 1.5 dB" in deviations()


def test_one_custom_network_failed_in_table_8():
    name = "NLSN-flickr2k-x2-ResNet_GAN-s1"
    alike = QUALITY[QUALITY.index.str.contains("-x2-ResNet_GAN-s")].psnr_mean
    assert len(alike) == 30 and alike.idxmin() == name
    others = alike.drop(name)
    assert (
        f"{name} has {alike[name]} dB where the other 29 of its scale and loss have {others.min()} to {others.max()}"
        in deviations()
    )


def test_table_6_swaps_two_rows_and_has_998_photos():
    table = pd.read_csv(PAPER / "datasets.csv")
    assert swapped_rows(table) == {"Flickr1K train": "Flickr1K test", "Flickr1K test": "Flickr1K train"}
    assert table.images[table.dataset.str.startswith("Flickr1K")].tolist() == [100, 798, 100]
    assert "998" in deviations()


def test_data_sets_of_the_networks_that_dataset_parsers_learn_from():
    """180 networks: three seeds of div2k, one of each other data set."""
    combinations = 5 * 2 * 3
    of_div2k, of_each_other = 3 * combinations, combinations
    assert (of_div2k / 180, of_each_other / 180) == (1 / 2, 1 / 6)
    assert "half of the networks" in deviations() and "a sixth each" in deviations()


@pytest.mark.parametrize(
    "caption, names",
    [
        ("figures/seed_triplets", ["DistinctionBetweenSeedAcc", "PRNUDistinctionBetweenSeedAcc"]),
        ("figures/tsne_custom", ["AccForFourX", "AccForTwoX", "AccForVGG", "AccForResNet", "AccForLOne"]),
        ("figures/tsne_published", ["PretrainedClassifierAcc", "PreTrainedGANModelClassifierAcc"]),
        ("tables/accuracy_by_hyperparameter", ["AccForFourX", "AccForTwoX", "AccForVGG", "AccForResNet"]),
        ("tables/accuracy_by_hyperparameter", ["AccForLOne", "PRNUAccForFourX", "PRNUAccForTwoX"]),
        ("tables/backbones", ["ConvNextAcc", "XceptionAcc", "EfficientNetAcc", "ResnetAcc"]),
        ("tables/parsers", ["scaleWithholdingVGG", "lossWithholdingSwinIR", "scaleWithholdingLOne"]),
        ("tables/published_networks", ["PretrainedClassifierAcc", "PreTrainedGANModelClassifierAcc"]),
        ("tables/published_networks", ["PreTrainedFourXLOneModelClassifierAcc", "PRNUPretrainedClassifierAcc"]),
        ("tables/seed_triplets", ["DistinctionBetweenSeedAcc", "PRNUDistinctionBetweenSeedAcc"]),
        ("tables/seed_triplets", ["PRNUDistinctionBetweenSeedTwoXLOneAcc"]),
    ],
)
def test_captions_quote_the_paper_rightly(caption, names):
    said = text(f"report/{caption}.rst")
    assert [name for name in names if f"{VALUES[name]} %" not in said] == []

"""What docs/deviations.md says of the paper's numbers follows from the numbers."""

from pathlib import Path

import pandas as pd

PAPER = Path(__file__).parents[1] / "resources/paper"


def test_the_first_and_third_seed_of_figure_7_are_one():
    counts = pd.read_csv(PAPER / "pretrained_parsing.csv")
    assert len(counts) == 165
    assert (counts.count_seed1 == counts.count_seed3).all()
    architecture = counts[counts.parser == "architecture"]
    assert (len(architecture), (architecture.count_seed1 == architecture.count_seed2).sum()) == (98, 94)


def test_the_published_nlsn_stands_out_in_table_7():
    quality = pd.read_csv(PAPER / "quality.csv").set_index("model")
    for scale, gap in ((2, 1.4), (4, 1.1)):
        of_scale = quality[quality.index.str.contains(f"-x{scale}-")]
        name = f"NLSN-div2k-x{scale}-L1-NA-pretrained"
        others = of_scale.drop(name)
        assert of_scale.psnr_mean[name] - others.psnr_mean.max() > gap
        assert of_scale.psnr_std[name] < others.psnr_std[others.psnr_mean > others.psnr_mean.max() - 0.3].min()


def test_every_number_of_the_paper_is_there_once():
    values = pd.read_csv(PAPER / "values.csv")
    assert len(values) == 80 and values.name.is_unique and values.value.notna().all()
    assert len(pd.read_csv(PAPER / "quality.csv")) == 205

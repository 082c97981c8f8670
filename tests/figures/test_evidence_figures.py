"""Figures of the weight of evidence: what they draw, and whether it can be read."""

import numpy as np
import pandas as pd
import pytest
from evidence_images import Study
from readable_figures import assert_readable, drawn

from sr_fingerprints.figures.calibration import plot_calibration
from sr_fingerprints.figures.evidence_growth import XLABELS, plot_evidence_growth
from sr_fingerprints.figures.likelihood_ratios import plot_likelihood_ratios

NAME = "attribution_of_a_name_that_is_long"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return Study(tmp_path_factory.mktemp("evidence"), ["v"], NAME)


def test_the_reliability_diagram_has_a_line_for_each_way_and_calibrated_ones_are_near_the_diagonal(study, tmp_path):
    calibrations = {NAME: study.calibrations}
    figure = drawn(
        lambda pdf, png: plot_calibration(
            **study.inputs(), calibrations=calibrations, networks=study.networks, bins=5, pdf=pdf, png=png
        ),
        tmp_path,
    )
    assert_readable(figure)
    (axes,) = figure.axes
    lines = [line for line in axes.lines if len(line.get_xdata()) == 5]
    assert len(lines) == 3
    for line in lines[::2]:  # as they are, which is calibrated; and with a temperature from other photos
        assert np.abs(line.get_xdata() - line.get_ydata()).mean() < 10


def test_tippett_plots_fall_and_the_band_of_one_photo_is_empty(study, tmp_path):
    figure = drawn(
        lambda pdf, png: plot_likelihood_ratios(
            **study.inputs(), calibrations={NAME: study.calibrations}, networks=study.networks, pdf=pdf, png=png
        ),
        tmp_path,
    )
    assert_readable(figure)
    assert [axes.get_title() for axes in figure.axes] == [
        "fitted on validation (1 photo)",
        "fitted on other photos (6 photos)",
    ]
    widths = [axes.patches[0].get_width() for axes in figure.axes]
    assert widths[0] == 0 and 0.5 < widths[1] <= 2 * np.log10(6) + 0.05
    for axes in figure.axes:
        curves = {line.get_label(): line.get_ydata() for line in axes.lines if len(line.get_xdata()) > 100}
        assert len(curves) == 5 and all((np.diff(shares) <= 0).all() for shares in curves.values())
        middle = {label: shares[len(shares) // 2] for label, shares in curves.items()}
        assert min(middle["made by the network, L1"], middle["made by the network, adversarial"]) > 70
        assert middle["made by another custom network"] < 30


@pytest.mark.parametrize("amounts", [[1], [1, 2, 4, 8, 16, 32, 64, 128, 160, 224]])
def test_curves_of_growth_of_one_and_of_many_amounts(amounts, tmp_path):
    rows = pd.DataFrame([(way, amount) for way in XLABELS for amount in amounts], columns=["grows_with", "amount"])
    frame = rows.assign(accuracy=50.0, accuracy_low=40.0, accuracy_high=60.0, chance=2.0, highest=0.5)
    frame = frame.assign(weight=3.0, weight_low=-1.0, weight_high=np.nan)
    frame.to_csv(tmp_path / "growth.csv", index=False)
    figure = drawn(lambda pdf, png: plot_evidence_growth(tmp_path / "growth.csv", pdf, png), tmp_path)
    assert_readable(figure)
    assert len(figure.axes) == 8 and figure.axes[4].get_ylim()[0] <= -1

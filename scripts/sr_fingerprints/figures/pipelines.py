"""Accuracy by training and test pipeline, and how well two pipelines of the same networks are told apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sr_fingerprints.figures.heat_maps import draw_cells
from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    REFERENCE,
    SMALL_TYPE,
    in_house_style,
    new_figure,
    save_figure,
)
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.tables.pipelines import NETWORKS, PAIRS, PIPELINES, STUDY

COLORS = "cividis"
ROW, MARGINS = 0.3, 1.0  # inches: height of a row of cells; space above and below
REQUIRED_COLUMNS = ("measured", "trained_on", "tested_on", "accuracy_mean", "accuracy_low", "accuracy_high", "chance")


@in_house_style
def plot_pipelines(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of pipelines (CSV; see `tables.pipelines`).

    Left: accuracy in per cent of naming the network, a row for each pipeline trained on and for the study's
    classifier, a column for each pipeline tested on. Right: accuracy of naming the pipeline, of each and the first
    one, with intervals and the share of pixels that differ; and, as a yardstick, of naming one of two networks.
    """
    frame = read_csv(table, "the table of pipelines", REQUIRED_COLUMNS)
    cells = frame[frame.measured.isin([NETWORKS, STUDY]) & (frame.tested_on != "all")]
    told = frame[frame.measured.isin([PAIRS, PIPELINES])]
    save_figure(_draw(cells, told), pdf, png)


def _draw(cells: pd.DataFrame, told: pd.DataFrame) -> Figure:
    rows = max(cells.trained_on.nunique(), len(told))
    figure = new_figure(MARGINS + ROW * rows, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[3, 2])
    draw_matrix(left, cells)
    left.set_title("The network is named: accuracy (%)")
    _draw_told(right, told)
    return figure


def draw_matrix(axes: Axes, cells: pd.DataFrame) -> None:
    """Draw accuracies as a heat map with numbers: a row for each ``trained_on``, a column for each ``tested_on``."""
    values = cells.pivot(index="trained_on", columns="tested_on", values="accuracy_mean")
    values = values.loc[cells.trained_on.unique(), cells.tested_on.unique()]
    labels = [name.replace("_", " ") for name in values.index]
    printed = values.map("{:.1f}".format).to_numpy()
    columns = [name.replace("_", " ") for name in values.columns]
    draw_cells(axes, values, printed, labels, xticklabels=columns, cmap=COLORS, vmin=0, vmax=100)
    axes.set(xlabel="tested on", ylabel="trained on")


def _draw_told(axes: Axes, told: pd.DataFrame) -> None:
    """Draw a dot with its interval for each pipeline, from top to bottom, and chance."""
    height = np.arange(len(told))
    ends = [told.accuracy_mean - told.accuracy_low, told.accuracy_high - told.accuracy_mean]
    axes.axvline(50, **REFERENCE)
    for measured, color, marker in ((PIPELINES, PALETTE[0], MARKERS[0]), (PAIRS, PALETTE[1], MARKERS[1])):
        chosen = (told.measured == measured).to_numpy()
        widths = np.nan_to_num(ends)[:, chosen]
        style: dict[str, Any] = {"fmt": marker, "color": color, "markersize": 4, "linewidth": 1}
        axes.errorbar(told.accuracy_mean[chosen], height[chosen], xerr=widths, **style)
    labels = [
        "two networks\n(a yardstick)"
        if row.measured == PAIRS
        else f"{row.tested_on.replace('_', ' ')}\n({_share(row.pixels_differ)})"
        for row in named_rows(told)
    ]
    axes.set_yticks(height, labels, fontsize=SMALL_TYPE)
    axes.set(xlim=(0, 100), ylim=(len(told) - 0.5, -0.5), xlabel="accuracy (%); dashed: chance")
    axes.set_title(f"The pipeline is named,\nof it and {told.trained_on.iloc[-1].replace('_', ' ')}")


def _share(percent: float) -> str:
    """The share of pixels that differ; no pixel only if it is none."""
    return "identical pixels" if percent == 0 else f"{percent:.2g} % of pixels"

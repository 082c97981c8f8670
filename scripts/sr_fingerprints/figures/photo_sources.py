"""Accuracy by the source of the training photos and of the test photos."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sr_fingerprints.figures.pipelines import draw_matrix
from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    REFERENCE,
    SMALL_TYPE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
)
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.study.photo_groups import MIXED

ROW, MARGINS = 0.45, 1.0  # inches: height of a row of cells; space above and below
REQUIRED_COLUMNS = ("trained_on", "tested_on", "accuracy_mean", "test_photos", "difference_mean", "difference_low")
SPREAD = 0.25
"""Distance of the dots of one row of the right panel, as a share of its height."""


@in_house_style
def plot_photo_sources(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of photo sources (CSV; see `tables.photo_sources`).

    Left: accuracy in per cent by group of photos trained on (and all mixed) and tested on. Right: accuracy minus
    that after training on all mixed, with intervals over photos where there are two or more.
    """
    frame = read_csv(table, "the table of photo sources", REQUIRED_COLUMNS, keep_default_na=True)
    save_figure(_draw(frame), pdf, png)


def _draw(frame: pd.DataFrame) -> Figure:
    if frame.empty:
        figure = new_figure(MARGINS)
        figure.text(0.5, 0.5, "no group of photos has training photos, or none has test photos", ha="center")
        return figure
    rows = frame.trained_on.nunique()
    figure = new_figure(MARGINS + ROW * rows, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[1, 1])
    photos = frame.set_index("tested_on").test_photos.to_dict()
    words = {name: f"{name}\n({count} photo{'s' if count > 1 else ''})" for name, count in photos.items()}
    draw_matrix(left, frame.assign(tested_on=frame.tested_on.map(words)))
    left.set_title("The network is named: accuracy (%)")
    _draw_differences(right, frame[frame.trained_on != MIXED])
    handles, labels = right.get_legend_handles_labels()
    add_legend(figure, zip(handles, [f"trained on {label}" for label in labels], strict=True), columns=len(labels))
    return figure


def _draw_differences(axes: Axes, frame: pd.DataFrame) -> None:
    """Draw a row for each group tested on, with a dot for each trained on."""
    trained, tested = frame.trained_on.unique().tolist(), frame.tested_on.unique().tolist()
    axes.axvline(0, **REFERENCE)
    for number, name in enumerate(trained):
        rows = frame[frame.trained_on == name]
        height = [tested.index(each) + SPREAD * (number - (len(trained) - 1) / 2) for each in rows.tested_on]
        ends = [rows.difference_mean - rows.difference_low, rows.difference_high - rows.difference_mean]
        style: dict[str, Any] = {"color": PALETTE[number % len(PALETTE)], "fmt": MARKERS[number % len(MARKERS)]}
        axes.errorbar(
            rows.difference_mean,
            height,
            xerr=np.nan_to_num(ends),
            label=name.replace("_", " "),
            markersize=4,
            linewidth=1,
            **style,
        )
    axes.set_yticks(range(len(tested)), [name.replace("_", " ") for name in tested], fontsize=SMALL_TYPE)
    axes.set(
        ylim=(len(tested) - 0.5, -0.5), xlabel="accuracy minus that of mixed training (points)", ylabel="tested on"
    )
    axes.set_title("Trained on one source alone")

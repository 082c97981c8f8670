"""How well networks that differ by their seed alone are told apart, beside PRNU and chance.

It has the numbers of Table 4, in the place of the paper's Figure 4, which is a drawing of how that is tested.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sr_fingerprints.csv_files import read_csv
from sr_fingerprints.errors import InputError
from sr_fingerprints.figures.style import MARKERS, PALETTE, in_house_style, new_figure, save_figure
from sr_fingerprints.tables.accuracies import PRNU_HEADINGS
from sr_fingerprints.tables.paper import as_in_the_paper

HEIGHT = 3.0  # inches
SPREAD = 0.6  # of the room of a group: how far its outermost dots are apart
CAP = 0.04
"""Half the width of the ends of an interval's bar, in groups."""
NEEDED = ("scale", "loss", "left_out", "accuracy_mean", "chance")


@in_house_style
def plot_seed_triplets(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of seed triplets (its CSV file; see `tables.seed_triplets`), a group for each of its rows, or of
    those without what the paper leaves out.

    Dots are accuracies in per cent, of the classifier (the mean over its seeds) and of PRNU by every match in the
    table; bars are intervals, where the table has columns ``..._low`` and ``..._high`` for them. Without triplets
    the figure says so. Raises `InputError` for a table of other columns.
    """
    kinds = {"scale": str, "loss": str}
    frame = read_csv(table, "the table of seed triplets", keep_default_na=False, na_values=[""], dtype=kinds)
    absent = [column for column in NEEDED if column not in frame]
    if absent:
        raise InputError(f"{table}: found no column {absent[0]}; the table of seed triplets has {', '.join(NEEDED)}")
    frame = as_in_the_paper(frame)
    save_figure(_drawn(frame) if len(frame) else _without_triplets(), pdf, png)


def series_of(frame: pd.DataFrame) -> dict[str, str]:
    """What is drawn: the stem of its columns (``accuracy``, ``prnu_wavelet_euclidean``) and its name in print."""
    matches = {name: heading for name, (heading, _) in PRNU_HEADINGS.items() if _column(frame, name) in frame}
    return {"accuracy": "classifier", **matches}


def _drawn(frame: pd.DataFrame) -> Figure:
    figure = new_figure(HEIGHT)
    axes = figure.add_axes((0.075, 0.15, 0.915, 0.73))
    series = series_of(frame)
    offsets = np.linspace(-SPREAD / 2, SPREAD / 2, len(series)) if len(series) > 1 else [0.0]
    for i, ((name, label), offset) in enumerate(zip(series.items(), offsets, strict=True)):
        look = {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)]}
        _draw_series(axes, frame, name, offset, {**look, "label": label})
    axes.axhline(frame.chance[0], color="#4d4d4d", linestyle="--", linewidth=0.9, zorder=1, label="chance")
    for border in np.flatnonzero(frame.scale.to_numpy()[1:] != frame.scale.to_numpy()[:-1]) + 0.5:
        axes.axvline(border, color="#999999", linewidth=0.6)
    axes.set_xticks(range(len(frame)), [_heading(row) for row in frame.itertuples()])
    axes.set(xlim=(-0.5, len(frame) - 0.5), ylim=(0, 102), ylabel="accuracy (%)")
    axes.set_yticks(range(0, 101, 20))
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(series) + 1, columnspacing=1.6)
    return figure


def _draw_series(axes: Axes, frame: pd.DataFrame, name: str, offset: float, look: dict[str, str]) -> None:
    x, accuracy = np.arange(len(frame)) + offset, frame[_column(frame, name)]
    if {f"{name}_low", f"{name}_high"} <= set(frame.columns):
        low, high = frame[f"{name}_low"], frame[f"{name}_high"]
        bars = {"color": look["color"], "linewidth": 1.1, "clip_on": False}
        axes.vlines(x, low, high, **bars)
        for end in (low, high):
            axes.hlines(end, x - CAP, x + CAP, **bars)
    axes.plot(x, accuracy, linestyle="", markersize=4, zorder=3, clip_on=False, **look)


def _column(frame: pd.DataFrame, name: str) -> str:
    """The column of the accuracies: a mean over classifier seeds, or what PRNU has, which knows no seeds."""
    return f"{name}_mean" if f"{name}_mean" in frame else name


def _heading(row: object) -> str:
    if (row.scale, row.loss) == ("all", "all"):
        return "all"
    return f"{row.scale}X\n{row.loss.replace('_', ' ')}"


def _without_triplets() -> Figure:
    figure = new_figure(1.0)
    figure.text(0.5, 0.5, "No seed triplets: no custom networks differ by their seed alone", ha="center")
    return figure

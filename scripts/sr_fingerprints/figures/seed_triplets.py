"""Accuracy of telling apart networks that differ only by their seed, beside PRNU and chance.

It shows the numbers of Table 4, in place of the paper's Figure 4, which illustrates the test.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure

from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    REFERENCE,
    RULE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
)
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.tables.accuracies import PRNU_HEADINGS
from sr_fingerprints.tables.paper import select_paper_rows

HEIGHT = 2.7  # inches, without the legend
SPREAD = 0.6  # distance of the outermost dots of a group, as a share of its width
REQUIRED_COLUMNS = ("scale", "loss", "left_out", "chance")
ENDS = ("_low", "_high")


@in_house_style
def plot_seed_triplets(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of seed triplets (CSV; see `tables.seed_triplets`), one group of dots per row.

    Dots are accuracies in per cent, of the classifier (mean over its seeds) and of every PRNU method, as far as the
    table has them; bars are intervals, if the table has columns ``..._low`` and ``..._high`` for them. If the table
    has rows without the architectures that the paper leaves out (column ``left_out``), only these are drawn, as in
    the paper. Raises `InputError` for a table with other columns.
    """
    kinds = {"scale": str, "loss": str}
    frame = read_csv(table, "the table of seed triplets", keep_default_na=False, na_values=[""], dtype=kinds)
    absent = [column for column in REQUIRED_COLUMNS if column not in frame]
    if absent:
        raise InputError(
            f"{table}: found no column {absent[0]}; the table of seed triplets has {', '.join(REQUIRED_COLUMNS)}"
        )
    frame = select_paper_rows(frame).rename(columns={"accuracy_mean": "accuracy"}).reset_index(drop=True)
    save_figure(_draw(frame), pdf, png)


def plotted_series(columns: Iterable[str]) -> dict[str, str]:
    """Plotted columns among ``columns`` (``accuracy``, and those of PRNU), with their labels."""
    prnu_columns = [name for name in columns if name.startswith("prnu_") and not name.endswith(ENDS)]
    names = {name: ", ".join(["PRNU", *name.split("_")[1:]]) for name in prnu_columns}
    classifier = {"accuracy": "classifier"} if "accuracy" in columns else {}
    return classifier | {name: PRNU_HEADINGS.get(name, [names[name]])[0] for name in prnu_columns}


def _draw(frame: pd.DataFrame) -> Figure:
    series = plotted_series(frame.columns)
    figure = new_figure(HEIGHT, layout="constrained")
    axes = figure.subplots()
    seaborn.pointplot(
        _long(frame, series),
        x="group",
        y="percent",
        hue="series",
        estimator=_accuracy,
        errorbar=_interval,
        dodge=SPREAD if len(series) > 1 else False,
        palette=[PALETTE[i % len(PALETTE)] for i in range(len(series))],
        markers=[MARKERS[i % len(MARKERS)] for i in range(len(series))],
        linestyles="none",
        markersize=4,
        err_kws={"linewidth": 1.1},
        capsize=0.08,
        ax=axes,
    )
    axes.axhline(frame.chance[0], **REFERENCE, label="chance")
    for border in np.flatnonzero(frame.scale.to_numpy()[1:] != frame.scale.to_numpy()[:-1]) + 0.5:
        axes.axvline(border, **RULE)
    axes.set_xticks(range(len(frame)), [_heading(row) for row in frame.itertuples()])
    axes.set(xlim=(-0.5, len(frame) - 0.5), ylim=(0, 103), xlabel="", ylabel="accuracy (%)")
    axes.grid(axis="y")
    if (inside := axes.get_legend()) is not None:
        inside.remove()
    add_legend(
        figure,
        zip(*axes.get_legend_handles_labels(), strict=True),
        columns=len(series) + 1,
        place="outside upper center",
    )
    return figure


def _long(frame: pd.DataFrame, series: dict[str, str]) -> pd.DataFrame:
    """Columns group, series and percent: for each dot its accuracy, then both ends of its interval, if any."""
    numbers = [
        pd.DataFrame({"group": frame.index, "series": label, "percent": frame[name + part]})
        for name, label in series.items()
        for part in ("", *ENDS)
        if name + part in frame
    ]
    return pd.concat(numbers, ignore_index=True)


def _accuracy(rows: pd.Series) -> float:
    """Accuracy of a dot: its first row in `_long`."""
    accuracy: float = rows.iloc[0]
    return accuracy


def _interval(rows: pd.Series) -> tuple[float, float]:
    """Interval of a dot: its other two rows in `_long`, or NaN."""
    return (rows.iloc[1], rows.iloc[2]) if len(rows) == 3 else (np.nan, np.nan)


def _heading(row: Any) -> str:
    if (row.scale, row.loss) == ("all", "all"):
        return "all"
    return f"{row.scale}X\n{row.loss}".replace("_", "\n")

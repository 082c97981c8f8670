"""Images of derived networks that are attributed to the parent, by how far the networks are from each other."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    REFERENCE,
    RULE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
    shade,
)
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.table_rows import records

REQUIRED_COLUMNS = (
    *("experiment", "network", "parent_network", "by", "amount", "how", "psnr_to_parent", "none_mean", "chance"),
    *("parent_mean", "parent_low", "parent_high"),
)
KINDS = {
    "finetune": "trained further",
    "checkpoint": "checkpoint of its training",
    "prune": "pruned",
    "quantise": "8 bits",
    "half": "16 bits",
    "average": "average with another",
}
COLORS = dict(zip(KINDS, PALETTE, strict=False))
SHAPES = dict(zip(KINDS, (*MARKERS, "P"), strict=True))
SERIES = {
    "finetune": ("iterations", 0.0),
    "prune": ("weights pruned (%)", 0.0),
    "checkpoint": ("training done (%)", 1.0),
}
"""Kinds with a panel of their own: the label of its axis, and the amount at which a network is its parent."""

NONE: dict[str, Any] = {"linestyle": ":", "linewidth": 1.0, "color": "#4d4d4d"}
CLOSE = 2.2
"""Iterations nearer to those before than by this factor have no label, for which there is no place."""

ROW, MARGINS = 1.55, 0.25  # inches: height of a row of panels, and what is above and below all of them


@in_house_style
def plot_derived_networks(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of derived networks (CSV; see `tables.derived_networks`), a row of panels for each parent.

    The first panel has all derived networks by the PSNR of their images to those of the parent; images that are equal
    have none and are left out. One further panel for each of the `SERIES` that the table has begins or ends with the
    parent itself. Bars are 95 % intervals over photos. Raises `InputError` for a table with other columns.
    """
    frame = read_csv(table, "the table of derived networks", REQUIRED_COLUMNS)
    save_figure(_draw(frame[frame.parent_network.notna()]), pdf, png)


def _draw(frame: pd.DataFrame) -> Figure:
    kinds = [kind for kind in KINDS if (frame.by == kind).any()]
    series = [kind for kind in SERIES if kind in kinds]
    parents = frame.groupby(["experiment", "parent_network"], sort=False)
    figure = new_figure(len(parents) * ROW + MARGINS, layout="constrained")
    grid = figure.subplots(len(parents), 1 + len(series), sharey=True, sharex="col", squeeze=False)
    for panels, ((_, parent), rows) in zip(grid, parents, strict=True):
        (itself,) = records(rows[rows.network == parent])
        _draw_distances(panels[0], rows, frame)
        panels[0].set(title=parent, ylabel="images (%)")
        panels[0].title.set(horizontalalignment="left", x=0.0)
        for axes, kind in zip(panels[1:], series, strict=True):
            _draw_series(axes, rows[rows.by == kind], kind, itself, _hows(frame, kind))
        for axes in panels:
            axes.axhline(itself["parent_mean"], **REFERENCE)
            axes.axhline(itself["chance"], **RULE)
            axes.set_ylim(-4, 104)
            axes.grid(axis="y")
    grid[-1][0].set_xlabel("PSNR to the parent's images (dB)")
    for axes, kind in zip(grid[-1][1:], series, strict=True):
        axes.set_xlabel(SERIES[kind][0])
    entries = [
        (_handle(kind, number), f"to the parent: {KINDS[kind]}{f' on {how}' if kind == 'finetune' else ''}")
        for kind in kinds
        for number, how in enumerate(_hows(frame, kind))
    ]
    entries += [(Line2D([], [], **REFERENCE), "to the parent: its own")] if len(frame) else []
    entries += [(Line2D([], [], **NONE), "to no known network"), (Line2D([], [], **RULE), "chance")]
    add_legend(figure, entries, columns=3)
    return figure


def _hows(frame: pd.DataFrame, kind: str) -> list[str]:
    """The data sets of further training, which have lines of their own; of other kinds one for all."""
    return list(frame.how[frame.by == kind].unique()) if kind == "finetune" else [""]


def _draw_distances(axes: Axes, rows: pd.DataFrame, frame: pd.DataFrame) -> None:
    shown = rows[rows.by.isin(list(KINDS)) & np.isfinite(rows.psnr_to_parent)]
    for kind, points in shown.groupby("by", sort=False):
        for number, how in enumerate(_hows(frame, str(kind))):
            _line(axes, points[points.how == how] if how else points, "psnr_to_parent", str(kind), number)


def _draw_series(axes: Axes, rows: pd.DataFrame, kind: str, itself: dict[str, Any], hows: list[str]) -> None:
    label, parent_at = SERIES[kind]
    for number, how in enumerate(hows):
        points = rows[rows.how == how] if how else rows
        if points.empty:
            continue
        anchored = pd.concat([points[points.amount != parent_at], pd.DataFrame([itself | {"amount": parent_at}])])
        anchored = anchored.sort_values("amount")
        if "%" in label:
            anchored["amount"] *= 100
        _line(axes, anchored, "amount", kind, number)
        axes.plot(anchored.amount, anchored.none_mean, **NONE)
    if kind == "finetune":
        least = rows.amount[rows.amount > 0].min()
        axes.set_xscale("symlog", linthresh=float(least) if np.isfinite(least) else 1.0)
        ticks = [0.0]
        for amount in sorted(rows.amount[rows.amount > 0]):
            if not ticks[-1] or amount >= CLOSE * ticks[-1]:
                ticks.append(float(amount))
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()


def _line(axes: Axes, points: pd.DataFrame, x: str, kind: str, number: int) -> None:
    ordered = points.sort_values("amount")
    style = _style(kind, number)
    seaborn.lineplot(
        ordered,
        x=x,
        y="parent_mean",
        errorbar=None,
        estimator=None,
        sort=False,
        legend=False,
        ax=axes,
        **style,
    )
    spread = [ordered.parent_mean - ordered.parent_low, ordered.parent_high - ordered.parent_mean]
    bars = np.nan_to_num(np.array(spread, np.float64)).clip(0)
    axes.errorbar(ordered[x], ordered.parent_mean, bars, fmt="none", ecolor=style["color"], elinewidth=0.8, alpha=0.6)
    axes.set(xlabel="", ylabel="")


def _handle(kind: str, number: int) -> Line2D:
    return Line2D([], [], **_style(kind, number))


def _style(kind: str, number: int) -> dict[str, Any]:
    """Style of the line of a kind, or of its data set of this ``number``: the others' colours are lighter."""
    color = shade(COLORS[kind], min(0.5 * number, 0.8))
    line = "none" if kind not in SERIES else "--" if number else "-"
    return {"color": color, "marker": SHAPES[kind], "markersize": 5, "linewidth": 1.1, "linestyle": line}

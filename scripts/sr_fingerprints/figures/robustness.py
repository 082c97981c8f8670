"""Accuracy against the strength of each kind of degradation, and after those that are not a matter of strength."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sr_fingerprints.degradations.operations import OPERATIONS, parameters
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
from sr_fingerprints.tables.robustness import TIERS, WHOLE_TIER
from sr_fingerprints.tables.writing import read_table

FAMILIES = {
    "jpeg": ("JPEG quality", np.inf),
    "webp": ("WebP quality", np.inf),
    "resize": ("resizing (factor)", 1.0),
    "blur": ("blur (pixels)", 0.0),
    "noise": ("noise (grey levels)", 0.0),
    "sharpen": ("sharpening (%)", 0.0),
    "gamma": ("gamma (exponent)", 1.0),
    "palette": ("palette (colours)", np.inf),
}
"""Title of the axis of each kind of degradation, and where images without it are drawn."""

FEWEST = 2
"""Strengths that a curve needs, besides images without the degradation."""

PANEL, ROW = 1.55, 0.155  # inches: height of a row of curves, and of a degradation among the others
MOST_COLUMNS = 4
LOSSY = ("jpeg", "webp", "palette")
"""Kinds of degradations whose strengths are drawn at equal distances, best first."""


@in_house_style
def plot_robustness(
    table: str | Path, degradations: Sequence[Mapping[str, Any]], pdf: str | Path, png: str | Path
) -> None:
    """Draw the table of robustness (CSV; see `tables.robustness`) of networks of the first origin in it.

    ``degradations`` are the evaluated rows of the configuration. Those of one operation whose first parameter alone
    differs from the defaults are points of a curve, the rest dots. Bands and bars are the intervals.
    """
    frame = read_table(table)
    frame = frame[(frame.origin == frame.origin[0]) & (frame.degradation != WHOLE_TIER)]
    save_figure(_draw(frame, curves(degradations), degradations), pdf, png)


def curves(degradations: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Strength of each degradation that is on a curve, by operation and name, that without any included."""
    found: dict[str, dict[str, float]] = {}
    for row in degradations:
        if len(row["chain"]) == 1 and row["tier"] in TIERS:
            name, values = parameters(row["chain"][0])
            defaults = OPERATIONS[name]
            first, *others = defaults
            if (
                name in FAMILIES
                and np.isscalar(values[first])
                and all(values[key] == defaults[key] for key in others)
            ):
                found.setdefault(name, {})[row["name"]] = float(values[first])
    pristine = [row["name"] for row in degradations if not row["chain"]][:1]
    return {
        name: dict.fromkeys(pristine, FAMILIES[name][1]) | points
        for name, points in found.items()
        if len(points) >= FEWEST
    }


def _draw(
    frame: pd.DataFrame, families: Mapping[str, Mapping[str, float]], degradations: Sequence[Mapping[str, Any]]
) -> Figure:
    methods = list(dict.fromkeys(frame.method))
    on_curves = {name for points in families.values() for name in points if len(points)}
    others = [row["name"] for row in degradations if row["name"] not in on_curves]
    rows = -(-len(families) // MOST_COLUMNS)
    columns = -(-len(families) // max(rows, 1)) or 1
    heights = [PANEL] * rows + ([ROW * len(others) + 0.5] if others else [])
    figure = new_figure(sum(heights), layout="constrained")
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    first: Axes | None = None
    for index, (name, points) in enumerate(families.items()):
        axes = figure.add_subplot(grid[index // columns, index % columns], sharey=first)
        first = first or axes
        _draw_curve(axes, frame, name, points, methods)
        axes.set_ylabel("accuracy (%)" if index % columns == 0 else "")
        axes.tick_params(labelleft=index % columns == 0)
    if others:
        _draw_others(figure.add_subplot(grid[-1, :]), frame, others, methods)
    add_legend(figure, _legend(methods), len(methods) + 1, "outside upper center")
    return figure


def _legend(methods: Sequence[str]) -> Iterator[tuple[Artist, str]]:
    for number, method in enumerate(methods):
        yield Line2D([], [], color=PALETTE[number], marker=MARKERS[number % len(MARKERS)], markersize=3.5), method
    yield Line2D([], [], **REFERENCE), "chance"


def _draw_curve(
    axes: Axes, frame: pd.DataFrame, family: str, points: Mapping[str, float], methods: Sequence[str]
) -> None:
    ticks = sorted(set(points.values()))
    places = {name: ticks.index(value) if family in LOSSY else value for name, value in points.items()}
    strengths = frame.degradation.map(places)
    shown = frame[strengths.notna()].assign(strength=strengths).sort_values("strength")
    for number, method in enumerate(methods):
        of_method = shown[shown.method == method]
        axes.fill_between(
            of_method.strength,
            of_method.accuracy_low,
            of_method.accuracy_high,
            color=PALETTE[number],
            alpha=0.13,
            lw=0,
        )
        axes.plot(
            of_method.strength,
            of_method.accuracy,
            color=PALETTE[number],
            marker=MARKERS[number % len(MARKERS)],
            markersize=3.5,
            linewidth=1.2,
        )
    axes.axhline(shown.chance.iloc[0], **REFERENCE)
    axes.set(ylim=(0, 103), xlabel=FAMILIES[family][0])
    axes.grid(axis="y")
    if family in LOSSY:
        names = ["none" if tick == FAMILIES[family][1] else f"{tick:g}" for tick in ticks]
        axes.set_xticks(range(len(ticks)), names)
        axes.set_xlim(len(ticks) - 0.6, -0.6)  # the best first


def _draw_others(axes: Axes, frame: pd.DataFrame, others: Sequence[str], methods: Sequence[str]) -> None:
    shown = frame[frame.degradation.isin(others)]
    offsets = np.linspace(-0.27, 0.27, len(methods)) if len(methods) > 1 else [0.0]
    for number, (method, offset) in enumerate(zip(methods, offsets, strict=True)):
        of_method = shown[shown.method == method].set_index("degradation").loc[list(others)]
        errors = np.abs(of_method[["accuracy_low", "accuracy_high"]].to_numpy().T - of_method.accuracy.to_numpy())
        axes.errorbar(
            of_method.accuracy,
            np.arange(len(others)) + offset,
            xerr=np.nan_to_num(errors),
            color=PALETTE[number],
            marker=MARKERS[number % len(MARKERS)],
            markersize=3,
            linestyle="none",
            elinewidth=0.8,
        )
    axes.axvline(shown.chance.iloc[0], **REFERENCE)
    for border in np.arange(len(others) - 1) + 0.5:
        axes.axhline(border, **{**RULE, "color": "#e4e4e4"})
    axes.set_yticks(range(len(others)), [name.replace("_", " ") for name in others])
    axes.set(xlim=(0, 103), ylim=(len(others) - 0.5, -0.5), xlabel="accuracy (%)", ylabel="")
    seaborn.despine(ax=axes, left=True)

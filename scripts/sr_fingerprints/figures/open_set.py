"""How well each score tells images of unknown networks: areas under ROC curves, and OSCR curves."""

from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sr_fingerprints.figures.style import (
    MARKERS,
    PAGE_WIDTH,
    PALETTE,
    REFERENCE,
    SMALL_TYPE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
    shade,
)
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.open_set.measures import oscr_curve
from sr_fingerprints.open_set.names import KNOWN, SCORES
from sr_fingerprints.tables.open_set import CONTROLS, PRINTED
from sr_fingerprints.tables.writing import read_table

COLUMNS = 4  # panels of curves in a row
ROW = 0.36  # inches, of the areas of what is unknown
PANEL = 1.75  # inches, height of a panel of curves
POINTS = 200  # of a curve, at most
LABEL = 30  # characters, at most, of a line of a label
SPREAD = 0.62  # of a row, that its scores are spread over

COLOR = dict(zip(SCORES, PALETTE, strict=False))
MARKER = dict(zip(SCORES, MARKERS, strict=True))


@in_house_style
def plot_open_set(table: str | Path, scores: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the areas with their intervals, and beneath them the curves of each kind of unknown networks.

    ``table`` is that of `tabulate_open_set`, ``scores`` are those of `score_experiments`. Of the controls, those of
    the first classifier are drawn.
    """
    areas = read_table(table)
    areas = areas.assign(score=areas.score.map({printed: score for score, printed in PRINTED.items()}))
    scored = read_csv(scores, "scores of images", ("experiment", *SCORES))
    save_figure(_draw(areas, scored[scored.photos == "test"]), pdf, png)


def _draw(areas: pd.DataFrame, scored: pd.DataFrame) -> Figure:
    control = areas.unknown.isin(CONTROLS)
    shown = areas[~control | (areas.experiment == areas.experiment.iloc[0])]
    shown = pd.concat([shown[~shown.unknown.isin(CONTROLS)], shown[shown.unknown.isin(CONTROLS)]])
    rows = list(dict.fromkeys(zip(shown.experiment, shown.unknown, strict=True)))
    panels = [(name, unknown) for name, unknown in rows if unknown not in CONTROLS]
    lines = -(-len(panels) // COLUMNS)
    figure = new_figure(ROW * len(rows) + 0.4 + PANEL * lines, PAGE_WIDTH, layout="constrained")
    parts = figure.subfigures(2, 1, squeeze=False, height_ratios=[ROW * len(rows) + 0.4, PANEL * lines])
    above, below = parts[:, 0]
    _draw_areas(above.subplots(), shown, rows)
    grid = below.subplots(lines, COLUMNS, squeeze=False, sharex=True, sharey=True)
    for axes, (name, unknown) in zip(grid.flat, panels, strict=False):
        _draw_curves(axes, scored[(scored.experiment == name) & scored.unknown.isin([KNOWN, unknown])])
        axes.set_title(f"{unknown}\nunknown", fontsize=SMALL_TYPE + 0.5)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for number, axes in enumerate(grid.flat[: len(panels)]):
        axes.set_ylabel("known: named" if number % COLUMNS == 0 else "")
        lowest = number + COLUMNS >= len(panels)
        axes.set_xlabel("unknown: accepted" if lowest else "")
        axes.tick_params(labelbottom=lowest)
    entries: list[tuple[Artist, str]] = [
        (Line2D([], [], color=COLOR[score], marker=MARKER[score], markersize=4), PRINTED[score]) for score in SCORES
    ]
    add_legend(figure, entries, len(SCORES))
    return figure


def _draw_areas(axes: Axes, shown: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    axes.axvline(0.5, **REFERENCE)
    axes.annotate(
        "chance",
        (0.5, 1),
        (3, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=SMALL_TYPE,
    )
    offsets = np.linspace(-SPREAD / 2, SPREAD / 2, len(SCORES))
    for score, offset in zip(SCORES, offsets, strict=True):
        of_score = shown[shown.score == score].set_index(["experiment", "unknown"]).loc[rows]
        height = np.arange(len(rows)) + offset
        lows, highs = of_score.auroc_of_known_low, of_score.auroc_of_known_high
        axes.hlines(height, lows, highs, color=shade(COLOR[score], 0.75), linewidth=4, zorder=0)
        axes.hlines(height, of_score.auroc_low, of_score.auroc_high, color=COLOR[score], linewidth=1)
        axes.plot(of_score.auroc, height, MARKER[score], color=COLOR[score], markersize=4)
    labels = ["\n".join(wrap(unknown, LABEL)) for _, unknown in rows]
    axes.set(yticks=range(len(rows)), yticklabels=labels, ylim=(len(rows) - 0.5, -0.5), xlim=(0, 1))
    for edge in range(1, len(rows)):
        axes.axhline(edge - 0.5, color="#e4e4e4", linewidth=0.6, zorder=0)
    axes.set_xlabel("area under the ROC curve, 95 % interval over photos")
    seaborn.despine(ax=axes, left=True)


def _draw_curves(axes: Axes, images: pd.DataFrame) -> None:
    known, unknown = images[images.unknown == KNOWN], images[images.unknown != KNOWN]
    correct = known.correct.to_numpy(bool)
    axes.plot([0, 1], [0, correct.mean()], **REFERENCE)
    for score in SCORES:
        accepted, right = oscr_curve(known[score].to_numpy(), correct, unknown[score].to_numpy())
        some = np.unique(np.linspace(0, len(accepted) - 1, POINTS).astype(int))
        axes.plot(accepted[some], right[some], color=COLOR[score], linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    seaborn.despine(ax=axes)

"""Figure 7: predictions for the published networks of parsers that were trained on custom networks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from seaborn.utils import axis_ticklabels_overlap

from sr_fingerprints.figures.heat_maps import draw_cells, fit_cells, group_starts, published_rows, read_published
from sr_fingerprints.figures.style import (
    LINE,
    PAGE_WIDTH,
    PALETTE,
    RULE,
    add_legend,
    in_house_style,
    network_label,
    new_figure,
    save_figure,
    shade,
)
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.tables.accuracies import mean_over_seeds

PRINTED_NAMES = {"dataset": "data set"}
LABEL = 24  # characters per line of a network's label
CELL, ROW = 0.39, 0.165  # inches, at least
UNKNOWN = "#c8c8c8"
"""Colour of 100 % if the actual value is none of the parser's classes, and of the text there."""
UNKNOWN_TYPE = "#555555"
FRAME: dict[str, Any] = {"edgecolor": "black", "linewidth": 1.1}


@in_house_style
def plot_published_parsing(
    parsers: Mapping[str, Sequence[str | Path]],
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    csv: str | Path,
) -> None:
    """Draw the values that parsers predict for the published networks' images, and write them to ``csv``.

    ``parsers`` has the predictions of each parser, one file per classifier seed, by hyperparameter (a column of
    ``networks``, the table of networks). Images of other than published networks are left out. ``csv`` has the
    columns of `parsing_table`. Raises `InputError` when not all files have images of the same published networks.
    """
    answers = read_published([path for paths in parsers.values() for path in paths], networks)
    rows = published_rows(networks, answers.values())
    table = parsing_table({task: [answers[path] for path in paths] for task, paths in parsers.items()}, rows)
    write_text(csv, table.to_csv(index=False, lineterminator="\n"))
    save_figure(_draw(table, rows), pdf, png)


def parsing_table(parsers: Mapping[str, Sequence[Predictions]], rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each parser, network (in the order of ``rows``) and class of the parser.

    Columns: parser, network, ``actual`` and ``predicted`` value, and over the classifier seeds ``count_mean``,
    the mean number of the network's images with this prediction, and ``share_mean`` and ``share_std``, the same in
    per cent of its images (the standard deviation is that of `mean_over_seeds`).
    """
    return pd.concat([_parser_rows(task, of_seeds, rows) for task, of_seeds in parsers.items()], ignore_index=True)


def _parser_rows(task: str, of_seeds: Sequence[Predictions], rows: pd.DataFrame) -> pd.DataFrame:
    classes = list(dict.fromkeys(name for found in of_seeds for name in found.classes))
    pairs = pd.MultiIndex.from_product([rows.network, classes], names=["network", "predicted"])
    counts = pd.concat([_counts(found).reindex(pairs, fill_value=0) for found in of_seeds], axis=1, ignore_index=True)
    shares = 100.0 * counts / counts.groupby("network").transform("sum")
    over = mean_over_seeds([shares[column] for column in shares]).set_axis(["share_mean", "share_std"], axis=1)
    table = over.assign(count_mean=counts.mean(axis=1)).reset_index()
    actual = rows.set_index("network")[task].astype(str)
    described = table.assign(parser=task, actual=table.network.map(actual))
    return described[["parser", "network", "actual", "predicted", "count_mean", "share_mean", "share_std"]]


def _counts(found: Predictions) -> pd.Series:
    """Number of images by network and predicted class."""
    return pd.DataFrame({"network": found.network, "predicted": found.predicted}).value_counts()


def _draw(table: pd.DataFrame, rows: pd.DataFrame) -> Figure:
    """Draw a heat map for each parser, side by side, with one row per network."""
    blocks = {str(task): block for task, block in table.groupby("parser", sort=False)}
    labels = ["\n".join(wrap(network_label(row), LABEL)) for row in rows.itertuples()]
    figure = new_figure(len(rows) * ROW + PAGE_WIDTH, layout="constrained")
    widths = [block.predicted.nunique() for block in blocks.values()]
    panels = figure.subplots(1, len(blocks), width_ratios=widths, squeeze=False)[0]
    for axes, (task, block) in zip(panels, blocks.items(), strict=True):
        _draw_block(axes, block, labels if axes is panels[0] else False)
        axes.set_xticklabels([_heading(task, name) for name in block.predicted.unique()])
        axes.set_title(f"{PRINTED_NAMES.get(task, task)}\n{_accuracy(block)}")
        for start in group_starts(rows):
            axes.axhline(start, **RULE)
    right = (Patch(facecolor=shade(PALETTE[0], 0.5), **FRAME), "the actual value")
    none_right = (Patch(color=UNKNOWN), "the actual value is none of the classes")
    figure.align_titles()
    add_legend(figure, [right, none_right], columns=2)
    lines = max(label.count("\n") + 1 for label in labels)
    fit_cells(figure, panels, CELL, max(ROW, lines * LINE))
    if any(axis_ticklabels_overlap(axes.get_xticklabels()) for axes in panels):
        for axes in panels:
            axes.tick_params(axis="x", rotation=90)
        fit_cells(figure, panels, CELL, max(ROW, lines * LINE))
    return figure


def _heading(task: str, name: str) -> str:
    return f"{name}X" if task == "scale" else name.replace("_", "\n")


def _accuracy(block: pd.DataFrame) -> str:
    """Text with the parser's accuracy on networks whose value is one of its classes."""
    known = block[block.actual.isin(block.predicted)]
    right = known[known.actual == known.predicted]
    return f"{right.share_mean.mean():.1f} % right" if len(right) else "none is right"


def _draw_block(axes: Axes, block: pd.DataFrame, labels: Sequence[str] | bool) -> None:
    """Draw the cells of one parser: blue, or grey in rows without a correct class; the correct ones are framed."""
    shape = (-1, block.predicted.nunique())
    known = block.actual.isin(block.predicted).to_numpy()
    shares = block.share_mean.where(known, -block.share_mean).to_numpy().reshape(shape)
    printed = np.reshape([_printed(cell) for cell in block.itertuples()], shape)
    colors = seaborn.blend_palette([UNKNOWN, "white", PALETTE[0]], as_cmap=True)
    draw_cells(axes, shares, printed, labels, cmap=colors, vmin=-100, vmax=100, linewidths=0.4, linecolor="#e4e4e4")
    for number, is_known in zip(axes.texts, known, strict=True):
        number.set_color(number.get_color() if is_known else UNKNOWN_TYPE)
    for row, column in np.argwhere((block.actual == block.predicted).to_numpy().reshape(shape)):
        axes.add_patch(Rectangle((column + 0.04, row + 0.06), 0.92, 0.88, fill=False, zorder=3, **FRAME))
    axes.xaxis.tick_top()


def _printed(cell: Any) -> str:
    """Share in per cent, with its standard deviation unless that rounds to 0."""
    spread = 0 if pd.isna(cell.share_std) else round(cell.share_std)
    return f"{cell.share_mean:.0f}" + (f"±{spread}" if spread else "")

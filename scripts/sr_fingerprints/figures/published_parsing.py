"""Figure 7: what parsers that were trained on custom networks take the published networks for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sr_fingerprints.figures.separation import (
    LINE,
    MARGIN,
    TYPE_SIZE,
    group_starts,
    is_light,
    published_rows,
    read_published,
    text_width,
)
from sr_fingerprints.figures.style import PAGE_WIDTH, PALETTE, in_house_style, network_label, new_figure, save_figure
from sr_fingerprints.figures.style import shade as mixed
from sr_fingerprints.files import write_text
from sr_fingerprints.predictions import Predictions
from sr_fingerprints.tables.accuracies import over_seeds

PRINTED = {"dataset": "data set"}
LABEL = 24  # characters of a network's label in one line
CELL, BLOCK_GAP, ROW, LEGEND, TITLE = 0.39, 0.1, 0.165, 0.3, 0.4  # inches; cells are at least so wide
UNKNOWN = "#c8c8c8"
"""Shade of 100 % where the actual value is none of the parser's classes, and the type there."""
UNKNOWN_TYPE = "#555555"


@in_house_style
def plot_published_parsing(
    parsers: Mapping[str, Sequence[str | Path]],
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    csv: str | Path,
) -> None:
    """Draw which values parsers predict for the published networks' images, and write it to ``csv``.

    ``parsers`` has for each hyperparameter, that is a column of ``networks``, the table of networks, the
    predictions of its parser: a file for each classifier seed. Images of other networks than the published ones
    are left out. ``csv`` has the columns of `parsing_table`. Raises `InputError` when not all files have images of
    the same published networks.
    """
    answers = read_published([path for paths in parsers.values() for path in paths], networks)
    rows = published_rows(networks, answers.values())
    table = parsing_table({task: [answers[path] for path in paths] for task, paths in parsers.items()}, rows)
    write_text(csv, table.to_csv(index=False, lineterminator="\n"))
    save_figure(_drawn(table, rows), pdf, png)


def parsing_table(parsers: Mapping[str, Sequence[Predictions]], rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each parser, network (of ``rows``, in their order) and class of the parser.

    Columns: parser, network, ``actual`` and ``predicted`` value, and over the classifier seeds ``count_mean``,
    the mean number of the network's images that are taken for this value, and ``share_mean`` and ``share_std``, the
    same in per cent of its images (the standard deviation as `over_seeds` has it).
    """
    return pd.concat([_parsed(task, of_seeds, rows) for task, of_seeds in parsers.items()], ignore_index=True)


def _parsed(task: str, of_seeds: Sequence[Predictions], rows: pd.DataFrame) -> pd.DataFrame:
    classes = list(dict.fromkeys(name for found in of_seeds for name in found.classes))
    pairs = pd.MultiIndex.from_product([rows.network, classes], names=["network", "predicted"])
    counts = pd.concat([_counts(found).reindex(pairs, fill_value=0) for found in of_seeds], axis=1, ignore_index=True)
    shares = 100.0 * counts / counts.groupby("network").transform("sum")
    over = over_seeds([shares[column] for column in shares]).set_axis(["share_mean", "share_std"], axis=1)
    table = over.assign(count_mean=counts.mean(axis=1)).reset_index()
    actual = rows.set_index("network")[task].astype(str)
    described = table.assign(parser=task, actual=table.network.map(actual))
    return described[["parser", "network", "actual", "predicted", "count_mean", "share_mean", "share_std"]]


def _counts(found: Predictions) -> pd.Series:
    """Images by network and predicted class."""
    return pd.DataFrame({"network": found.network, "predicted": found.predicted}).value_counts()


def _drawn(table: pd.DataFrame, rows: pd.DataFrame) -> Figure:
    """A block of columns for each parser, side by side, one row a network."""
    blocks = dict(list(table.groupby("parser", sort=False)))
    headings = {task: [_heading(task, name) for name in block.predicted.unique()] for task, block in blocks.items()}
    columns = sum(map(len, headings.values()))
    labels = ["\n".join(wrap(network_label(row), LABEL)) for row in rows.itertuples()]
    left = text_width(labels) + 2 * MARGIN
    cell = max(CELL, (PAGE_WIDTH - left - MARGIN - BLOCK_GAP * (len(blocks) - 1)) / columns)
    row = max(ROW, 2 * LINE) if any("\n" in label for label in labels) else ROW
    rotated = any(text_width(names) > cell - 0.04 for names in headings.values())
    heading = (max(map(text_width, headings.values())) if rotated else _lines(headings) * LINE) + 0.08
    top = heading + TITLE
    width = left + columns * cell + BLOCK_GAP * (len(blocks) - 1) + MARGIN
    height = top + len(rows) * row + LEGEND
    figure = new_figure(height, width)
    x = left
    for i, (task, block) in enumerate(blocks.items()):
        wide = len(headings[task]) * cell
        axes = figure.add_axes((x / width, LEGEND / height, wide / width, len(rows) * row / height))
        _draw_block(axes, block, len(headings[task]), group_starts(rows))
        title = f"{PRINTED.get(task, task)}\n{_accuracy(block)}"
        axes.set_title(title, y=1 + (heading + 0.04) / (len(rows) * row), pad=0)
        axes.set_xticks(np.arange(len(headings[task])) + 0.5, headings[task], rotation=90 if rotated else 0)
        axes.set_yticks(np.arange(len(rows)) + 0.5, labels if i == 0 else [])
        axes.tick_params(length=0, pad=3, labelsize=TYPE_SIZE, top=True, labeltop=True, labelbottom=False)
        x += wide + BLOCK_GAP
    _draw_legend(figure, height)
    return figure


def _heading(task: str, name: str) -> str:
    return f"{name}X" if task == "scale" else name.replace("_", "\n")


def _lines(headings: Mapping[str, Sequence[str]]) -> int:
    return max(heading.count("\n") + 1 for of_one in headings.values() for heading in of_one)


def _accuracy(block: pd.DataFrame) -> str:
    """How often the parser is right about the networks whose value is one of its classes."""
    known = block[block.actual.isin(block.predicted)]
    right = known[known.actual == known.predicted]
    return f"{right.share_mean.mean():.1f} % right" if len(right) else "no right answer"


def _draw_block(axes: Axes, block: pd.DataFrame, columns: int, starts: Sequence[int]) -> None:
    """The cells of one parser, one unit wide and high, downward."""
    known = block.actual.isin(block.predicted)
    for i, (cell, is_known) in enumerate(zip(block.itertuples(), known, strict=True)):
        row, column = divmod(i, columns)
        color = mixed(PALETTE[0] if is_known else UNKNOWN, 1 - cell.share_mean / 100)
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=color, edgecolor="none"))
        if cell.actual == cell.predicted:
            inside = (column + 0.04, row + 0.06)
            axes.add_patch(Rectangle(inside, 0.92, 0.88, fill=False, edgecolor="black", linewidth=1.1, zorder=3))
        ink = ("black" if is_light(color) else "white") if is_known else UNKNOWN_TYPE
        axes.text(
            column + 0.5, row + 0.52, _printed(cell), color=ink, fontsize=TYPE_SIZE, ha="center", va="center_baseline"
        )
    for start in starts:
        axes.axhline(start, color="#999999", linewidth=0.6)
    axes.set(xlim=(0, columns), ylim=(len(block) / columns, 0))


def _printed(cell: object) -> str:
    """The share in per cent, with its standard deviation where that is not 0 when rounded."""
    spread = 0 if pd.isna(cell.share_std) else round(cell.share_std)
    return f"{cell.share_mean:.0f}" + (f"±{spread}" if spread else "")


def _draw_legend(figure: Figure, height: float) -> None:
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=mixed(PALETTE[0], 0.5), edgecolor="black", linewidth=1.1),
        Rectangle((0, 0), 1, 1, facecolor=UNKNOWN, edgecolor="none"),
    ]
    labels = ["the actual value", "the actual value is none of the classes"]
    figure.legend(handles, labels, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 0.02 / height), handlelength=1.4)

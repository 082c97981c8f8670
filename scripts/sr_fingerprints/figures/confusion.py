"""Confusion matrix of attribution, with networks in the order of their hyperparameters."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm

from sr_fingerprints.figures.heat_maps import fit_cells
from sr_fingerprints.figures.style import (
    LINE,
    PAGE_WIDTH,
    SMALL_TYPE,
    in_house_style,
    network_label,
    new_figure,
    save_figure,
)
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.tables.nearest_networks import learned_rows

COLORS = "cividis"
STEEPNESS = 0.5
"""Exponent of the colours, so that shares of a few per cent can be seen beside those of the diagonal."""

LARGEST = 5.2  # inches; side of the matrix, unless names of its rows need more
COLOR_BAR = "share of the images of a row (%)"


@in_house_style
def plot_confusion(
    predictions: Sequence[str | Path], networks: pd.DataFrame, pdf: str | Path, png: str | Path, csv: str | Path
) -> None:
    """Draw how often the images of each network are attributed to each, and write it to ``csv``.

    ``predictions`` are those of one experiment, one file a classifier seed, whose mean is shown; ``networks`` is the
    table of networks. Networks that the classifier does not name are left out. Custom networks are in the order of
    scale, loss, architecture, data set and seed, with lines between scales and losses, and thin ones between
    architectures; published ones are in that of scale and kind of loss, and have their names. ``csv`` has one row for
    each pair of networks ``actual`` and ``predicted``, with its share in %.
    """
    found = [read_predictions(path, with_features=False) for path in predictions]
    rows = learned_rows(found[0], networks)
    shares = np.mean([confusion(one, rows.network.tolist()) for one in found], axis=0)
    pairs = pd.MultiIndex.from_product([rows.network, rows.network], names=["actual", "predicted"])
    long = pairs.to_frame(index=False).assign(share=shares.ravel())
    write_text(csv, long.to_csv(index=False, lineterminator="\n"))
    custom = bool((rows.origin == "custom").all())
    figure = new_figure(PAGE_WIDTH, layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, COLORS, PowerNorm(STEEPNESS, 0, 100), interpolation="nearest", aspect="auto")
    if custom:
        _mark_groups(axes, rows)
    else:
        labels = [network_label(row) for row in named_rows(rows)]
        axes.set_yticks(range(len(rows)), labels, fontsize=SMALL_TYPE)
        axes.set_xticks(range(len(rows)), labels, fontsize=SMALL_TYPE, rotation=90)
        _draw_lines(axes, list(zip(rows.scale, rows.kind, strict=True)), 0.8)
    axes.set(xlabel="attributed to", ylabel="images of")
    figure.colorbar(image, ax=axes, label=COLOR_BAR, shrink=0.6, ticks=[0, 1, 5, 10, 25, 50, 100])
    fit_cells(figure, [axes], width=LARGEST / len(rows) if custom else LINE)
    save_figure(figure, pdf, png)


def confusion(found: Predictions, names: Sequence[str]) -> npt.NDArray[np.float64]:
    """Share in % of the images of each of ``names`` (rows) that is attributed to each of ``names`` (columns)."""
    position = {name: number for number, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for actual, predicted in zip(found.actual, found.predicted, strict=True):
        if actual in position and predicted in position:
            counts[position[actual], position[predicted]] += 1
    shares: npt.NDArray[np.float64] = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _mark_groups(axes: Axes, rows: pd.DataFrame) -> None:
    """Name scales and losses at their middle on both axes, and draw lines between groups."""
    groups = list(zip(rows.scale, rows.loss, strict=True))
    _draw_lines(axes, list(zip(*zip(*groups, strict=True), rows.architecture, strict=True)), 0.25)
    _draw_lines(axes, groups, 0.9)
    middles = {group: float(np.mean([at for at, other in enumerate(groups) if other == group])) for group in groups}
    labels = [f"{scale}X {loss}".replace("_", " ") for scale, loss in middles]
    axes.set_yticks(list(middles.values()), labels, fontsize=SMALL_TYPE)
    axes.set_xticks(list(middles.values()), labels, fontsize=SMALL_TYPE, rotation=90)


def _draw_lines(axes: Axes, groups: Sequence[object], width: float) -> None:
    for place, (before, after) in enumerate(pairwise(groups)):
        if before != after:
            axes.axhline(place + 0.5, color="white", linewidth=width)
            axes.axvline(place + 0.5, color="white", linewidth=width)

"""Dendrogram of networks by the distance of their mean features."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from scipy.cluster.hierarchy import average, cophenet, dendrogram
from scipy.spatial.distance import squareform

from sr_fingerprints.figures.style import (
    PALETTE,
    SMALL_TYPE,
    add_legend,
    in_house_style,
    network_label,
    new_figure,
    save_figure,
    shade,
)
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NOT_APPLICABLE
from sr_fingerprints.tables.nearest_networks import learned_rows, mean_distances

MOST_NAMED = 64
"""Up to this number of networks each has its name; the colours of hyperparameters are always there."""

NAMED, UNNAMED = 0.125, 0.05  # inches; height of a network
MARGINS = 0.9  # inches
LEAF = 10  # height of a network in the coordinates of scipy's dendrograms
SHADES = (0.0, 0.55, -0.35, 0.3)  # of the colours of each column, so that no two columns have the same
STRIPES = {"scale": "scale", "loss": "loss", "architecture": "architecture", "dataset": "data set"}


@in_house_style
def plot_network_dendrogram(
    predictions: Sequence[str | Path], networks: pd.DataFrame, pdf: str | Path, png: str | Path
) -> None:
    """Draw which networks a classifier's features have close to each other.

    ``predictions`` are those of one experiment, one file a classifier seed; ``networks`` is the table of networks.
    Distances are those of `nearest_networks.mean_distances`; groups are joined at the mean distance of their networks
    (UPGMA; Sokal and Michener 1958). The title has the cophenetic correlation: how well the tree renders the
    distances. Raises `InputError` when predictions have no features.
    """
    found = [read_predictions(path) for path in predictions]
    for path, one in zip(predictions, found, strict=True):
        if not one.features.shape[1]:
            raise InputError(f"{path}: found no features; distances of networks need a classifier's")
    rows = learned_rows(found[0], networks)
    distances = squareform(mean_distances(found, rows.network.tolist()))
    tree = average(distances)
    agreement = cophenet(tree, distances)[0] if len(rows) > 2 and distances.any() else np.nan
    named = len(rows) <= MOST_NAMED
    figure = new_figure(len(rows) * (NAMED if named else UNNAMED) + MARGINS, layout="constrained")
    axes, stripes = figure.subplots(1, 2, width_ratios=[5, 1])
    drawn = dendrogram(
        tree, orientation="left", ax=axes, no_labels=True, color_threshold=0, above_threshold_color=PALETTE[-1]
    )
    for lines in axes.collections:
        lines.set_linewidth(0.8)
    ordered = rows.iloc[drawn["leaves"]]
    values = {key: list(dict.fromkeys(rows[key])) for key in STRIPES}
    shown = {key: found_values for key, found_values in values.items() if 1 < len(found_values) <= len(PALETTE)}
    entries = _draw_stripes(stripes, ordered, shown)
    axes.set(xlabel="distance (1: mean of all pairs)", ylim=stripes.get_ylim())
    axes.set_title(f"cophenetic correlation {agreement:.2f}" if np.isfinite(agreement) else "")
    if named:
        axes.yaxis.tick_right()
        labels = [_label(row) for row in named_rows(ordered)]
        axes.set_yticks(LEAF * np.arange(len(rows)) + LEAF / 2, labels, fontsize=SMALL_TYPE)
    if entries:
        add_legend(figure, entries, columns=len(shown))
    save_figure(figure, pdf, png)


def _label(row: pd.Series) -> str:
    samples = [str(value) for value in (row.dataset, row.seed) if value != NOT_APPLICABLE]
    return " ".join([network_label(row), *(samples if row.origin == "custom" else [])])


def _draw_stripes(axes: Axes, rows: pd.DataFrame, shown: Mapping[str, Sequence[object]]) -> list[tuple[Patch, str]]:
    """One column of coloured cells for each hyperparameter ``shown``, by its values; entries of a legend."""
    entries: list[tuple[Patch, str]] = []
    longest = max(map(len, shown.values()), default=0)
    for column, (key, values) in enumerate(shown.items()):
        colors = {value: shade(PALETTE[number], SHADES[column]) for number, value in enumerate(values)}
        for place, value in enumerate(rows[key]):
            axes.add_patch(Rectangle((column, LEAF * place), 0.9, LEAF, color=colors[value], linewidth=0))
        names = [f"{value}X" if key == "scale" else str(value).replace("_", " ") for value in colors]
        of_key = [(Patch(color=color), name) for color, name in zip(colors.values(), names, strict=True)]
        nothing = Patch(alpha=0)
        entries += [(nothing, STRIPES[key]), *of_key, *[(nothing, "")] * (longest - len(of_key))]
    axes.set(xlim=(0, max(len(shown), 1)), ylim=(0, LEAF * len(rows)), yticks=[])
    titles = [STRIPES[key] for key in shown]
    axes.set_xticks([column + 0.45 for column in range(len(shown))], titles, rotation=90, fontsize=SMALL_TYPE)
    for side in axes.spines.values():
        side.set_visible(False)
    return entries

"""Accuracy after each degradation, by scale, kind of loss and origin of the networks, as a heat map."""

from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure

from sr_fingerprints.figures.heat_maps import draw_cells
from sr_fingerprints.figures.style import in_house_style, new_figure, save_figure
from sr_fingerprints.tables.robustness import TIERS, WHOLE_TIER, part_names
from sr_fingerprints.tables.writing import read_table

ROW = 0.165  # inches, of a row of cells
MARGIN = 0.75  # inches, for titles and labels of columns


@in_house_style
def plot_robustness_by_network(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of robustness (CSV; see `tables.robustness`): a panel per method, a row per degradation.

    Columns are all networks of the first origin in the table, those of each scale and kind of loss, and, if there
    is one, all of the second origin. Tiers are separated, each with its mean below.
    """
    save_figure(_draw(read_table(table)), pdf, png)


def _draw(frame: pd.DataFrame) -> Figure:
    order = list(dict.fromkeys(zip(frame.tier, frame.degradation, strict=True)))
    methods = {
        method: _cells(frame[frame.method == method], frame.origin[0], order)
        for method in dict.fromkeys(frame.method)
    }
    figure = new_figure(MARGIN + ROW * len(order), layout="constrained")
    widths = [max(len(cells.columns), 1) for cells in methods.values()]
    panels = figure.subplots(1, len(methods), squeeze=False, width_ratios=widths)[0]
    labels = [f"{tier}: mean" if name == WHOLE_TIER else name.replace("_", " ") for tier, name in order]
    borders = [sum(tier in TIERS[: i + 1] for tier, _ in order) for i in range(len(TIERS) - 1)]
    for index, (axes, (method, cells)) in enumerate(zip(panels, methods.items(), strict=True)):
        printed = np.array([["" if np.isnan(value) else f"{value:.0f}" for value in row] for row in cells.to_numpy()])
        draw_cells(
            axes, cells, printed, labels if index == 0 else False,
            vmin=0, vmax=100, cmap=seaborn.light_palette("#0072b2", as_cmap=True),
        )  # fmt: skip
        axes.hlines(borders, 0, len(cells.columns), color="white", linewidth=2.5)
        axes.set_xticks(np.arange(len(cells.columns)) + 0.5, cells.columns, rotation=90)
        axes.set_title(method.replace(", ", ",\n", 1))
    return figure


def _cells(frame: pd.DataFrame, first: str, order: list[tuple[str, str]]) -> pd.DataFrame:
    """Accuracies of one method: a row per degradation, a column per group of networks."""
    found: dict[str, pd.Series] = {}
    for origin, rows in frame.groupby("origin", sort=False):
        rows = rows.drop_duplicates(["tier", "degradation"]).set_index(["tier", "degradation"]).reindex(order)
        found[str(origin)] = rows.accuracy
        if origin == first:
            for part in part_names(list(rows.columns)):
                if rows[f"accuracy_{part}"].notna().any():
                    found[part] = rows[f"accuracy_{part}"]
    return pd.DataFrame(found)

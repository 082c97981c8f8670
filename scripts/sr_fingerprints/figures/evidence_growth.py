"""How evidence grows with crops, images and training photos, as curves."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sr_fingerprints.figures.style import PALETTE, REFERENCE, add_legend, in_house_style, new_figure, save_figure
from sr_fingerprints.tables.writing import read_table

HEIGHT = 3.8  # inches
XLABELS = {
    "side of the crop": "side of the crop (pixels)",
    "crops of one image": "crops of one image",
    "images of different photos": "images of different photos",
    "training photos": "training photos",
}


@in_house_style
def plot_evidence_growth(table: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw the table of growth (CSV; see `tables.evidence_growth`), a column of panels for what evidence grows with.

    Above, accuracy and chance; below, the mean log10 LR of the network that made the images, and the highest that may
    be reported. Bands are 95 % intervals over photos.
    """
    save_figure(_draw(read_table(table)), pdf, png)


def _draw(frame: pd.DataFrame) -> Figure:
    ways = list(dict.fromkeys(frame.grows_with))
    figure = new_figure(HEIGHT, layout="constrained")
    panels = figure.subplots(2, len(ways), sharex="col", sharey="row", squeeze=False)
    for (above, below), way in zip(panels.T, ways, strict=True):
        rows = frame[frame.grows_with == way].sort_values("amount")
        _curve(above, rows, "accuracy", PALETTE[0])
        above.axhline(rows.chance.iloc[0], **REFERENCE, label="chance")
        _curve(below, rows, "weight", PALETTE[1])
        below.plot(
            rows.amount,
            rows.highest,
            color=PALETTE[2],
            linewidth=1.2,
            linestyle=":",
            marker=".",
            label="may be reported",
        )
        above.set(ylim=(0, 101), ylabel="accuracy (%)")
        below.set(xlabel=XLABELS[way], ylabel="mean log10 LR")
        below.set_xscale("log", base=2)
        below.set_xticks(ticks := _ticks(rows.amount), [str(amount) for amount in ticks])
        below.minorticks_off()
        if len(rows) == 1:
            below.set_xlim(rows.amount.iloc[0] / 2, rows.amount.iloc[0] * 2)
    for axes in panels.ravel():
        axes.grid()
    low, high = frame[["weight", "weight_low"]].min().min(), frame[["weight", "weight_high", "highest"]].max().max()
    panels[1, 0].set_ylim(np.nanmin([0, 1.05 * low]), 1.05 * np.nanmax([1, high]))
    handles = [axes.get_legend_handles_labels() for axes in panels[:, 0]]
    entries = [pair for found in handles for pair in zip(*found, strict=True)]
    add_legend(figure, entries, columns=4, place="outside upper center")
    return figure


def _ticks(amounts: Iterable[int]) -> list[int]:
    """The amounts that are labelled: the largest, and others with room between them on a logarithmic axis."""
    ordered = sorted(set(amounts), reverse=True)
    room = np.log2(ordered[0] / ordered[-1]) / 5
    kept = ordered[:1]
    for amount in ordered[1:]:
        if np.log2(kept[-1] / amount) >= room:
            kept.append(amount)
    return kept[::-1]


def _curve(axes: Axes, rows: pd.DataFrame, column: str, color: str) -> None:
    labels = {"accuracy": "accuracy", "weight": "log10 LR of the network that made the image"}
    seaborn.lineplot(
        x=rows.amount,
        y=rows[column],
        color=color,
        marker="o",
        markersize=4,
        linewidth=1.2,
        label=labels[column],
        legend=False,
        estimator=None,
        ax=axes,
    )
    axes.fill_between(
        rows.amount, rows[f"{column}_low"], rows[f"{column}_high"], color=color, alpha=0.15, linewidth=0
    )

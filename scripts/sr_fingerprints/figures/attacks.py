"""How cheap attacks on attribution are, for which networks, and whether a score of unknown networks notices."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sr_fingerprints.attacks.columns import CONTROLS, FORGING_METHODS
from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    REFERENCE,
    RULE,
    SMALL_TYPE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
)
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.tables.attacks import psnr, read_measurements

ROW = 0.145  # inches, of one dot of the upper panels
MARGINS = 0.75  # inches, of the upper panels' titles and axes
BOTTOM = 2.1  # inches, height of the lower panels
BEST_PSNR = 60.0
"""dB; chains that change less, or nothing, are drawn here."""

WORDS = {
    "chain": "laundered",
    "residual": "mean residual",
    "grid": "grid pattern",
    "replaced": "own mean residual replaced",
    "denoised": "denoised, mean residual",
    "own": "control: own mean residual",
    "random": "control: white noise",
    "hide": "gradient: hide",
    "blame": "gradient: blame",
}
METHODS = (*FORGING_METHODS, *CONTROLS)
COLOURS = dict(zip(METHODS, (*PALETTE[3:7], "#999999", "#999999"), strict=True))
DASHES: Mapping[str, tuple[float, float] | str] = {"own": (1, 1.5), "random": (4, 2)}
"""Of the lines of controls: lengths of dashes and gaps; the others are solid."""
REQUIRED = ("attack", "recogniser", "method", "networks", "setting", "sufficient", "psnr", "at_chance", "auroc")


@in_house_style
def plot_attacks(
    table: str | Path, measured: str | Path, recognisers: Mapping[str, str], pdf: str | Path, png: str | Path
) -> None:
    """Draw the table of attacks (CSV), and success against cost from the measurements (CSV).

    ``recognisers`` are the words for each, by its name in the measurements. Top left: PSNR of the chain that hides
    each group of networks. Top right: area under the ROC curve of the score of the unknown. Below, for each
    recogniser: share of test images attributed to the target, against PSNR, for each way of forging. What the study
    has no rows of is left out.
    """
    frame = read_csv(table, "the table of attacks", REQUIRED, keep_default_na=False, na_values=["", "nan"])
    save_figure(_draw(frame, read_measurements(measured), recognisers), pdf, png)


def _draw(table: pd.DataFrame, measured: pd.DataFrame, recognisers: Mapping[str, str]) -> Figure:
    names = list(recognisers.values())
    laundered = table[table.attack == "laundering"]
    noticed = table[(table.attack != "none") & (table.networks == "all")]
    forged = measured[(measured.attack == "forging") & (measured.split == "test") & measured.method.isin(METHODS)]
    upper = [part for part in (laundered, noticed) if len(part)]
    tall = (
        ROW * len(names) * max((part[["method", "networks"]].drop_duplicates().shape[0] for part in upper), default=0)
    )
    heights = [tall + MARGINS, *([BOTTOM] if len(forged) else [])]
    figure = new_figure(sum(heights), layout="constrained")
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    panels = parts[0].subplots(1, max(len(upper), 1), squeeze=False)[0]
    for axes, part in zip(panels, upper, strict=False):
        (_draw_costs if part is laundered else _draw_noticed)(axes, part, names)
    handles = [(_dot(index), name) for index, name in enumerate(names)]
    if len(forged):
        lower = parts[1].subplots(1, len(names), sharey=True, squeeze=False)[0]
        for axes, (name, words) in zip(lower, recognisers.items(), strict=True):
            _draw_success(axes, forged[forged.recogniser == name], words)
        lower[0].set_ylabel("named the target (%)")
        handles += [(Line2D([], [], color=COLOURS[m], dashes=DASHES.get(m, (None, None))), WORDS[m]) for m in METHODS]
    add_legend(figure, handles, columns=3)
    return figure


def _dot(index: int) -> Line2D:
    return Line2D([], [], color=PALETTE[index], marker=MARKERS[index], linestyle="none", markersize=4)


def _places(rows: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], float]:
    """Height of the dot of each row and recogniser: rows one below the other, recognisers within a row too."""
    offsets = (np.arange(len(names)) - (len(names) - 1) / 2) / (len(names) + 1)
    return {
        (row, name): place + offset
        for place, row in enumerate(rows)
        for name, offset in zip(names, offsets, strict=True)
    }


def _label_rows(axes: Axes, rows: Sequence[str]) -> None:
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for border in np.arange(len(rows) - 1) + 0.5:
        axes.axhline(border, **RULE)
    axes.set_ylabel("")


def _draw_costs(axes: Axes, laundered: pd.DataFrame, names: Sequence[str]) -> None:
    """A dot at the PSNR of each chain, empty where test images are still recognised, with the chain in words."""
    rows = list(dict.fromkeys(laundered.networks))
    places = _places(rows, names)
    for row in records(laundered):
        index, height = names.index(row["recogniser"]), places[row["networks"], row["recogniser"]]
        cost = min(row["psnr"], BEST_PSNR)
        filled = row["at_chance"] == "yes" and row["sufficient"]
        seaborn.scatterplot(
            x=[cost], y=[height], ax=axes, color=PALETTE[index] if filled else "white", marker=MARKERS[index],
            edgecolor=PALETTE[index], linewidth=1, s=20, zorder=3,
        )  # fmt: skip
        axes.annotate(
            row["setting"], (cost, height), (4, 0), textcoords="offset points", fontsize=SMALL_TYPE, va="center"
        )
    _label_rows(axes, rows)
    least = min(laundered.psnr.min(), BEST_PSNR)
    axes.set_xlim(least - 2, BEST_PSNR + 11)
    axes.set(title="laundering: mildest chain to chance", xlabel="PSNR against the network's own image (dB)")


def _draw_noticed(axes: Axes, noticed: pd.DataFrame, names: Sequence[str]) -> None:
    """A dot with its interval at the area under the ROC curve of each attack: filled, and empty by features."""
    rows = [method for method in WORDS if method in set(noticed.method)]
    places = _places(rows, names)
    axes.axvline(0.5, **REFERENCE)
    # One strength of gradients is drawn: the mildest.
    for row in records(noticed.drop_duplicates(["method", "recogniser"])):
        index, height = names.index(row["recogniser"]), places[row["method"], row["recogniser"]]
        for stem, filled in (("auroc", True), ("auroc_mahalanobis", False)):
            if pd.isna(row.get(stem)):
                continue
            axes.hlines(height, row[f"{stem}_low"], row[f"{stem}_high"], PALETTE[index], linewidth=0.8, alpha=0.6)
            seaborn.scatterplot(
                x=[row[stem]], y=[height], ax=axes, color=PALETTE[index] if filled else "white",
                marker=MARKERS[index], edgecolor=PALETTE[index], linewidth=1, s=20, zorder=3,
            )  # fmt: skip
    _label_rows(axes, [WORDS[row] for row in rows])
    axes.set(xlim=(-0.03, 1.03), xlabel="AUROC of the score of unknown networks", title="is it noticed?")


def _draw_success(axes: Axes, forged: pd.DataFrame, title: str) -> None:
    """Lines of success against PSNR, from the mildest strength on the right to the strongest on the left."""
    named = forged.assign(named=100.0 * (forged.predicted == forged.target))
    groups = named.groupby(["method", "strength"], sort=False)
    curves = pd.DataFrame({"psnr": groups.squared_error.agg(psnr), "named": groups.named.mean()}).reset_index()
    seaborn.lineplot(
        curves, x="psnr", y="named", hue="method", style="method", hue_order=METHODS, style_order=METHODS,
        palette=COLOURS, dashes={method: DASHES.get(method, "") for method in METHODS},
        markers=dict.fromkeys(METHODS, "o"), markersize=4, linewidth=1.2, legend=False, ax=axes,
    )  # fmt: skip
    axes.set(title=f"forging: {title}", ylim=(-3, 103), xlabel="PSNR (dB)", ylabel="")
    axes.grid(axis="y")

"""Table 8 as a figure: image quality of every network, beside bicubic interpolation."""

from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure

from sr_fingerprints.figures.style import PALETTE, REFERENCE, add_legend, in_house_style, new_figure, save_figure
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.study.losses import KINDS, kinds_of
from sr_fingerprints.study.network_row import NOT_APPLICABLE

REQUIRED_COLUMNS = ("network", "origin", "architecture", "scale", "loss", "psnr_mean", "psnr_bicubic")
COLORS = dict(zip(KINDS, (PALETTE[0], PALETTE[2], PALETTE[1], PALETTE[-1]), strict=True))
ROW, MARGINS = 0.155, 0.7  # inches: height of a row of dots; space above and below the rows, without the legend


@in_house_style
def plot_quality(table: str | Path, pdf: str | Path, png: str | Path, published_are: str = "published") -> None:
    """Draw the PSNR in dB of every network in the table of quality (CSV; see `tables.quality`).

    A panel has the networks of one scale as dots, in rows of the same architecture and loss: custom networks of all
    data sets and seeds, and below them published ones, by kind of loss. The line is bicubic interpolation, which
    networks of 1X do not have. Images that are the photos, to the pixel, have no finite PSNR and no dot.
    ``published_are`` is what networks of the origin published are called. Raises `InputError` for a table with other
    columns.
    """
    numbers = {"psnr_mean": [""], "psnr_bicubic": [""]}
    frame = read_csv(
        table,
        "the table of quality",
        REQUIRED_COLUMNS,
        keep_default_na=False,
        na_values=numbers,
        usecols=REQUIRED_COLUMNS,
    )
    save_figure(_draw(assign_rows(frame, published_are)), pdf, png)


def assign_rows(frame: pd.DataFrame, published_are: str = "published") -> pd.DataFrame:
    """Add each network's ``row`` in the figure, from 0 downward, and the ``kind`` of its loss.

    Columns ``section`` (custom or published networks) and ``label`` describe the row. One row is left empty above
    each section, for its heading.
    """
    frame = frame[frame.network != "mean"]
    published = frame.origin == "published"
    frame = frame.assign(
        section=np.where(published, f"{published_are.capitalize()} networks", "Custom networks"),
        kind=kinds_of(frame.loss),
        label=(frame.architecture + (", " + frame.loss).where(frame.loss != NOT_APPLICABLE, "")).str.replace(
            "_", " "
        ),
    )
    order = np.where(published, 1 + frame.kind.cat.codes, 0)
    frame = frame.iloc[np.argsort(order, kind="stable")]
    number = frame.groupby(["section", "label"], sort=False).ngroup()
    return frame.assign(row=number + frame.groupby("section", sort=False).ngroup() + 1)


def _draw(frame: pd.DataFrame) -> Figure:
    labels = frame.drop_duplicates("row").set_index("row").label
    headings = frame.drop_duplicates("section").set_index("row").section.rename(lambda row: row - 1)
    labels = pd.concat([labels, headings]).sort_index()
    kinds = [kind for kind in KINDS if kind in set(frame.kind)]
    figure = new_figure(len(labels) * ROW + MARGINS, layout="constrained")
    panels = figure.subplots(1, frame.scale.nunique(), sharey=True, squeeze=False)[0]
    for axes, (scale, networks) in zip(panels, frame.groupby("scale"), strict=True):
        seaborn.stripplot(
            networks.replace({"psnr_mean": np.inf}, np.nan).astype({"kind": str}),
            x="psnr_mean",
            y="row",
            hue="kind",
            order=labels.index,
            hue_order=kinds,
            palette=COLORS,
            orient="y",
            jitter=False,
            alpha=0.7,
            size=4.5,
            linewidth=0.4,
            edgecolor="white",
            ax=axes,
        )
        axes.set_title(f"{scale}X")
        if networks.psnr_bicubic.notna().any():
            bicubic = networks.psnr_bicubic.mean()  # the same for all, since all have the same photos
            axes.axvline(bicubic, **REFERENCE, label="bicubic interpolation")
            wide = len(panels) < 3
            axes.set_title(
                f"{scale}X (bicubic interpolation: {bicubic:.1f} dB)"
                if wide
                else f"{scale}X\nbicubic: {bicubic:.1f} dB"
            )
        axes.set(xlabel="PSNR (dB)", ylabel="")
        axes.grid()
        axes.get_legend().remove()
    panels[0].set_yticks(labels.index, labels)
    for row in headings.index:
        panels[0].get_yticklabels()[row].set_fontweight("bold")
    entries = max((axes.get_legend_handles_labels() for axes in panels), key=lambda found: len(found[1]))
    add_legend(figure, zip(*entries, strict=True), columns=len(kinds) + 1)
    return figure

"""Shared by the figures: theme, colours, legends and writing of files."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib
import seaborn
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.study.network_row import NOT_APPLICABLE

PAGE_WIDTH = 7.0
"""Width of a figure in inches, the width of the text of a page; the smallest type is then 7 points."""

DOTS_PER_INCH = 200

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")
"""Colours distinguishable with common colour-vision deficiencies (Okabe and Ito 2008, without the yellow)."""

MARKERS = ("o", "^", "s", "D", "v")
"""Markers used with the colours, so that no two classes differ only by colour."""

SMALL_TYPE = 7  # points
LINE = 0.115  # inches, of one line of small type
REFERENCE: dict[str, Any] = {"color": "#4d4d4d", "linestyle": "--", "linewidth": 0.9, "zorder": 1}
"""Style of reference lines, such as chance."""

RULE: dict[str, Any] = {"color": "#999999", "linewidth": 0.6}
"""Style of lines between groups."""

SETTINGS = {
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.6,
    "axes.titlesize": 8.5,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "legend.title_fontsize": 7.5,
    "pdf.fonttype": 42,
    "xtick.labelsize": 7.5,
    "xtick.major.size": 0,
    "ytick.labelsize": 7.5,
    "ytick.major.size": 0,
}


@contextmanager
def _theme() -> Iterator[None]:
    """Set seaborn's theme without ticks and grid, with 8-point type."""
    with matplotlib.rc_context():
        seaborn.set_theme(
            "paper", "white", PALETTE, "DejaVu Sans", font_scale=8 / 9.6, color_codes=False, rc=SETTINGS
        )
        yield


in_house_style = _theme()
"""Decorator of functions that draw and save a figure; matplotlib's settings are restored afterwards."""


def new_figure(height: float, width: float = PAGE_WIDTH, **keywords: Any) -> Figure:
    """Create an empty figure with this height and width in inches, without pyplot."""
    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor="white", **keywords)


def add_legend(
    figure: Figure,
    entries: Iterable[tuple[Artist, str]],
    columns: int,
    place: Literal["outside upper center", "outside lower center"] = "outside lower center",
) -> None:
    """Add a legend above or below a figure with constrained layout, and extend the figure by its height.

    ``entries`` are handles and labels, column by column; ``columns`` is reduced if the legend is too wide.
    """
    handles, labels = zip(*entries, strict=True)
    height = figure.get_figheight()
    figure.set_figheight(height + PAGE_WIDTH)  # enough for any legend while it is measured
    for fewer in range(columns, 0, -1):
        legend = figure.legend(handles, labels, loc=place, ncols=fewer)
        figure.draw_without_rendering()
        extent = legend.get_window_extent()
        if extent.width <= figure.bbox.width or fewer == 1:
            break
        legend.remove()
    figure.set_figheight(height + extent.height / figure.dpi)


def save_figure(figure: Figure, pdf: str | Path, png: str | Path) -> None:
    """Write ``figure`` as PDF and as PNG of `DOTS_PER_INCH`; the same figure gives the same bytes."""
    for path, form, metadata in ((pdf, "pdf", {"CreationDate": None}), (png, "png", {})):
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=form, metadata=metadata)


def shade(color: str, amount: float) -> tuple[float, float, float]:
    """Mix ``color`` with white (``amount`` up to 1) or black (down to -1); RGB from 0 to 1."""
    other = 1.0 if amount > 0 else 0.0
    red, green, blue = ((1 - abs(amount)) * channel + abs(amount) * other for channel in to_rgb(color))
    return red, green, blue


def network_label(row: Any) -> str:
    """Label of a network from its row of the table of networks, such as ``EDSR 2X VGG GAN``.

    A loss that is not known is left out. Only the architecture, before the scale, may be wrapped.
    """
    words = [f"{row.scale}X", *(row.loss.split("_") if row.loss != NOT_APPLICABLE else [])]
    return " ".join([row.architecture.replace("_", " "), "\N{NO-BREAK SPACE}".join(words)])

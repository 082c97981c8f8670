"""What the figures share: sizes, fonts, colours, and how they are written."""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sr_fingerprints.files import written_beside

PAGE_WIDTH = 7.0
"""Width of a figure in inches: a page's text, at which the smallest type is 7 points."""

DOTS_PER_INCH = 200

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")
"""Colours that stay apart with the common colour-vision deficiencies (Okabe and Ito 2008, without the yellow)."""

MARKERS = ("o", "^", "s", "D", "v")
"""Shapes that go with the colours, so that no two classes differ by colour alone."""

SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "legend.fontsize": 7.5,
    "legend.title_fontsize": 7.5,
    "legend.frameon": False,
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.6,
    "pdf.fonttype": 42,
}

in_house_style = matplotlib.rc_context(SETTINGS)
"""Decorator of the functions that draw and save a figure; outside them matplotlib's settings stay as they were."""


def new_figure(height: float, width: float = PAGE_WIDTH) -> Figure:
    """An empty figure of this height and width in inches, outside pyplot's list of figures."""
    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor="white")


def save_figure(figure: Figure, pdf: str | Path, png: str | Path) -> None:
    """Write ``figure`` as PDF and as PNG of `DOTS_PER_INCH`; the same figure gives the same bytes."""
    for path, form, metadata in ((pdf, "pdf", {"CreationDate": None}), (png, "png", {})):
        with written_beside(path) as temporary:
            figure.savefig(temporary, format=form, metadata=metadata)


def shade(color: str, amount: float) -> tuple[float, float, float]:
    """``color`` mixed with white (``amount`` up to 1) or with black (down to -1), RGB from 0 to 1."""
    other = 1.0 if amount > 0 else 0.0
    return tuple((1 - abs(amount)) * channel + abs(amount) * other for channel in to_rgb(color))


def network_label(row: Any) -> str:
    """A network's architecture, scale and loss, such as ``EDSR 2X VGG GAN``, from its row of the table of networks.

    Only what comes before the scale may be broken into lines.
    """
    loss = row.loss.replace("_", "\N{NO-BREAK SPACE}")
    return f"{row.architecture.replace('_', ' ')} {row.scale}X\N{NO-BREAK SPACE}{loss}"

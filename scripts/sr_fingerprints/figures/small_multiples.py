"""A page of small panels, one a network: custom ones in a table of their hyperparameters, others below with names.

Everything is placed in dots, so that each pixel of a panel has the same whole number of dots.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from sr_fingerprints.figures.line_breaks import lines_of, width_of
from sr_fingerprints.figures.style import DOTS_PER_INCH, PAGE_WIDTH, SMALL_TYPE, network_label, new_figure
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.tables.nearest_networks import in_order

WIDTH = round(PAGE_WIDTH * DOTS_PER_INCH)
LINE = 24  # dots, of a line of 7-point type
GAP, BLOCK_GAP = 6, 24  # dots, between panels, and between scales
LARGEST, SMALLEST = 128, 64  # dots; side of a panel in the table of custom networks
NAMED = 160  # dots; side of a panel with its name below
MARGIN = 12  # dots
BAR, BAR_SPACE = 16, 110  # dots; height of the colour bar, and with its labels


@dataclass
class Page:
    """Panels placed so far, on a page of `WIDTH` dots: ``bottom`` is where the next ones begin."""

    figure: Figure
    axes: Axes
    bottom: int = MARGIN

    def title(self, text: str) -> None:
        """Write a heading."""
        self.axes.text(MARGIN, self.bottom + LINE, text, weight="bold", va="bottom")
        self.bottom += round(1.5 * LINE)

    def text(self, left: float, top: float, text: str, **style: object) -> None:
        """Write small type."""
        self.axes.text(left, top, text, fontsize=SMALL_TYPE, **style)  # type: ignore[arg-type]

    def panel(self, image: np.ndarray, left: int, top: int, side: int) -> None:
        """Draw an image (pixels, pixels, 3), from 0 to 1, as large as whole dots a pixel allow."""
        side = whole_dots(side, len(image))
        self.axes.imshow(image, extent=(left, left + side, top + side, top), interpolation="nearest")


def whole_dots(side: int, pixels: int) -> int:
    """The largest side up to ``side`` dots in which each of so many pixels has the same number of dots, if any."""
    return side // pixels * pixels or side


def draw_page(
    panels: Mapping[str, np.ndarray],
    networks: pd.DataFrame,
    published_are: str,
    note: str,
    bar: tuple[ScalarMappable, str] | None = None,
) -> Figure:
    """Draw one panel for each network of ``panels``: images (pixels, pixels, 3) of one size, from 0 to 1.

    ``networks`` is the table of networks, whose order decides where kinds of loss do not; ``published_are`` is what
    networks of the origin published are called. Custom networks are in rows of one loss and architecture, and columns
    of one scale, data set and seed; the others have their names below. ``note`` explains the panels, at the end;
    ``bar`` is what a colour bar shows, and its label.
    """
    rows = networks[networks.network.isin(list(panels))]
    rows = rows.assign(kind=kinds_of(rows.loss)).sort_values(["scale", "kind"], kind="stable")
    figure = new_figure(1.0)
    page = Page(figure, figure.add_axes((0, 0, 1, 1)))
    custom = rows[rows.origin == "custom"]
    if len(custom):
        page.title("Custom networks")
        _draw_table(page, panels, custom)
    titles = {"published": f"{published_are.capitalize()} networks", "control": "Photos"}
    origins = rows.origin.where(rows.origin.isin(["custom", "published"]), "control")
    for origin, title in titles.items():
        if len(of_origin := rows[origins == origin]):
            page.title(title)
            _draw_named(page, panels, of_origin)
    for line in lines_of(note, WIDTH - 2 * MARGIN):
        page.text(MARGIN, page.bottom, line, va="top")
        page.bottom += LINE
    height = page.bottom + MARGIN + (BAR_SPACE if bar else 0)
    page.axes.axis("off")
    page.axes.set(xlim=(0, WIDTH), ylim=(height, 0), aspect="auto")
    figure.set_size_inches(PAGE_WIDTH, height / DOTS_PER_INCH)
    if bar:
        place = figure.add_axes((0.25, (BAR_SPACE - 30) / height, 0.5, BAR / height))
        figure.colorbar(bar[0], cax=place, orientation="horizontal", label=bar[1]).ax.tick_params(
            labelsize=SMALL_TYPE
        )
    return figure


def _draw_table(page: Page, panels: Mapping[str, np.ndarray], rows: pd.DataFrame) -> None:
    """Panels of custom networks; scales that do not fit beside others go below them."""
    rows = rows.assign(
        label=rows.loss.str.replace("_", " ") + ", " + rows.architecture,
        trained_on=rows.dataset.str.replace("_", " ") + " " + rows.seed.astype(str),
    )
    order = rows.sort_values(["kind", "loss"], kind="stable", key=in_order)
    labels, samples = list(dict.fromkeys(order.label)), list(dict.fromkeys(rows.trained_on))
    left = MARGIN + round(max(map(width_of, labels))) + 2 * GAP
    scales = list(dict.fromkeys(rows.scale))
    beside = max(1, min(len(scales), (WIDTH - left) // (len(samples) * SMALLEST + BLOCK_GAP)))
    for start in range(0, len(scales), beside):
        _draw_scales(
            page, panels, rows[rows.scale.isin(scales[start : start + beside])], labels, samples, left, beside
        )


def _draw_scales(
    page: Page,
    panels: Mapping[str, np.ndarray],
    rows: pd.DataFrame,
    labels: Sequence[str],
    samples: Sequence[str],
    left: int,
    beside: int,
) -> None:
    scales = list(dict.fromkeys(rows.scale))
    pixels = len(next(iter(panels.values())))
    room = (WIDTH - left - MARGIN - (beside - 1) * BLOCK_GAP) // (beside * len(samples)) - GAP
    side = whole_dots(min(LARGEST, room), pixels)
    step = side + GAP
    top = page.bottom + LINE + round(max(map(width_of, samples))) + 2 * GAP
    lefts = {scale: left + number * (len(samples) * step + BLOCK_GAP) for number, scale in enumerate(scales)}
    for scale, start in lefts.items():
        page.text(start, page.bottom, f"{scale}X", va="top", weight="bold")
        for column, sample in enumerate(samples):
            page.text(start + column * step + side / 2, top - GAP, sample, rotation=90, ha="center", va="bottom")
    for number, label in enumerate(labels):
        page.text(left - GAP, top + number * step + side / 2, label, ha="right", va="center")
    for row in named_rows(rows):
        across, down = samples.index(row.trained_on), labels.index(row.label)
        page.panel(panels[row.network], lefts[row.scale] + across * step, top + down * step, side)
    page.bottom = top + len(labels) * step + LINE // 2


def _draw_named(page: Page, panels: Mapping[str, np.ndarray], rows: pd.DataFrame) -> None:
    step = NAMED + 3 * GAP
    columns = (WIDTH - 2 * MARGIN) // step
    names = [lines_of(_name(row), step - GAP) for row in named_rows(rows)]
    for start in range(0, len(rows), columns):
        lines = names[start : start + columns]
        for column, (network, name) in enumerate(zip(rows.network[start : start + columns], lines, strict=True)):
            left = MARGIN + column * step
            page.panel(panels[network], left, page.bottom, NAMED)
            page.text(left, page.bottom + NAMED + GAP, "\n".join(name), va="top", linespacing=1.1)
        page.bottom += NAMED + GAP + LINE * max(map(len, lines)) + 2 * GAP


def _name(row: object) -> str:
    origin = getattr(row, "origin", "")
    if origin == "real":
        return "photo"
    if origin == "interpolated":
        return f"{getattr(row, 'kernel', '')} {getattr(row, 'scale', '')}X"
    return network_label(row)

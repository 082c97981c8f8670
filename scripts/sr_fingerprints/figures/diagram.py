"""Diagrams of text boxes, images and arrows; coordinates are in dots (`DOTS_PER_INCH`), y downward."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from sr_fingerprints.figures.line_breaks import lines_of, width_of
from sr_fingerprints.figures.style import DOTS_PER_INCH, PAGE_WIDTH, SMALL_TYPE, new_figure, shade

WIDTH = round(PAGE_WIDTH * DOTS_PER_INCH)
LINE = 23  # height of a line of small type
BETWEEN = 11  # a text and the right-aligned one
HEADING, HEADING_TYPE = 32, 8.0  # height of a heading, and its type in points
ASCENT = 17  # from the upper edge of a line to its baseline
PADDING = 11  # of a box
MOST_LINES = 6  # of one text in a box; longer texts are truncated
INK = "#666666"  # of arrows


@dataclass(frozen=True)
class Box:
    """A box with a heading and lines of text; a line may have a second, right-aligned text."""

    left: int
    width: int
    heading: str
    lines: Sequence[tuple[str, str]]
    color: str

    def wrapped_lines(self) -> Iterator[tuple[str, str]]:
        """Lines, wrapped where too long; the right-aligned text is in the first line of each.

        A word is broken only if it does not fit by itself.
        """
        for text, right in self.lines:
            room = self.width - 2 * PADDING - (width_of(right) + BETWEEN if right else 0)
            yield from zip_longest(lines_of(text, room, MOST_LINES), [right], fillvalue="")


def new_diagram() -> tuple[Figure, Axes]:
    """Create a figure of page width, and axes that fill it; call `set_height` last."""
    figure = new_figure(1.0)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    return figure, axes


def set_height(figure: Figure, axes: Axes, height: float) -> None:
    """Set the height of a diagram to that of its content."""
    axes.set(xlim=(0, WIDTH), ylim=(height, 0))
    figure.set_size_inches(PAGE_WIDTH, height / DOTS_PER_INCH)


def draw_text(axes: Axes, x: float, top: float, *lines: str, **style: Any) -> float:
    """Draw lines of small type, the first below ``top``; return their lower edge. ``style`` is for matplotlib."""
    for row, line in enumerate(lines):
        axes.text(x, top + row * LINE + ASCENT, line, **{"fontsize": SMALL_TYPE} | style)
    return top + len(lines) * LINE


def draw_heading(axes: Axes, x: float, top: float, heading: str, **style: Any) -> float:
    """Draw a line of larger, bold type; otherwise as `draw_text`."""
    draw_text(axes, x, top, heading, fontsize=HEADING_TYPE, weight="bold", **style)
    return top + HEADING


def draw_picture(
    axes: Axes, image: npt.NDArray[np.uint8], left: float, top: float, width: float, color: str = INK
) -> float:
    """Draw an image, uint8 (height, width, 3), in a frame; return its lower edge."""
    height: float = width * image.shape[0] / image.shape[1]
    axes.imshow(image, extent=(left, left + width, top + height, top), interpolation="antialiased")
    draw_frame(axes, left, top, width, height, edgecolor=color)
    return top + height


def draw_frame(axes: Axes, left: float, top: float, width: float, height: float, **style: Any) -> None:
    """Draw a rectangle; ``style`` is for matplotlib."""
    axes.add_patch(Rectangle((left, top), width, height, **{"facecolor": "none", "linewidth": 1.1, **style}))


def draw_arrow(axes: Axes, *points: tuple[float, float], color: str = INK) -> None:
    """Draw an arrow from point to point, with its head at the last one."""
    axes.plot(*zip(*points[:-1], strict=True), color=color, linewidth=1.1)
    arrow_style = "-|>,head_width=2.2,head_length=4.5"
    style: dict[str, Any] = {"arrowstyle": arrow_style, "color": color, "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(posA=points[-2], posB=points[-1], **style))


def draw_boxes(axes: Axes, top: float, boxes: Sequence[Box]) -> float:
    """Draw boxes of equal height; return their lower edge."""
    lines = [list(box.wrapped_lines()) for box in boxes]
    height = 2 * PADDING + HEADING + LINE * max(map(len, lines), default=0)
    for box, texts in zip(boxes, lines, strict=True):
        style = {"facecolor": shade(box.color, 0.88), "edgecolor": box.color}
        draw_frame(axes, box.left, top, box.width, height, **style)
        y = draw_heading(axes, box.left + PADDING, top + PADDING, box.heading)
        for text, right in texts:
            draw_text(axes, box.left + box.width - PADDING, y, right, ha="right")
            y = draw_text(axes, box.left + PADDING, y, text)
    return top + height

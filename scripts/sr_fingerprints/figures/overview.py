"""Figure 1: diagram of the study, from photos via networks and their images to classifiers and PRNU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from sr_fingerprints.figures.diagram import (
    LINE,
    WIDTH,
    Box,
    draw_arrow,
    draw_boxes,
    draw_frame,
    draw_heading,
    draw_picture,
    draw_text,
    new_diagram,
    set_height,
)
from sr_fingerprints.figures.line_breaks import lines_of
from sr_fingerprints.figures.overview_texts import (
    Part,
    bar_texts,
    image_line,
    network_texts,
    photo_texts,
    study_parts,
)
from sr_fingerprints.figures.patches import Place, enlarge_pixels, image_of_photo, most_textured_place, scale_of
from sr_fingerprints.figures.selection import overview_rows
from sr_fingerprints.figures.style import PALETTE, in_house_style, save_figure
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.study.experiments import Experiment

Image = npt.NDArray[np.uint8]

# In dots, as in `diagram`.
MARGIN, GAP = 10, 14
LEFT = 220  # width of the column of the photo and its low resolutions
GRID = 300  # left edge of the grid of images
PHOTO = 180  # sides of the photo, at most
THUMBNAIL = 150  # sides of a patch, rounded down to a whole number of dots per pixel
ARROW = 40  # length, from box to box

COLORS = {"custom": PALETTE[0], "published": PALETTE[1], "control": PALETTE[-1]}
CLASSIFIERS, PRNU = PALETTE[2], PALETTE[3]
ROW = "#f3f3f3"


@dataclass(frozen=True)
class Grid:
    """Layout of the images: left edge of each column, by group and kind of loss, and widths."""

    columns: Mapping[tuple[str, str], int]
    width: int  # of a column
    side: int  # of an image

    @classmethod
    def for_networks(cls, rows: pd.DataFrame, pixels: int) -> "Grid":
        """Lay out the networks of `overview_rows`, with patches whose sides are ``pixels`` long."""
        columns = list(rows[["group", "kind"]].drop_duplicates().itertuples(index=False, name=None))
        step = (WIDTH - MARGIN + GAP - GRID) // len(columns)
        side = min(THUMBNAIL, step - GAP)
        lefts = {column: GRID + i * step for i, column in enumerate(columns)}
        return cls(lefts, step - GAP, side // pixels * pixels or side)

    @property
    def right(self) -> int:
        """Right edge of the grid."""
        return max(self.columns.values()) + self.width

    def middle(self, group: str, kind: str) -> float:
        """Horizontal centre of a column."""
        return self.columns[group, kind] + self.width / 2


@in_house_style
def plot_overview(
    photos: str | Path,
    low_resolution: Sequence[str | Path],
    super_resolved: Sequence[str | Path],
    networks: pd.DataFrame,
    experiments: Mapping[str, Experiment],
    pdf: str | Path,
    png: str | Path,
    side: int,
    photo: str | None = None,
    published_are: str = "published",
) -> None:
    """Draw the parts of a study with their numbers: photos, networks, images, classifiers and classes.

    The upper part is a grid: one row per scale, beginning with the input of its networks, and one column per group of
    networks and kind of loss. A cell has a patch from the first network of that scale, group and kind.
    ``super_resolved`` are the images of `selection.networks_in_overview`; other arguments and errors are those of
    `patches.plot_patches`.
    """
    place = most_textured_place(max(low_resolution, key=scale_of), side, photo)
    truth, _ = image_of_photo(photos, place.photo)
    low = [image_of_photo(path, place.photo) for path in low_resolution]
    high = [image_of_photo(path, place.photo) for path in super_resolved]
    inputs = {about["scale"]: place.crop(enlarge_pixels(image, about["scale"])) for image, about in low}
    outputs = {about["network"]: place.crop(image) for image, about in high}
    rows = overview_rows(networks, experiments)
    with ImageFile(photos) as file:
        texts, total = photo_texts(file), image_line(rows, file)

    figure, axes = new_diagram()
    photo_bottom = _draw_photo(axes, truth, place, *texts)
    grid = Grid.for_networks(rows, side)
    bottom = _draw_networks(axes, grid, rows, photo_bottom, published_are)
    for scale in sorted(set(rows.scale)):
        _draw_input(axes, grid, scale, inputs[scale], photo_bottom, bottom)
        bottom = _draw_outputs(axes, grid, rows[rows.scale == scale], outputs, bottom) + GAP
    bottom = _draw_experiments(axes, total, study_parts(experiments, networks, published_are), bottom)
    set_height(figure, axes, bottom + MARGIN)
    save_figure(figure, pdf, png)


def _draw_photo(axes: Axes, photo: Image, place: Place, heading: str, text: str) -> float:
    """Draw the photo with the patch outlined, and the number of photos; return the lower edge."""
    top = draw_heading(axes, MARGIN, MARGIN, heading)
    zoom = PHOTO / max(photo.shape)
    bottom = draw_picture(axes, photo, MARGIN, top, zoom * photo.shape[1])
    square = (MARGIN + zoom * place.left, top + zoom * place.top, zoom * place.side, zoom * place.side)
    draw_frame(axes, *square, edgecolor="white", linewidth=2)
    draw_frame(axes, *square, edgecolor="black", linewidth=0.8)
    return draw_text(axes, MARGIN, bottom + 4, *lines_of(text, GRID - GAP - MARGIN))


def _draw_networks(axes: Axes, grid: Grid, rows: pd.DataFrame, photo_bottom: float, published_are: str) -> float:
    """Draw a box for each group of networks above its columns; return the upper edge of the grid's rows."""
    boxes = []
    for group in dict.fromkeys(rows.group.astype(str)):
        of_group = rows[rows.group == group]
        lefts = [left for (name, _), left in grid.columns.items() if name == group]
        width = lefts[-1] - lefts[0] + grid.width
        boxes.append(Box(lefts[0], width, *network_texts(of_group, published_are), COLORS[group]))
    bottom = draw_boxes(axes, MARGIN, boxes)
    end = max(bottom + 2 * ARROW, photo_bottom)
    for group, kind in grid.columns:
        middle = grid.middle(group, kind)
        draw_arrow(axes, (middle, bottom), (middle, end), color=COLORS[group])
        beneath = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        draw_text(axes, middle, (bottom + end - LINE) / 2 - 4, kind, ha="center", bbox=beneath)
    return end


def _draw_input(axes: Axes, grid: Grid, scale: int, image: Image, photo_bottom: float, top: float) -> None:
    """Draw the low-resolution patch of a row, with arrows from the photo and to the row."""
    left, middle = MARGIN + LEFT - grid.side, top + GAP + grid.side / 2
    bottom = draw_picture(axes, image, left, top + GAP, grid.side)
    text = f"downscaled {scale}X" if scale > 1 else "not downscaled"
    draw_text(axes, left + grid.side / 2, bottom + 4, text, ha="center")
    draw_arrow(axes, (2 * MARGIN, photo_bottom + 6), (2 * MARGIN, middle), (left, middle))
    draw_arrow(axes, (left + grid.side, middle), (GRID, middle))


def _draw_outputs(axes: Axes, grid: Grid, rows: pd.DataFrame, images: Mapping[str, Image], top: float) -> float:
    """Draw a row of the grid: an image in each column in which the scale has networks; return the lower edge."""
    cells = {}
    for column in grid.columns:
        of_cell = rows[(rows.group == column[0]) & (rows.kind == column[1])]
        if of_cell.empty:
            continue
        first = of_cell.iloc[0]
        name = first.kernel if first.origin == "interpolated" else first.architecture.replace("_", " ")
        caption = f"{name}, 1\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{len(of_cell)}"
        cells[column] = images[first.network], lines_of(caption, grid.width)
    height = 2 * GAP + grid.side + LINE * max(len(lines) for _, lines in cells.values())
    draw_frame(axes, GRID, top, grid.right - GRID, height, facecolor=ROW, linewidth=0, zorder=0)
    for (group, kind), (image, lines) in cells.items():
        middle = grid.middle(group, kind)
        bottom = draw_picture(axes, image, middle - grid.side / 2, top + GAP, grid.side, COLORS[group])
        draw_text(axes, middle, bottom + 4, *lines, ha="center")
    return top + height


def _draw_experiments(axes: Axes, images: str, parts: Sequence[Part], top: float) -> float:
    """Draw the experiments with classifiers and with PRNU; return the lower edge."""
    middle = WIDTH / 2
    below = draw_heading(axes, middle, top, images, ha="center")
    step = (WIDTH - 2 * MARGIN + GAP) // len(parts)
    boxes: list[Box] = []
    bars: list[Box] = []
    for is_prnu, some in groupby(parts, lambda part: part.is_prnu):
        chosen, left = list(some), MARGIN + len(boxes) * step
        color = PRNU if is_prnu else CLASSIFIERS
        bars.append(Box(left, len(chosen) * step - GAP, *bar_texts(chosen), color))
        boxes += [Box(left + i * step, step - GAP, part.name, part.lines, color) for i, part in enumerate(chosen)]
    top = below + ARROW
    for bar in bars:
        end = bar.left + bar.width / 2
        draw_arrow(axes, (middle, below), (middle, below + ARROW / 2), (end, below + ARROW / 2), (end, top))
    return draw_boxes(axes, draw_boxes(axes, top, bars), boxes)

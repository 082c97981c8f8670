"""Figure 2: one patch of one photo, super-resolved by many networks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sr_fingerprints.figures.line_breaks import lines_of
from sr_fingerprints.figures.style import DOTS_PER_INCH, in_house_style, network_label, new_figure, save_figure
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.images.quality import psnr
from sr_fingerprints.photos.input_kinds import INPUTS, rows_to_compare
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.runtime.errors import InputError

CELL = 210  # dots; a patch is the largest whole multiple of its pixels that fits
GAP = 18  # dots, between patches
LINE = 25  # dots, height of a line of text
COLUMNS = 6
BETWEEN_TEXTS = 8  # dots, at least


@dataclass(frozen=True)
class Place:
    """A square of one photo."""

    photo: str
    top: int
    left: int
    side: int

    def crop(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Crop the square from an image (height, width, 3) of the photo."""
        return image[self.top : self.top + self.side, self.left : self.left + self.side]


@dataclass(frozen=True)
class Cell:
    """An image, uint8 (height, width, 3), and the lines of text below it."""

    image: npt.NDArray[np.uint8]
    text: Sequence[str]
    outline: Place | None = None


@in_house_style
def plot_patches(
    photos: str | Path,
    low_resolution: Sequence[str | Path],
    super_resolved: Sequence[str | Path],
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    side: int,
    photo: str | None = None,
    published_are: str = "published",
) -> None:
    """Draw a patch of a test photo, of its low-resolution images, and of its super-resolved images.

    ``photos``, ``low_resolution`` (one file per scale) and ``super_resolved`` (one file per network) are collections
    of the same photos; ``networks`` is the table of networks. ``side`` is that of the patch in pixels. ``photo``
    names a test photo or its source; without it, the one with the most textured patch is used. Below each patch is
    its PSNR. ``published_are`` is what networks of the origin published are called. Raises `InputError` if there is
    no such photo, none as large as the patch, or a collection without it.
    """
    place = most_textured_place(max(low_resolution, key=scale_of), side, photo)
    truth, _ = image_of_photo(photos, place.photo)
    sections = {"The photo, and bicubic interpolation": list(_references(truth, low_resolution, place))}
    names = {"published": published_are}
    table = networks.set_index("network")
    for path in super_resolved:
        image, attributes = image_of_photo(path, place.photo)
        row = table.loc[attributes["network"]]
        cells = sections.setdefault(f"{names.get(row.origin, row.origin).capitalize()} networks", [])
        cells.append(_cell_with_psnr(place.crop(image), place.crop(truth), network_label(row)))
    save_figure(_draw(sections, side), pdf, png)


def most_textured_place(low_resolution: str | Path, side: int, photo: str | None = None) -> Place:
    """Find the square of ``side`` pixels in a test photo with the most edges that super-resolution can restore.

    That is the square with the highest total variation of luminance in ``low_resolution``. Squares start at
    multiples of about a quarter of ``side``. Photos whose low resolution is not the photo downscaled and nothing else
    are left out. ``photo`` restricts the search to the photo, or to the
    tiles of the source photo, of this name. Raises `InputError` as `plot_patches` does.
    """
    with ImageFile(low_resolution) as photos:
        scale = photos.attributes["scale"]
        rows = rows_to_compare(photos, "test").tolist()
        if photo is not None:
            sources = ", ".join(sorted(set(photos.source[rows])))
            downscaled = " whose low resolution is the photo downscaled" if INPUTS in photos.attributes else ""
            rows = [row for row in rows if photo in (photos.photo[row], photos.source[row])]
            if not rows:
                raise InputError(
                    f"figures.photo: found {photo!r}; allowed: null or a test photo{downscaled}: {sources}"
                )
        most, place = -1.0, None
        for row in rows:
            for top, left, variation in _total_variations(photos.image(row), -(-side // scale)):
                if variation > most:
                    most, place = variation, Place(photos.photo[row], top * scale, left * scale, side)
    if place is None:
        raise InputError(f"figures.patch: found {side}; allowed: at most the sides of the test photos, in pixels")
    return place


def _total_variations(image: npt.NDArray[np.uint8], side: int) -> Iterator[tuple[int, int, float]]:
    """Top, left and total variation of luminance of each square of ``side`` pixels on a grid over an image."""
    luminance = image @ np.array([0.299, 0.587, 0.114])
    steps = np.abs(np.diff(luminance, axis=0))[:, :-1] + np.abs(np.diff(luminance, axis=1))[:-1]
    total = np.pad(steps.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inner, stride = side - 1, max(1, side // 4)
    for top in range(0, image.shape[0] - side + 1, stride):
        for left in range(0, image.shape[1] - side + 1, stride):
            bottom, right = top + inner, left + inner
            yield top, left, total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left]


def image_of_photo(path: str | Path, photo: str) -> tuple[npt.NDArray[np.uint8], dict[str, Any]]:
    """Read one photo's image in a collection, and the collection's attributes."""
    with ImageFile(path) as file:
        rows = np.flatnonzero(file.photo == photo)
        if not len(rows):
            raise InputError(
                f"{path}: found no image of {photo}; it was made from other photos: remove it and run again"
            )
        return file.image(rows[0]), file.attributes


def enlarge_pixels(image: np.ndarray, scale: int) -> np.ndarray:
    """Repeat each pixel of an image (height, width, 3) to a square of ``scale`` by ``scale``."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def scale_of(low_resolution: str | Path) -> int:
    """Scale of a collection of low-resolution photos."""
    with ImageFile(low_resolution) as file:
        scale: int = file.attributes["scale"]
        return scale


def _references(truth: npt.NDArray[np.uint8], low_resolution: Sequence[str | Path], place: Place) -> Iterator[Cell]:
    yield Cell(truth, lines_of(place.photo, _room(place.side)), outline=place)
    yield Cell(place.crop(truth), ["photo"])
    for path in low_resolution:
        image, attributes = image_of_photo(path, place.photo)
        scale = attributes["scale"]
        if scale == 1:  # the photo itself
            continue
        yield Cell(place.crop(enlarge_pixels(image, scale)), [f"input of {scale}X"])
        yield _cell_with_psnr(place.crop(upscale(image, scale)), place.crop(truth), f"bicubic {scale}X")


def _cell_with_psnr(patch: npt.NDArray[np.uint8], truth: npt.NDArray[np.uint8], name: str) -> Cell:
    decibels = psnr(patch, truth)
    return Cell(
        patch, [*lines_of(name, _room(len(patch))), f"{decibels:.1f} dB" if isfinite(decibels) else "as the photo"]
    )


def _cell_side(side: int) -> int:
    """Dots of a patch of ``side`` pixels."""
    return side * max(1, CELL // side)


def _room(side: int) -> int:
    """Dots that the text below a patch of ``side`` pixels may be wide."""
    return _cell_side(side) + GAP - BETWEEN_TEXTS


def _draw(sections: Mapping[str, Sequence[Cell]], side: int) -> Figure:
    """Draw the figure in dots, so that each pixel of a patch has the same whole number of dots."""
    cell = _cell_side(side)
    width = COLUMNS * (cell + GAP) + GAP
    figure = new_figure(1.0)
    axes = figure.add_axes((0, 0, 1, 1))
    bottom = 0
    for title, cells in sections.items():
        axes.text(GAP, bottom + 1.6 * LINE, title, weight="bold")
        bottom += 2 * LINE
        for start in range(0, len(cells), COLUMNS):
            row = cells[start : start + COLUMNS]
            for column, one in enumerate(row):
                _draw_cell(axes, one, GAP + column * (cell + GAP), bottom, cell)
            bottom += cell + LINE * max(len(one.text) for one in row) + GAP
    axes.axis("off")
    axes.set(xlim=(0, width), ylim=(bottom, 0))
    figure.set_size_inches(width / DOTS_PER_INCH, bottom / DOTS_PER_INCH)
    return figure


def _draw_cell(axes: Axes, cell: Cell, left: int, top: int, side: int) -> None:
    height, width = cell.image.shape[:2]
    zoom = side / max(height, width)
    smooth = "antialiased" if cell.outline else "nearest"
    axes.imshow(cell.image, extent=(left, left + zoom * width, top + zoom * height, top), interpolation=smooth)
    if cell.outline:
        x = left + zoom * (cell.outline.left + cell.outline.side * np.array([0, 1, 1, 0, 0]))
        y = top + zoom * (cell.outline.top + cell.outline.side * np.array([0, 0, 1, 1, 0]))
        axes.plot(x, y, color="white", linewidth=2)
        axes.plot(x, y, color="black", linewidth=0.8)
    axes.text(left + side / 2, top + side + 5, "\n".join(cell.text), ha="center", va="top", fontsize=7)

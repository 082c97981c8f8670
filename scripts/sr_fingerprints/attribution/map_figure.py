"""Draw a heat map: the image beside itself under the colours of the networks that speak in it."""

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from PIL import Image

from sr_fingerprints.attribution.heat_map import NOT_SUPER_RESOLVED, HeatMap
from sr_fingerprints.figures.style import DOTS_PER_INCH, PAGE_WIDTH, PALETTE, add_legend, in_house_style, new_figure
from sr_fingerprints.files.atomic import atomic_path

LONGEST_SIDE = 1400
"""Pixels to which a larger image is reduced; the axes still count its own."""

NEITHER = PALETTE[2]
COLOURS = tuple(colour for colour in PALETTE if colour != NEITHER)

OPACITY = (0.25, 0.75)
"""Of the colour at a probability of a half, and of one."""

FADED = 0.55
"""Share of white in the grey image under the colours, which would not be told apart on a colourful one."""

LEGEND_WIDTH = 60  # characters of an entry


@in_house_style
def draw_map(heat_map: HeatMap, image: npt.NDArray[np.uint8], png: str | Path, name: str) -> None:
    """Write the map of an image, uint8 (h, w, 3), as PNG; ``name`` is its title.

    Left the image, right the same in grey with the colour of the network, or group of networks, that each place is
    decided for; the more probable, the more opaque. Places that are undecided or unknown have no colour. Both have
    axes in pixels. The legend has each network's share of the area; from the seventh on, networks share a colour.
    """
    height, width = image.shape[:2]
    colours = _colours(heat_map)
    side_by_side = width < 2.5 * height
    panel = PAGE_WIDTH / 2 if side_by_side else PAGE_WIDTH
    tall = min(max(panel * height / width, 0.8), 8.0)
    figure = new_figure(tall + 0.5 if side_by_side else 2 * tall + 0.9, layout="constrained")
    axes = figure.subplots(1, 2) if side_by_side else figure.subplots(2, 1)
    shown = Image.fromarray(image)
    shown.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    _show(axes[0], np.asarray(shown), heat_map, "the image")
    grey = 255 * FADED + (1 - FADED) * np.asarray(shown.convert("L"))[..., None].repeat(3, axis=2)
    _show(axes[1], _blended(grey, heat_map, colours), heat_map, f"decided in windows of {heat_map.side} pixels")
    figure.suptitle(textwrap.shorten(Path(name).name, 90), fontsize=9)
    add_legend(figure, _entries(heat_map, colours), columns=2)
    with atomic_path(png) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH)


def _colours(heat_map: HeatMap) -> dict[str, str]:
    """The colour of each of the names that speak, the largest share first."""
    networks = [name for name in heat_map.shares if name != NOT_SUPER_RESOLVED]
    last = len(COLOURS) - 1
    return {name: COLOURS[min(place, last)] for place, name in enumerate(networks)} | {NOT_SUPER_RESOLVED: NEITHER}


def _show(axes: Axes, pixels: npt.NDArray[Any], heat_map: HeatMap, title: str) -> None:
    height, width = heat_map.tops[-1], heat_map.lefts[-1]
    axes.imshow(pixels, extent=(0, width, height, 0), interpolation="antialiased")
    axes.set(title=title, xlabel="pixels from the left", ylabel="pixels from the top")
    axes.tick_params(size=2)


def _blended(grey: npt.NDArray[Any], heat_map: HeatMap, colours: dict[str, str]) -> npt.NDArray[np.uint8]:
    """The grey image (h, w, 3), 0 to 255, under the colours of the cells."""
    from matplotlib.colors import to_rgb

    rows = _cells(grey.shape[0], heat_map.tops)
    columns = _cells(grey.shape[1], heat_map.lefts)
    speaks = heat_map.speaks[rows][:, columns]
    most = np.take_along_axis(heat_map.probabilities, np.maximum(heat_map.speaks, 0)[..., None], axis=2)[..., 0]
    low, high = OPACITY
    opacity = low + (high - low) * np.clip(2 * most - 1, 0, 1)
    opacity = np.where(heat_map.speaks >= 0, opacity, 0)[rows][:, columns][..., None]
    table = np.array([to_rgb(colours.get(name, NEITHER)) for name in heat_map.names]) * 255
    return np.asarray((1 - opacity) * grey + opacity * table[speaks], np.uint8)


def _cells(length: int, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """The cell of each of so many pixels, evenly spread over it."""
    places = (np.arange(length) + 0.5) * edges[-1] / length
    return np.asarray(np.searchsorted(edges, places, side="right") - 1)


def _entries(heat_map: HeatMap, colours: dict[str, str]) -> list[tuple[Patch, str]]:
    shares = heat_map.shares
    by_colour: dict[str, list[str]] = {}
    for name in shares:
        by_colour.setdefault(colours[name], []).append(name)
    entries = []
    for colour, names in by_colour.items():
        words = names[0] if len(names) == 1 else f"{len(names)} others, such as {names[0]}"
        share = sum(shares[name] for name in names)
        entries.append((_patch(colour), f"{textwrap.shorten(words, LEGEND_WIDTH)}: {_percent(share)}"))
    if (rest := 1 - sum(shares.values())) > 1e-9:
        entries.append((_patch("white"), f"undecided or unknown: {_percent(rest)}"))
    return entries


def _patch(colour: str) -> Patch:
    return Patch(facecolor=colour, edgecolor="#999999", linewidth=0.5, alpha=OPACITY[1])


def _percent(share: float) -> str:
    return "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"

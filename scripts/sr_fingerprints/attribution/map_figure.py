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
    decided for; the more probable, the more opaque. A group has the colour of the network or smaller group within it
    that has most of the area, if one is there. Places that are undecided or unknown have no colour. Both have axes in
    pixels. The legend has the shares of the area; from the seventh on, networks share a colour.
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


def _leaders(heat_map: HeatMap) -> dict[int, list[int]]:
    """Answers by the one whose colour they have: of those with sources in common, the one with most of the area."""
    found: dict[int, list[int]] = {}
    for place, _ in heat_map.spoken:
        leader = next((each for each in found if heat_map.members[each] & heat_map.members[place]), place)
        found.setdefault(leader, []).append(place)
    return found


def _colours(heat_map: HeatMap) -> dict[int, str]:
    """The colour of each answer that there is, by its place; the largest share first."""
    last = len(COLOURS) - 1
    neither = heat_map.names.index(NOT_SUPER_RESOLVED)
    networks = [places for leader, places in _leaders(heat_map).items() if leader != neither]
    return {place: COLOURS[min(number, last)] for number, places in enumerate(networks) for place in places} | {
        neither: NEITHER
    }


def _show(axes: Axes, pixels: npt.NDArray[Any], heat_map: HeatMap, title: str) -> None:
    height, width = heat_map.tops[-1], heat_map.lefts[-1]
    axes.imshow(pixels, extent=(0, width, height, 0), interpolation="antialiased")
    axes.set(title=title, xlabel="pixels from the left", ylabel="pixels from the top")
    axes.tick_params(size=2)


def _blended(grey: npt.NDArray[Any], heat_map: HeatMap, colours: dict[int, str]) -> npt.NDArray[np.uint8]:
    """The grey image (h, w, 3), 0 to 255, under the colours of the cells."""
    from matplotlib.colors import to_rgb

    rows = _cells(grey.shape[0], heat_map.tops)
    columns = _cells(grey.shape[1], heat_map.lefts)
    speaks = heat_map.speaks[rows][:, columns]
    low, high = OPACITY
    opacity = low + (high - low) * np.clip(2 * heat_map.certainty - 1, 0, 1)
    opacity = np.where(heat_map.speaks >= 0, opacity, 0)[rows][:, columns][..., None]
    table = np.array([to_rgb(colours.get(place, NEITHER)) for place in range(len(heat_map.names))]) * 255
    return np.asarray((1 - opacity) * grey + opacity * table[speaks], np.uint8)


def _cells(length: int, edges: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """The cell of each of so many pixels, evenly spread over it."""
    places = (np.arange(length) + 0.5) * edges[-1] / length
    return np.asarray(np.searchsorted(edges, places, side="right") - 1)


def _entries(heat_map: HeatMap, colours: dict[int, str]) -> list[tuple[Patch, str]]:
    shares = dict(heat_map.spoken)
    by_colour: dict[str, list[list[int]]] = {}
    for leader, places in _leaders(heat_map).items():
        by_colour.setdefault(colours[leader], []).append(places)
    entries = []
    for colour, several in by_colour.items():
        (leader, *within), name = several[0], heat_map.names[several[0][0]]
        if len(several) > 1:
            words = f"{len(several)} others, such as {name}"
            told = _percent(sum(shares[place] for places in several for place in places))
        else:
            words, told = name, _percent(shares[leader])
            told += f"; narrower or wider: {_percent(sum(shares[place] for place in within))}" if within else ""
        entries.append((_patch(colour), f"{textwrap.shorten(words, LEGEND_WIDTH)}: {told}"))
    if (rest := 1 - sum(shares.values())) > 1e-9:
        entries.append((_patch("white"), f"undecided or unknown: {_percent(rest)}"))
    return entries


def _patch(colour: str) -> Patch:
    return Patch(facecolor=colour, edgecolor="#999999", linewidth=0.5, alpha=OPACITY[1])


def _percent(share: float) -> str:
    return "< 1 %" if share < 0.01 else f"{100 * share:.0f} %"

"""How right answers about single images are, against the share of images for which one is given."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sr_fingerprints.figures.style import (
    MARKERS,
    PAGE_WIDTH,
    PALETTE,
    REFERENCE,
    SMALL_TYPE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
)
from sr_fingerprints.tables.attribution import NAMED, of_all_known, read_answers, share

PER_LINE = 4  # panels
PANEL = 1.7  # inches
PROMISED = 95  # per cent: see `attribution.thresholds.RIGHT`

LOWEST = 0.5
"""Threshold from which what is named at a lower one lies in what is named at a higher one, and a bundle may have."""

Curve = npt.NDArray[np.float64]


@in_house_style
def plot_attribution_coverage(answers: str | Path, pdf: str | Path, png: str | Path) -> None:
    """Draw a panel for each condition, from the file of ``answers`` for images of networks; see `coverage_curve`.

    Curves are by the number of tiles taken together: solid where groups are named too, dotted for networks alone. A
    marker is what the thresholds of the bundle make of it, with 95 % intervals over photos.
    """
    found = of_all_known(read_answers(answers))
    save_figure(_draw(found[found.kind == "network"]), pdf, png)


def coverage_curve(images: pd.DataFrame, networks_alone: bool = False) -> tuple[Curve, Curve]:
    """Coverage and accuracy in %, each (n,), as the threshold of a probability falls from 1 to `LOWEST`.

    At each threshold, an image is named the likeliest network, if that reaches it, or else the smallest group that
    does; unless ``networks_alone``, which leaves out the groups. Coverage is the share of ``images`` that something
    is named for, and accuracy the share of these for which the source is it, or in it. ``images`` are answers, with
    named_from and wrong_from, or network_probability and network_right (see `attribution.answers.answers_of`).
    """
    if networks_alone:
        named_from = images.network_probability.to_numpy()
        wrong_from = np.where(images.network_right, 0.0, named_from)
    else:
        named_from, wrong_from = images.named_from.to_numpy(), images.wrong_from.to_numpy()
    tried = np.unique(np.concatenate([named_from, wrong_from]))[::-1]
    tried = tried[(tried >= LOWEST) & (tried <= named_from.max(initial=0))]
    named = len(images) - np.searchsorted(np.sort(named_from), tried, side="left")
    wrong = len(images) - np.searchsorted(np.sort(wrong_from), tried, side="left")
    return 100 * named / max(len(images), 1), 100 * (named - wrong) / named


def _draw(images: pd.DataFrame) -> Figure:
    conditions, tiles = list(dict.fromkeys(images.condition)), sorted(set(images.tiles))
    columns = min(PER_LINE, len(conditions))
    lines = -(-len(conditions) // columns)
    figure = new_figure(PANEL * lines, PAGE_WIDTH * columns / PER_LINE, layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    for number, (axes, condition) in enumerate(zip(grid.flat, conditions, strict=False)):
        axes.axhline(PROMISED, **REFERENCE)
        for place, together in enumerate(tiles):
            style = {"color": PALETTE[place % len(PALETTE)], "marker": MARKERS[place % len(MARKERS)]}
            _draw_curve(axes, images[(images.condition == condition) & (images.tiles == together)], style)
        axes.set_title(condition.replace("_", " "), fontsize=SMALL_TYPE + 1)
        axes.set(xlim=(0, 102), ylim=(0, 102), xticks=[0, 50, 100], yticks=[0, 25, 50, 75, 100])
        axes.set_ylabel("right (%)" if number % columns == 0 else "")
        lowest = number + columns >= len(conditions)
        axes.set_xlabel("named (%)" if lowest else "")
        axes.tick_params(labelbottom=lowest)
        axes.grid()
        seaborn.despine(ax=axes)
    for axes in grid.flat[len(conditions) :]:
        axes.remove()
    entries = [
        (
            Line2D([], [], color=PALETTE[place % len(PALETTE)], marker=MARKERS[place % len(MARKERS)], markersize=4),
            words,
        )
        for place, words in enumerate("one tile" if number == 1 else f"{number} tiles" for number in tiles)
    ]
    entries += [
        (Line2D([], [], color="black", linewidth=1), "networks and groups"),
        (Line2D([], [], color="black", linewidth=1, linestyle=":"), "networks alone"),
    ]
    reference = {key: REFERENCE[key] for key in ("color", "linestyle", "linewidth")}
    add_legend(figure, [*entries, (Line2D([], [], **reference), f"{PROMISED} % right")], len(entries) + 1)
    return figure


def _draw_curve(axes: Axes, images: pd.DataFrame, style: dict[str, Any]) -> None:
    if not len(images):
        return
    for networks_alone, line in ((False, "-"), (True, ":")):
        axes.plot(*coverage_curve(images, networks_alone), line, color=style["color"], linewidth=1)
    chosen = images.decision.isin(NAMED)
    named, right = share(images, chosen, "at"), share(images[chosen], images.right[chosen], "at")
    if np.isnan(right["at"]):
        return
    spread = [
        None if np.isnan(of["at_low"]) else [[of["at"] - of["at_low"]], [of["at_high"] - of["at"]]]
        for of in (named, right)
    ]
    axes.errorbar(
        [named["at"]], [right["at"]], xerr=spread[0], yerr=spread[1], markersize=5, elinewidth=0.8, zorder=3,
        markeredgecolor="white", markeredgewidth=0.5, **style,
    )  # fmt: skip

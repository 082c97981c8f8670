"""Shared by the figures with heat maps of the published networks: selection of rows, drawing of cells."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from seaborn.utils import relative_luminance

from sr_fingerprints.figures.style import SMALL_TYPE
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.losses import kinds_of

EQUAL_CONTRAST = 0.179
"""Relative luminance at which black and white text are equally readable (WCAG's contrast ratio)."""


def read_published(paths: Sequence[str | Path], networks: pd.DataFrame) -> dict[str | Path, Predictions]:
    """Read the predictions for images of published networks only, by path.

    Raises `InputError` for a file that lacks images of a published network which another file has.
    """
    names = networks.network[networks.origin == "published"]
    answers = {path: read_predictions(path) for path in paths}
    answers = {path: found.select(np.isin(found.network, names)) for path, found in answers.items()}
    present = set().union(*(found.network for found in answers.values()))
    for path, found in answers.items():
        absent = sorted(present.difference(found.network)) if present else ["any published network"]
        if absent:
            raise InputError(f"{path}: found no images of {absent[0]}; all classifiers must be evaluated on the same")
    return answers


def published_rows(networks: pd.DataFrame, answers: Iterable[Predictions]) -> pd.DataFrame:
    """Rows of the published networks in ``answers``, with a column ``kind`` (of loss).

    Sorted by scale, then by kind (see `losses.kinds_of`), then in table order.
    """
    present = set().union(*(found.network for found in answers))
    rows = networks[(networks.origin == "published") & networks.network.isin(present)]
    return rows.assign(kind=kinds_of(rows.loss)).sort_values(["scale", "kind"], kind="stable")


def group_starts(rows: pd.DataFrame) -> list[int]:
    """Positions in `published_rows` where a new scale or kind of loss begins, without 0."""
    groups = list(zip(rows.scale, rows.kind, strict=True))
    return [i + 1 for i, (before, after) in enumerate(pairwise(groups)) if before != after]


def draw_cells(
    axes: Axes,
    values: pd.DataFrame | np.ndarray,
    printed: np.ndarray | None,
    labels: Sequence[str] | bool,
    **style: Any,
) -> None:
    """Draw a heat map, one cell per value, with ``labels`` of its rows, or False for none.

    ``printed`` are the texts of the cells, drawn in black or white, whichever is more readable on the cell's colour.
    ``style`` is for seaborn.
    """
    type_of_numbers = {"fontsize": SMALL_TYPE, "verticalalignment": "center_baseline"}
    seaborn.heatmap(
        values, ax=axes, annot=printed, fmt="", annot_kws=type_of_numbers, cbar=False, yticklabels=labels, **style
    )
    colors = np.asarray(axes.collections[0].get_facecolor())
    for number, color in zip(axes.texts, colors[: len(axes.texts)], strict=True):
        number.set_color("black" if relative_luminance(color) > EQUAL_CONTRAST else "white")
    axes.set(xlabel="", ylabel="")
    axes.tick_params(labelsize=SMALL_TYPE, rotation=0)


def fit_cells(figure: Figure, panels: Sequence[Axes], width: float, height: float | None = None) -> None:
    """Resize a figure with constrained layout to the cells of its heat maps, ``panels`` in a row.

    Cells are at least ``width`` inches wide, and ``height`` inches high (None: square).
    """
    columns, rows = sum(axes.get_xlim()[1] for axes in panels), panels[0].get_ylim()[0]
    for _ in range(2):  # the space around the cells changes slightly with the figure's size
        figure.draw_without_rendering()
        size = figure.get_size_inches()
        found = np.array([axes.get_position().size * size for axes in panels])
        across = max(columns * width, found[:, 0].sum())
        missing = (across - found[:, 0].sum(), rows * (height or across / columns) - found[0, 1])
        figure.set_size_inches(size + missing)

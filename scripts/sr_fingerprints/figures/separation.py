"""Figure 6: how far apart the published networks are for a classifier that knows them, and for one that does not."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from textwrap import wrap

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.image import AxesImage
from matplotlib.textpath import TextPath

from sr_fingerprints.errors import InputError
from sr_fingerprints.figures.style import PAGE_WIDTH, SETTINGS, in_house_style, network_label, new_figure, save_figure
from sr_fingerprints.files import write_text
from sr_fingerprints.losses import KINDS, kinds
from sr_fingerprints.predictions import Predictions, read_predictions
from sr_fingerprints.separation import separation
from sr_fingerprints.tables.accuracies import over_seeds

TITLES = {
    "published": "Classifier of the published networks,\nwhich learned to tell these apart",
    "custom": "Classifier of the custom networks,\nwhich never saw these",
}
"""What each classifier was trained on, by its name in the CSV file."""

COLORS = "cividis"  # perceptually uniform, also with colour-vision deficiencies (Nuñez et al. 2018)
MOST_PRINTED = 12
"""Numbers are printed into the cells of at most so many networks."""

TYPE_SIZE = 7  # points
LINE = 0.115  # inches, of one line of this type: no row is lower
LABEL = 19  # characters of a label in one line, where rows have room for two
GAP, MARGIN, TITLE, COLOR_BAR, COLOR_BAR_LABELS = 0.15, 0.1, 0.42, 0.1, 0.36  # inches


@in_house_style
def plot_separation(
    published: Sequence[str | Path],
    custom: Sequence[str | Path],
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    csv: str | Path,
) -> None:
    """Draw the separation R of every two published networks, and write it to ``csv``.

    ``published`` are predictions of the classifier of the published networks, ``custom`` of that of the custom
    networks, a file for each classifier seed; images of other networks than the published ones in ``networks``,
    the table of networks, are left out. ``csv`` has one row for each classifier (``published``, ``custom``) and
    ordered pair of networks ``a`` and ``b``; its other columns are those of `separation_table`. Raises `InputError`
    when the predictions have no features, or not all files the same published networks.
    """
    files = {"published": published, "custom": custom}
    answers = read_published([*published, *custom], networks)
    for path, found in answers.items():
        if not found.features.shape[1]:
            raise InputError(f"{path}: found no features; the separation of networks needs a classifier's")
    rows = published_rows(networks, answers.values())
    table = separation_table({name: [answers[path] for path in files[name]] for name in files}, list(rows.network))
    write_text(csv, table.to_csv(index=False, lineterminator="\n"))
    save_figure(_drawn(table, rows), pdf, png)


def separation_table(classifiers: Mapping[str, Sequence[Predictions]], names: Sequence[str]) -> pd.DataFrame:
    """Columns classifier, a, b, separation and std: mean and standard deviation over a classifier's seeds.

    The standard deviation is that of `over_seeds`. ``names`` are the networks, and all that the predictions have
    images of; the rows are in their order.
    """
    position = {name: i for i, name in enumerate(names)}
    pairs = pd.MultiIndex.from_product([names, names], names=["a", "b"]).to_frame(index=False)
    tables = []
    for classifier, of_seeds in classifiers.items():
        labels = [np.array([position[name] for name in found.network]) for found in of_seeds]
        matrices = [separation(found.features, label) for found, label in zip(of_seeds, labels, strict=True)]
        values = over_seeds([pd.Series(matrix.ravel()) for matrix in matrices]).set_axis(
            ["separation", "std"], axis=1
        )
        tables.append(pairs.join(values).assign(classifier=classifier)[["classifier", *pairs, *values]])
    return pd.concat(tables, ignore_index=True)


def read_published(paths: Sequence[str | Path], networks: pd.DataFrame) -> dict[str | Path, Predictions]:
    """Predictions for the images of published networks alone, by path.

    Raises `InputError` for a file without images of a published network that another one has images of.
    """
    names = networks.network[networks.origin == "published"]
    answers = {path: read_predictions(path) for path in paths}
    answers = {path: found.of(np.isin(found.network, names)) for path, found in answers.items()}
    present = set().union(*(found.network for found in answers.values()))
    for path, found in answers.items():
        absent = sorted(present.difference(found.network)) if present else ["any published network"]
        if absent:
            raise InputError(f"{path}: found no images of {absent[0]}; all classifiers must be asked about the same")
    return answers


def published_rows(networks: pd.DataFrame, answers: Iterable[Predictions]) -> pd.DataFrame:
    """Rows of the published networks that ``answers`` have images of, with a column ``kind`` of their loss.

    Sorted by scale, then by kind (see `losses.KINDS`), and else in the table's order.
    """
    present = set().union(*(found.network for found in answers))
    rows = networks[(networks.origin == "published") & networks.network.isin(present)]
    kind = pd.Categorical(kinds(rows.loss), categories=KINDS)
    return rows.assign(kind=kind).sort_values(["scale", "kind"], kind="stable")


def group_starts(rows: pd.DataFrame) -> list[int]:
    """Where in `published_rows` another scale or kind of loss begins, the first row left out."""
    groups = list(zip(rows.scale, rows.kind, strict=True))
    return [i + 1 for i, (before, after) in enumerate(pairwise(groups)) if before != after]


def text_width(labels: Iterable[str]) -> float:
    """Width in inches of the longest line of these labels, in type of `TYPE_SIZE`."""
    font = FontProperties(family=SETTINGS["font.family"])
    lines = [line for label in labels for line in label.split("\n") if line]
    return max(TextPath((0, 0), line, size=TYPE_SIZE, prop=font).get_extents().width for line in lines) / 72


def _drawn(table: pd.DataFrame, rows: pd.DataFrame) -> Figure:
    """Two square panels with the labels of rows on the left, those of columns below, and the scale of colours."""
    labels = [network_label(row) for row in rows.itertuples()]
    if len(labels) <= MOST_PRINTED:
        labels = ["\n".join(wrap(label, LABEL)) for label in labels]
    label = text_width(labels) + 2 * MARGIN
    side = max((PAGE_WIDTH - label - GAP - MARGIN) / 2, len(labels) * LINE)
    bottom = label + COLOR_BAR + COLOR_BAR_LABELS
    width, height = label + 2 * side + GAP + MARGIN, bottom + side + TITLE
    figure = new_figure(height, width)
    shades = Normalize(min(table.separation.min(), 0.99), 1)
    for i, (classifier, title) in enumerate(TITLES.items()):
        left = label + i * (side + GAP)
        axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
        matrix = table.separation[table.classifier == classifier].to_numpy().reshape(len(labels), len(labels))
        image = _draw_matrix(axes, matrix, shades, group_starts(rows))
        axes.set_title(title)
        axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=TYPE_SIZE)
        axes.set_yticks(range(len(labels)), labels if i == 0 else [], fontsize=TYPE_SIZE)
        axes.tick_params(length=0, pad=3)
    bar = figure.add_axes(
        (label / width, COLOR_BAR_LABELS / height, (width - label - MARGIN) / width, COLOR_BAR / height)
    )
    figure.colorbar(image, cax=bar, orientation="horizontal")
    bar.set_xlabel("separation R: 1 where two networks look the same, less the further apart they are", labelpad=2)
    bar.tick_params(labelsize=TYPE_SIZE, length=2, pad=2)
    return figure


def _draw_matrix(axes: Axes, matrix: np.ndarray, shades: Normalize, starts: Sequence[int]) -> AxesImage:
    image = axes.imshow(matrix, cmap=COLORS, norm=shades, interpolation="nearest", aspect="auto")
    for start in starts:
        axes.axhline(start - 0.5, color="white", linewidth=0.8)
        axes.axvline(start - 0.5, color="white", linewidth=0.8)
    if len(matrix) <= MOST_PRINTED:
        for (row, column), value in np.ndenumerate(matrix):
            color = "black" if is_light(colormaps[COLORS](shades(value))) else "white"
            axes.text(column, row, _printed(value), color=color, fontsize=TYPE_SIZE, ha="center", va="center")
    return image


def is_light(color: Sequence[float]) -> bool:
    """Whether black type is more readable than white on this RGB colour of 0 to 1 (WCAG's relative luminance)."""
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in color[:3]]
    return np.dot([0.2126, 0.7152, 0.0722], linear) > 0.179


def _printed(value: float) -> str:
    """Two decimals without the leading zero, as wide as a cell has room for."""
    return f"{value:.2f}".removeprefix("0").replace("1.00", "1.0")

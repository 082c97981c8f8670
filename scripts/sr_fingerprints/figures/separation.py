"""Figure 6: separation of the published networks in the features of classifiers trained, and not trained, on them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sr_fingerprints.figures.heat_maps import draw_cells, fit_cells, group_starts, published_rows, read_published
from sr_fingerprints.figures.line_breaks import two_lines_of
from sr_fingerprints.figures.style import LINE, PAGE_WIDTH, in_house_style, network_label, new_figure, save_figure
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.tables.accuracies import mean_over_seeds
from sr_fingerprints.tables.class_separation import separation

TITLES = {
    "published": "Classifier of the {published_are} networks,\nwhich learned to tell these apart",
    "custom": "Classifier of the custom networks,\nwhich never saw these",
}
"""Panel titles, by the classifier's name in the CSV file; in the paper's order, from left to right."""

COLORS = "cividis"  # perceptually uniform, also for colour-vision deficiencies (Nuñez et al. 2018)
COLOR_BAR = "separation R: 1 where two networks look the same, less the further apart they are"
MOST_PRINTED = 12
"""Up to this number of networks, values are printed in the cells, and labels have two lines."""

ONE_PANEL = 5.0
"""Width in inches of a figure of a single panel, whose cells would be twice as large on a whole page."""

LABEL = 200  # dots of small type; least width of a two-line label


@in_house_style
def plot_separation(
    published: Sequence[str | Path],
    custom: Sequence[str | Path],
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    csv: str | Path,
    published_are: str = "published",
) -> None:
    """Draw the separation R of every two published networks, and write it to ``csv``.

    ``published`` are predictions of published attribution, ``custom`` of custom attribution, one file per classifier
    seed; without one of the two, the figure has one panel. Images of other than published networks are left out;
    ``published_are`` is what these are called. ``networks`` is the table of networks. ``csv`` has one row for each
    classifier (``published``, ``custom``) and ordered pair of networks ``a`` and ``b``; its other columns are those
    of `separation_table`. Raises `InputError` when predictions have no features, or files differ in their published
    networks.
    """
    files = {name: paths for name, paths in {"published": published, "custom": custom}.items() if paths}
    answers = read_published([*published, *custom], networks)
    for path, found in answers.items():
        if not found.features.shape[1]:
            raise InputError(f"{path}: found no features; the separation of networks needs a classifier's")
    rows = published_rows(networks, answers.values())
    table = separation_table({name: [answers[path] for path in files[name]] for name in files}, list(rows.network))
    write_text(csv, table.to_csv(index=False, lineterminator="\n"))
    save_figure(_draw(table, rows, published_are), pdf, png)


def separation_table(classifiers: Mapping[str, Sequence[Predictions]], names: Sequence[str]) -> pd.DataFrame:
    """Columns classifier, a, b, separation and std: mean and standard deviation over a classifier's seeds.

    The standard deviation is that of `mean_over_seeds`. ``names`` are exactly the networks in the predictions; rows
    are in their order.
    """
    position = {name: i for i, name in enumerate(names)}
    pairs = pd.MultiIndex.from_product([names, names], names=["a", "b"]).to_frame(index=False)
    tables = []
    for classifier, of_seeds in classifiers.items():
        labels = [np.array([position[name] for name in found.network]) for found in of_seeds]
        matrices = [separation(found.features, label) for found, label in zip(of_seeds, labels, strict=True)]
        values = mean_over_seeds([pd.Series(matrix.ravel()) for matrix in matrices]).set_axis(
            ["separation", "std"], axis=1
        )
        tables.append(pairs.join(values).assign(classifier=classifier)[["classifier", *pairs, *values]])
    return pd.concat(tables, ignore_index=True)


def _draw(table: pd.DataFrame, rows: pd.DataFrame, published_are: str) -> Figure:
    """Draw a square panel for each classifier, with row labels on the left, column labels below, and a colour bar."""
    few = len(rows) <= MOST_PRINTED
    labels = [network_label(row) for row in rows.itertuples()]
    if few:
        labels = ["\n".join(two_lines_of(label, LABEL)) for label in labels]
    classifiers = list(table.classifier.unique())
    figure = new_figure(PAGE_WIDTH, layout="constrained")
    if len(classifiers) == 1:
        figure.set_size_inches(ONE_PANEL, ONE_PANEL)
    panels = figure.subplots(1, len(classifiers), squeeze=False)[0]
    for axes, classifier in zip(panels, classifiers, strict=True):
        values = table[table.classifier == classifier].pivot(index="a", columns="b", values="separation")
        values = values.loc[rows.network, rows.network]
        draw_cells(
            axes,
            values,
            values.map(_printed).to_numpy() if few else None,
            labels if axes is panels[0] else False,
            xticklabels=labels,
            cmap=COLORS,
            vmin=min(table.separation.min(), 0.99),
            vmax=1,
        )
        axes.tick_params(axis="x", rotation=90)
        for start in group_starts(rows):
            axes.axhline(start, color="white", linewidth=0.8)
            axes.axvline(start, color="white", linewidth=0.8)
        axes.set_title(TITLES[classifier].format(published_are=published_are))
    label = COLOR_BAR if len(panels) > 1 else COLOR_BAR.replace(", ", ",\n")
    figure.colorbar(panels[0].collections[0], ax=panels, location="bottom", aspect=60, label=label)
    fit_cells(figure, panels, width=LINE)
    return figure


def _printed(value: float) -> str:
    """Two decimals without the leading zero, to fit into a cell."""
    return f"{value:.2f}".removeprefix("0").replace("1.00", "1.0")

"""Figures 3 and 5: classifier features of test images, embedded in the plane by t-SNE.

Every panel is an embedding of its own (van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 2008), of
the features as the classifier's last layer gets them, neither standardised nor reduced: the distances are those
that the classifier works with. The paper does not say what it did; the authors' code has scikit-learn's t-SNE with
its defaults, of the features as they are, for Figure 5 started from the principal components.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.manifold import TSNE

from sr_fingerprints.errors import InputError
from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    in_house_style,
    network_label,
    new_figure,
    save_figure,
    shade,
)
from sr_fingerprints.losses import KINDS, kinds
from sr_fingerprints.predictions import Predictions, read_predictions

PERPLEXITY = 30.0
PANEL_HEIGHT = 3.0  # inches
LINE_HEIGHT = 0.16  # inches, of the legend
Look = Mapping[str, object]


@in_house_style
def plot_tsne_custom(
    predictions: str | Path, networks: pd.DataFrame, pdf: str | Path, png: str | Path, random_state: int
) -> None:
    """Draw the custom networks' images in a panel for each scale and kind of loss (see `losses.KINDS`).

    ``predictions`` are a custom attribution classifier's; images of other than custom networks among them are left
    out. ``networks`` is the table of networks. A panel's title has its accuracy. The same ``random_state`` gives the
    same embedding. Raises `InputError` when the predictions have no features.
    """
    found = _of_origin(predictions, networks, "custom")
    rows = networks.set_index("network").loc[found.network]
    kind = kinds(rows.loss)
    looks = custom_looks(networks[networks.origin == "custom"])
    groups = [(scale, name) for scale in sorted(set(rows.scale)) for name in KINDS]
    members = {(scale, name): (rows.scale == scale).to_numpy() & (kind == name) for scale, name in groups}
    members = {group: chosen for group, chosen in members.items() if chosen.any()}
    legends = _custom_legends(networks[networks.origin == "custom"])
    figure, panels = _panels(len(members), max(len(handles) for handles in legends.values()) + 1)
    for axes, ((scale, name), chosen) in zip(panels, members.items(), strict=True):
        accuracy = 100 * found.correct[chosen].mean()
        axes.set_title(f"{scale}X, {name}: accuracy {accuracy:.1f} % ({chosen.sum()} images)")
        _scatter(axes, embedding(found.features[chosen], random_state), found.network[chosen], looks)
    for i, (title, handles) in enumerate(legends.items()):
        _legend(figure, list(handles), list(handles.values()), title, left=0.02 + i / len(legends))
    save_figure(figure, pdf, png)


@in_house_style
def plot_tsne_published(
    custom: str | Path,
    published: str | Path,
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    random_state: int,
) -> None:
    """Draw the published networks' images as two classifiers see them.

    Left, ``custom``: predictions of a classifier of the custom networks, which never saw the published ones.
    Right, ``published``: those of a classifier trained on them, with its accuracy. Both are for the same
    images. Else as `plot_tsne_custom`.
    """
    answers = [_of_origin(path, networks, "published") for path in (custom, published)]
    titles = [
        "Classifier of the custom networks: never saw these",
        f"Classifier of these networks: accuracy {100 * answers[1].correct.mean():.1f} %",
    ]
    present = [name for name in networks.network if name in set(answers[1].network)]
    looks = {
        name: {"color": PALETTE[i % len(PALETTE)], "marker": MARKERS[i % len(MARKERS)]}
        for i, name in enumerate(present)
    }
    columns = 3
    figure, panels = _panels(2, -(-len(present) // columns))
    for axes, title, found in zip(panels, titles, answers, strict=True):
        axes.set_title(title)
        _scatter(axes, embedding(found.features, random_state), found.network, looks)
    labels = [network_label(row) for row in networks.itertuples() if row.network in looks]
    _legend(figure, labels, list(looks.values()), columns=columns)
    save_figure(figure, pdf, png)


def embedding(features: np.ndarray, random_state: int) -> np.ndarray:
    """Embed float (n, d) in the plane, float (n, 2), by t-SNE; deterministic.

    The perplexity is 30, or a quarter of ``n`` where that is less; the embedding starts from the first two
    principal components, so that its large shape means something too. Fewer than three images, and images that
    all have the same features, are left as they are.
    """
    if len(features) < 3 or not np.ptp(features, axis=0).any():
        return features[:, :2]
    perplexity = min(PERPLEXITY, len(features) / 4)
    return TSNE(perplexity=perplexity, init="pca", random_state=random_state, n_jobs=1).fit_transform(features)


def custom_looks(networks: pd.DataFrame) -> dict[str, Look]:
    """How each custom network's points look: colour is the architecture, its shade the seed, shape the data set.

    Points of the second loss of a kind are rings, the others are filled.
    """
    architectures, datasets, seeds = (list(networks[key].unique()) for key in ("architecture", "dataset", "seed"))
    second = _second_of_their_kind(networks)
    looks = {}
    for row in networks.itertuples():
        color = shade(_color(architectures.index(row.architecture)), _shades(len(seeds))[seeds.index(row.seed)])
        looks[row.network] = {
            "color": color,
            "marker": MARKERS[datasets.index(row.dataset) % len(MARKERS)],
            "filled": row.loss not in second,
        }
    return looks


def _of_origin(path: str | Path, networks: pd.DataFrame, origin: str) -> Predictions:
    """The predictions for images of the networks of one origin, with their features."""
    found = read_predictions(path)
    if found.features.shape[1] < 2:
        raise InputError(f"{path}: found {found.features.shape[1]} features an image; t-SNE needs a classifier's")
    return found.of(np.isin(found.network, networks.network[networks.origin == origin]))


def _custom_legends(networks: pd.DataFrame) -> dict[str, dict[str, Look]]:
    """What colours, shades, shapes and fillings mean, by the title of a legend."""
    second = _second_of_their_kind(networks)
    others = [loss for loss in networks.loss.unique() if loss != "L1"]
    seeds = networks.seed.unique()
    legends = {
        "architecture": {name: {"color": _color(i)} for i, name in enumerate(networks.architecture.unique())},
        "seed": {
            str(seed): {"color": shade(PALETTE[-1], amount)}
            for seed, amount in zip(seeds, _shades(len(seeds)), strict=True)
        },
        "data set": {
            name: {"color": PALETTE[-1], "marker": MARKERS[i % len(MARKERS)]}
            for i, name in enumerate(networks.dataset.unique())
        },
        "loss": {name.replace("_", " "): {"color": PALETTE[-1], "filled": name not in second} for name in others},
    }
    return {title: handles for title, handles in legends.items() if handles}


def _second_of_their_kind(networks: pd.DataFrame) -> set[str]:
    """The losses that are not the first of their kind: those of networks in one panel look different."""
    losses = pd.Series(networks.loss.unique())
    return set(losses[pd.Series(kinds(losses)).duplicated()])


def _panels(number: int, legend_lines: int) -> tuple[Figure, list[Axes]]:
    """A figure with this number of square-ish axes, two in a row, and room for a legend below."""
    rows = -(-number // 2)
    legend = LINE_HEIGHT * legend_lines + 0.1
    height = rows * PANEL_HEIGHT + legend
    figure = new_figure(height)
    grid = figure.add_gridspec(
        rows, 2, left=0.02, right=0.98, top=1 - 0.25 / height, bottom=legend / height, wspace=0.05, hspace=0.12
    )
    return figure, [figure.add_subplot(grid[i // 2, i % 2], xticks=[], yticks=[]) for i in range(number)]


def _scatter(axes: Axes, points: np.ndarray, networks: np.ndarray, looks: Mapping[str, Look]) -> None:
    for name, look in looks.items():
        x, y = points[networks == name].T
        axes.plot(x, y, linestyle="", markersize=3, markeredgewidth=0.6, **_marker(look))


def _legend(
    figure: Figure, labels: list[str], looks: list[Look], title: str = "", left: float = 0.02, columns: int = 1
) -> None:
    handles = [Line2D([], [], linestyle="", markersize=4, **_marker(look)) for look in looks]
    below = (left, figure.axes[-1].get_position().y0 - 0.01)
    figure.legend(
        handles, labels, title=title, loc="upper left", bbox_to_anchor=below, ncols=columns, alignment="left"
    )


def _marker(look: Look) -> dict[str, object]:
    color = look["color"]
    face = color if look.get("filled", True) else "none"
    return {"marker": look.get("marker", MARKERS[0]), "markeredgecolor": color, "markerfacecolor": face}


def _color(number: int) -> str:
    return PALETTE[number % len(PALETTE)]


def _shades(number: int) -> list[float]:
    """For each of a number of seeds, how much of black (negative) or white is mixed into the colour."""
    return list(np.linspace(-0.45, 0.55, number)) if number > 1 else [0.0]

"""Figures 3 and 5: classifier features of test images, embedded in two dimensions by t-SNE.

Every panel is a separate embedding (van der Maaten and Hinton, "Visualizing data using t-SNE", JMLR 2008) of the
inputs of the classifier's last layer, neither standardised nor reduced, so that distances are those in the
classifier's feature space. The paper does not give its settings; the authors' code uses scikit-learn's t-SNE with
default settings on the raw features, initialised by PCA for Figure 5.
"""

from itertools import chain, cycle, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from sklearn.manifold import TSNE

from sr_fingerprints.figures.heat_maps import published_rows
from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    add_legend,
    in_house_style,
    network_label,
    new_figure,
    save_figure,
    shade,
)
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.losses import KINDS, kinds_of

PERPLEXITY = 30.0
PANEL_HEIGHT = 3.0  # inches
GREY = PALETTE[-1]
GROUP_MARKERS = ("o", "D", "^", "s", "v", "P", "X")
"""Markers of published networks; for 2X L1, 2X adversarial, 4X L1 and 4X adversarial as in the paper's Figure 5."""


@in_house_style
def plot_tsne_custom(
    predictions: str | Path, networks: pd.DataFrame, pdf: str | Path, png: str | Path, random_state: int
) -> None:
    """Draw the custom networks' images: one row of panels per scale, one column per kind of loss.

    ``predictions`` are those of a custom attribution classifier; images of other than custom networks are left out.
    ``networks`` is the table of networks. A panel's title has its accuracy. The same ``random_state`` gives the same
    embedding. Raises `InputError` when the predictions have no features.
    """
    found = _of_origin(predictions, networks, "custom")
    custom = networks[networks.origin == "custom"]
    styles = custom_styles(custom)
    rows = networks.set_index("network").loc[found.network.tolist()]
    rows["kind"] = kinds_of(rows.loss)
    scales, kinds = sorted(set(rows.scale)), [kind for kind in KINDS if kind in set(rows.kind)]
    figure = new_figure(PANEL_HEIGHT * len(scales), layout="constrained")
    panels = figure.subplots(len(scales), len(kinds), squeeze=False)
    for axes, (scale, kind) in zip(panels.flat, product(scales, kinds), strict=True):
        chosen = ((rows.scale == scale) & (rows.kind == kind)).to_numpy()
        axes.set(title=f"{scale}X, {kind}\n{_accuracy(found.select(chosen))} ({chosen.sum()} images)")
        _scatter(axes, embedding(found.features[chosen], random_state), found.network[chosen], styles)
    add_legend(figure, _legend(custom), columns=4)
    save_figure(figure, pdf, png)


@in_house_style
def plot_tsne_published(
    custom: str | Path | None,
    published: str | Path | None,
    networks: pd.DataFrame,
    pdf: str | Path,
    png: str | Path,
    random_state: int,
    published_are: str = "published",
) -> None:
    """Draw the published networks' images in the feature spaces of two classifiers.

    Left, ``published``: predictions of a classifier trained on these networks, with its accuracy. Right, ``custom``:
    those of a classifier of the custom networks, which never saw these. Both are for the same images. Without one of
    the two, there is one panel. ``published_are`` is what these networks are called. Otherwise as `plot_tsne_custom`.
    """
    panels = []
    if published is not None:
        found = _of_origin(published, networks, "published")
        panels.append((f"Classifier of the {published_are} networks:\n{_accuracy(found)}", found))
    if custom is not None:
        title = "Classifier of the custom networks,\nwhich never saw these"
        panels.append((title, _of_origin(custom, networks, "published")))
    rows = published_rows(networks, [found for _, found in panels])
    styles = published_styles(rows)
    figure = new_figure(PANEL_HEIGHT, layout="constrained")
    for axes, (title, found) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        axes.set(title=title)
        _scatter(axes, embedding(found.features, random_state), found.network, styles)
    entries = [(_marker(**styles.loc[row.network]), network_label(row)) for row in named_rows(rows)]
    add_legend(figure, entries, columns=4)
    save_figure(figure, pdf, png)


def embedding(features: np.ndarray, random_state: int) -> np.ndarray:
    """Embed float (n, d) in two dimensions, float (n, 2), by t-SNE; deterministic.

    The perplexity is 30, or ``n`` / 4 if that is less; the embedding starts from the first two principal components,
    which preserves global structure better. For fewer than three images, and if all features are equal, the first two
    features are returned.
    """
    if len(features) < 3 or not np.ptp(features, axis=0).any():
        return features[:, :2]
    perplexity = min(PERPLEXITY, len(features) / 4)
    tsne = TSNE(perplexity=perplexity, init="pca", random_state=random_state, n_jobs=1)
    embedded: np.ndarray = tsne.fit_transform(features)
    return embedded


def custom_styles(networks: pd.DataFrame) -> pd.DataFrame:
    """Columns color, marker and filled, by network.

    Colour encodes the architecture, its shade the seed, the marker the data set. Markers of the first loss of each
    kind are filled, others are open.
    """
    encoding = _encoding(networks)
    colors = [
        shade(encoding["architecture"][row.architecture], encoding["seed"][row.seed]) for row in networks.itertuples()
    ]
    styles = {"marker": networks.dataset.map(encoding["dataset"]), "filled": networks.loss.map(encoding["loss"])}
    return pd.DataFrame({"network": networks.network, "color": colors, **styles}).set_index("network")


def published_styles(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns color, marker and filled, by network: one marker per scale and kind of loss, as in the paper.

    ``rows`` are those of `published_rows`. Colours repeat if more than 21 networks have the same marker.
    """
    groups = rows.groupby(["scale", "kind"], sort=False, observed=True)
    amounts = [(0, -0.45, 0.55)[number // len(PALETTE) % 3] for number in groups.cumcount()]
    colors = [shade(color, amount) for color, amount in zip(cycle(PALETTE), amounts, strict=False)]
    markers = [GROUP_MARKERS[number % len(GROUP_MARKERS)] for number in groups.ngroup()]
    return pd.DataFrame({"color": colors, "marker": markers, "filled": True}, index=rows.network)


def _of_origin(path: str | Path, networks: pd.DataFrame, origin: str) -> Predictions:
    """Read the predictions, with features, for images of the networks of one origin."""
    found = read_predictions(path)
    if found.features.shape[1] < 2:
        raise InputError(f"{path}: found {found.features.shape[1]} features an image; t-SNE needs a classifier's")
    return found.select(np.isin(found.network, networks.network[networks.origin == origin]))


def _accuracy(found: Predictions) -> str:
    return f"accuracy {100 * found.correct.mean():.1f} %"


def _encoding(networks: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    """Encoding of the values of each hyperparameter: colours, shades, markers, fill."""
    keys = ("architecture", "seed", "dataset", "loss")
    architectures, seeds, datasets, losses = (networks[key].unique() for key in keys)
    amounts = sorted(np.linspace(-0.45, 0.55, len(seeds)), key=abs) if len(seeds) > 1 else [0.0]
    return {
        "architecture": dict(zip(architectures, cycle(PALETTE), strict=False)),
        "seed": dict(zip(seeds, amounts, strict=True)),
        "dataset": dict(zip(datasets, cycle(MARKERS), strict=False)),
        "loss": dict(zip(losses, ~pd.Series(kinds_of(losses)).duplicated(), strict=True)),
    }


def _legend(networks: pd.DataFrame) -> list[tuple[Line2D, str]]:
    """Handles and labels of the `_encoding`: four columns of equal length, each with its title."""
    encoding = _encoding(networks)
    columns = {
        "architecture": [(_marker(color), name) for name, color in encoding["architecture"].items()],
        "seed": [(_marker(shade(GREY, amount)), str(seed)) for seed, amount in encoding["seed"].items()],
        "data set": [(_marker(GREY, marker), name) for name, marker in encoding["dataset"].items()],
        "loss": [(_marker(GREY, filled=filled), loss.replace("_", " ")) for loss, filled in encoding["loss"].items()],
    }
    most = max(map(len, columns.values()))
    nothing = Line2D([], [], linestyle="")
    padded = (
        [(nothing, title), *column, *[(nothing, "")] * (most - len(column))] for title, column in columns.items()
    )
    return list(chain(*padded))


def _scatter(axes: Axes, points: np.ndarray, networks: np.ndarray, styles: pd.DataFrame) -> None:
    """Draw one point per image, (n, 2)."""
    order = [name for name in styles.index if name in set(networks)]
    seaborn.scatterplot(
        x=points[:, 0],
        y=points[:, 1],
        hue=networks,
        style=networks,
        hue_order=order,
        style_order=order,
        palette=styles.color[order].to_dict(),
        markers=styles.marker[order].to_dict(),
        s=9,
        linewidth=0.6,
        legend=False,
        ax=axes,
    )
    (dots,) = axes.collections
    colors = dots.get_facecolor()
    dots.set_edgecolor(colors)
    faces: Any = np.where(styles.filled[networks].to_numpy()[:, None], colors, 0)  # their type has no arrays
    dots.set_facecolor(faces)
    axes.set(xticks=[], yticks=[])


def _marker(color: str | tuple[float, float, float], marker: str = MARKERS[0], filled: bool = True) -> Line2D:
    face = color if filled else "none"
    return Line2D([], [], linestyle="", marker=marker, markersize=4, markeredgecolor=color, markerfacecolor=face)

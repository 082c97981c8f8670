"""Reliability diagrams: accuracy against confidence, before and after temperature scaling."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import seaborn
from matplotlib.figure import Figure

from sr_fingerprints.evidence.reading import Evidence, read_evidence
from sr_fingerprints.evidence.temperature import bins_of
from sr_fingerprints.figures.style import (
    MARKERS,
    PALETTE,
    REFERENCE,
    add_legend,
    in_house_style,
    new_figure,
    save_figure,
)
from sr_fingerprints.tables.calibration import WAYS, image_losses, with_temperature
from sr_fingerprints.tables.statistics import interval_over_photos

SIDE = 2.9  # inches, of a panel
LABELS = ("as they are", "temperature from validation photos", "temperature from other photos")
"""Of `WAYS`."""


@in_house_style
def plot_calibration(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    calibrations: Mapping[str, Sequence[Path]],
    networks: Path,
    bins: int,
    pdf: Path,
    png: Path,
) -> None:
    """Draw a panel for each experiment; files are by its name, one per classifier seed.

    A dot is a bin of equal numbers of test images of known networks, at their mean confidence and their accuracy,
    with its 95 % interval over photos; on the diagonal, probabilities are calibrated.
    """
    read = read_evidence(test, validation, calibrations, networks)
    panels = {name: pd.concat([_reliability(seeds, way, bins) for way in WAYS]) for name, seeds in read.items()}
    save_figure(_draw(panels), pdf, png)


def _reliability(seeds: Sequence[Evidence], way: str, bins: int) -> pd.DataFrame:
    """Of each bin of images: confidence, accuracy, and the ends of its interval, in %."""
    images = pd.concat([image_losses(with_temperature(*each, way)) for each in seeds], ignore_index=True)
    rows = []
    for part in bins_of(images.confidence.to_numpy(), bins):
        found = images.iloc[part]
        low, high = interval_over_photos(found)
        rows.append([found.confidence.mean(), found.correct.mean(), low, high])
    return pd.DataFrame(rows, columns=["confidence", "accuracy", "low", "high"]).mul(100).assign(way=way)


def _draw(panels: Mapping[str, pd.DataFrame]) -> Figure:
    figure = new_figure(SIDE, layout="constrained")
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (name, frame) in zip(all_axes, panels.items(), strict=True):
        axes.plot([0, 100], [0, 100], **REFERENCE, label="calibrated")
        for number, (way, label) in enumerate(zip(WAYS, LABELS, strict=True)):
            rows = frame[frame.way == way]
            axes.vlines(rows.confidence, rows.low, rows.high, color=PALETTE[number], linewidth=0.8, alpha=0.5)
            seaborn.lineplot(
                rows,
                x="confidence",
                y="accuracy",
                color=PALETTE[number],
                marker=MARKERS[number],
                markersize=4,
                linewidth=1,
                label=label,
                legend=False,
                ax=axes,
            )
        axes.set(
            xlim=(0, 101), ylim=(0, 101), xlabel="confidence (%)", ylabel="accuracy (%)", title=name.replace("_", " ")
        )
        axes.grid()
    add_legend(
        figure,
        zip(*all_axes[0].get_legend_handles_labels(), strict=True),
        columns=len(LABELS) + 1,
        place="outside upper center",
    )
    return figure

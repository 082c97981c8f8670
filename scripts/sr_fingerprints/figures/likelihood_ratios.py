"""Tippett plots: how many likelihood ratios are at least so strong, where they should be, and where they mislead."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn
from matplotlib.figure import Figure

from sr_fingerprints.evidence.calibration import apply_fitted, target_matrix
from sr_fingerprints.evidence.held_out import FITS
from sr_fingerprints.evidence.reading import Evidence, read_evidence
from sr_fingerprints.figures.style import PALETTE, REFERENCE, add_legend, in_house_style, new_figure, save_figure
from sr_fingerprints.study.losses import KINDS, kinds_of
from sr_fingerprints.study.network_table import read_network_table

HEIGHT = 2.9  # inches
SHOWN = (-6.0, 6.0)
"""Range of log10 LRs that is drawn; the report's scale of words ends there."""
STEPS = 241

MADE_BY = {
    "custom": ("made by another custom network", PALETTE[3]),
    "published": ("made by a published network", PALETTE[4]),
    "photo": ("a photo", PALETTE[6]),
}
KIND_COLORS = dict(zip(KINDS, (PALETTE[0], PALETTE[2], PALETTE[1], PALETTE[5]), strict=True))


@in_house_style
def plot_likelihood_ratios(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    calibrations: Mapping[str, Sequence[Path]],
    networks: Path,
    pdf: Path,
    png: Path,
) -> None:
    """Draw a panel for each way of fitting, of the first experiment; files are by its name, one per classifier seed.

    Lines are the shares of LRs at least as high as the axis says, without bounds: of the network that made the
    image, by its kind of loss; and of others, by what made the image. The band between the bounds is what may be
    reported.
    """
    table = read_network_table(networks)
    name = next(iter(test))
    (seeds,) = read_evidence({name: test[name]}, validation, calibrations, networks).values()
    found = {fit: _ratios(seeds, fit, table) for fit in FITS}
    bounds = {
        fit: (
            max(part.lowest for _, fitted in seeds for part, _ in fitted[fit]),
            min(part.highest for _, fitted in seeds for part, _ in fitted[fit]),
            max(len(part.photos) for _, fitted in seeds for part, _ in fitted[fit]),
        )
        for fit in FITS
    }
    save_figure(_draw(found, bounds), pdf, png)


def _ratios(seeds: Sequence[Evidence], fit: str, networks: pd.DataFrame) -> pd.DataFrame:
    """One row per image and network: log10 LR, whether it made the image (own), and the group of lines."""
    frames = []
    for images, fitted in seeds:
        test, ratios, _ = apply_fitted(fitted[fit], images)
        kinds = kinds_of(networks.set_index("network").loss.loc[test.classes.tolist()]).astype(str)
        targets = target_matrix(test)
        made_by = np.where(np.isin(test.origin, ["real", "interpolated"]), "photo", test.origin)
        frames.append(
            pd.DataFrame(
                {
                    "ratio": ratios.ravel(),
                    "own": targets.ravel(),
                    "group": np.where(targets, np.array(kinds)[None], made_by[:, None]).ravel(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _draw(found: Mapping[str, pd.DataFrame], bounds: Mapping[str, tuple[float, float, int]]) -> Figure:
    figure = new_figure(HEIGHT, layout="constrained")
    panels = figure.subplots(1, len(found), sharey=True)
    steps = np.linspace(*SHOWN, STEPS)
    for axes, (fit, frame) in zip(panels, found.items(), strict=True):
        lowest, highest, photos = bounds[fit]
        axes.axvspan(lowest, highest, color="#e4e4e4", zorder=0, label="may be reported")
        axes.axvline(0, **REFERENCE)
        styles = {(True, kind): (f"made by the network, {kind}", color) for kind, color in KIND_COLORS.items()}
        styles |= {(False, origin): (label, color) for origin, (label, color) in MADE_BY.items()}
        for (own, group), (label, color) in styles.items():
            ratios = np.sort(frame.ratio[(frame.own == own) & (frame.group == group)].to_numpy())
            if len(ratios):
                share = 100 * (1 - np.searchsorted(ratios, steps) / len(ratios))
                seaborn.lineplot(
                    x=steps,
                    y=share,
                    color=color,
                    linestyle="-" if own else ":",
                    linewidth=1.3,
                    label=label,
                    legend=False,
                    estimator=None,
                    ax=axes,
                )
        noun = "photo" if photos == 1 else "photos"
        axes.set(
            xlim=SHOWN,
            ylim=(0, 101),
            xlabel="log10 LR",
            ylabel="at least so high (%)",
            title=f"fitted on {fit} ({photos} {noun})",
        )
        axes.set_xticks(np.arange(-4, 5, 2))
        axes.grid()
    add_legend(
        figure, zip(*panels[0].get_legend_handles_labels(), strict=True), columns=3, place="outside upper center"
    )
    return figure

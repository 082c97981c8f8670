"""Mean noise residual of every network."""

from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.figures.small_multiples import draw_page
from sr_fingerprints.figures.style import in_house_style, save_figure
from sr_fingerprints.fingerprints.measured import Measured, read_measured

SHOWN = 32  # pixels; side of the part of the crop that is shown, if it is that large
NOTE = (
    "Mean residual of {images}, {side} x {side} pixels of the crop's centre. Grey is 0; black and white "
    "are {limit:.1f} grey levels below and above it in each colour, the same in all panels."
)


@in_house_style
def plot_network_residuals(
    measured: str | Path, networks: pd.DataFrame, pdf: str | Path, png: str | Path, published_are: str = "published"
) -> None:
    """Draw the mean residual of each network in ``measured``, the file of `fingerprints.measured`, and photos'.

    ``networks`` is the table of networks, ``published_are`` what those of the origin published are called. The
    contrast is the same for all: the median over networks of the 99th percentile of magnitudes, so that half of them
    have hardly a pixel beyond it.
    """
    found = read_measured(measured)
    parts = centres(found)
    limit = float(np.median([np.percentile(np.abs(part), 99) for part in parts.values()])) or 1.0
    panels = {name: np.clip(0.5 + part / (2 * limit), 0, 1) for name, part in parts.items()}
    side = len(next(iter(panels.values())))
    count = int((found.split == "test").sum())
    note = NOTE.format(images=f"{count} test image{'' if count == 1 else 's'}", side=side, limit=limit)
    save_figure(draw_page(panels, networks, published_are, note), pdf, png)


def centres(found: Measured) -> dict[str, np.ndarray]:
    """The centre of each mean residual, (side, side, 3), by network; it begins at a multiple of the grids' period."""
    crop, period = found.residual.shape[1], found.attributes["period"]
    side = min(SHOWN, crop)
    start = (crop - side) // 2 // period * period
    shown = found.residual[:, start : start + side, start : start + side]
    return dict(zip(map(str, found.network), shown, strict=True))

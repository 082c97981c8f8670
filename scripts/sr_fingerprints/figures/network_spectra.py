"""Mean log-spectrum of every network, as difference from that of the photos."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from sr_fingerprints.figures.small_multiples import draw_page
from sr_fingerprints.figures.style import in_house_style, save_figure
from sr_fingerprints.fingerprints.measured import Measured, read_measured
from sr_fingerprints.fingerprints.spectra import decibels, whole

COLORS = "RdBu_r"
SHOWN = 98  # per cent of all differences that are inside the range of colours
NOTE = (
    "Mean log-spectrum of the test images' luminance minus that of the photos. Frequency 0 is in the centre, 1/2 "
    "cycle per pixel at the edges."
)


@in_house_style
def plot_network_spectra(
    measured: str | Path, networks: pd.DataFrame, pdf: str | Path, png: str | Path, published_are: str = "published"
) -> None:
    """Draw the spectrum of each network in ``measured``, the file of `fingerprints.measured`, but the photos'.

    ``networks`` is the table of networks, ``published_are`` what those of the origin published are called. All panels
    have the same colours.
    """
    found = read_measured(measured)
    differences = spectrum_differences(found)
    limit = color_limit(differences)
    colors = ScalarMappable(Normalize(-limit, limit), COLORS)
    panels = {name: colors.to_rgba(difference)[..., :3] for name, difference in differences.items()}
    save_figure(draw_page(panels, networks, published_are, NOTE, (colors, "dB above the photos' spectrum")), pdf, png)


def color_limit(differences: Mapping[str, np.ndarray]) -> float:
    """Largest difference in dB that colours distinguish, a whole number."""
    return max(1.0, float(np.ceil(np.percentile(np.abs(list(differences.values())), SHOWN))))


def spectrum_differences(found: Measured) -> dict[str, np.ndarray]:
    """Mean log-spectra of test images minus those of the photos, in dB, float64 (side, side), by network."""
    spectra = decibels(found.luminance[:, found.split == "test"]).mean(axis=1, dtype=np.float64)
    photos = spectra[found.network == "real"][0]
    return {
        str(name): whole(spectrum - photos)
        for name, spectrum in zip(found.network, spectra, strict=True)
        if name != "real"
    }

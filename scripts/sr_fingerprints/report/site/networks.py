"""What the pages of networks show: images, spectrum, numbers, confusions, and how it was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.figures.network_spectra import COLORS, color_limit, spectrum_differences
from sr_fingerprints.figures.style import network_label
from sr_fingerprints.files.table_rows import named_rows, records
from sr_fingerprints.report.columns import Column, readable_columns
from sr_fingerprints.report.site import pictures
from sr_fingerprints.report.site.plots import MARGIN, WIDTH
from sr_fingerprints.report.site.sources import Contents
from sr_fingerprints.study.network_row import NOT_APPLICABLE

MOST_CONFUSED = 6
HEIGHT = 120.0  # of the drawing of a profile, in its own units
FACTS = (
    "family", "variant", "architecture", "scale", "loss", "dataset", "seed", "training_data", "licence", "source",
    "notes",
)  # fmt: skip
"""Columns of the table of networks that a page has, in this order."""


RECORDED = {"weights": "weights, SHA-256", "seed": "seed of applying it", "tile": "side of tiles"}


@dataclass(frozen=True)
class Confused:
    """A network, and the share of images (%)."""

    network: str
    share: float


@dataclass(frozen=True)
class Network:
    """What the page of one network shows."""

    name: str
    label: str
    origin: str
    facts: Mapping[str, str]
    made: Mapping[str, str]  # how its images were made
    in_tables: Mapping[str, Sequence[Column]]  # its rows, by table
    attributed_to: Sequence[Confused]  # of its images
    attributed_to_it: Sequence[Confused]  # of the images of others
    profile: str  # points of an SVG polyline; empty without a spectrum


@dataclass(frozen=True)
class Spectra:
    """Spectra of all networks, in dB above the photos', and what is common to their drawings."""

    of: Mapping[str, npt.NDArray[np.float64]]
    limit: float  # dB

    def picture(self, name: str) -> bytes:
        """The spectrum as PNG."""
        return pictures.heat_map(self.of[name], self.limit, COLORS)

    def profile(self, name: str) -> str:
        """Mean over all directions, against frequency from 0 to 1/2 cycle per pixel, as points of a polyline."""
        spectrum = self.of[name]
        side = spectrum.shape[0]
        rows, columns = np.indices(spectrum.shape) - side // 2
        radius = np.hypot(rows, columns).round().astype(int)
        points = []
        for ring in range(side // 2 + 1):
            mean = float(np.clip(spectrum[radius == ring].mean(), -self.limit, self.limit))
            x = MARGIN + 2 * ring / side * (WIDTH - 2 * MARGIN)
            points.append(f"{x:.1f},{HEIGHT / 2 * (1 - mean / self.limit):.1f}")
        return " ".join(points)


def spectra_of(contents: Contents) -> Spectra | None:
    """The spectra that Figure network_spectra shows, in its colours; None if the study has measured none."""
    if contents.measured is None:
        return None
    differences = spectrum_differences(contents.measured)
    return Spectra(differences, color_limit(differences))


def networks_of(contents: Contents, spectra: Spectra | None) -> list[Network]:
    """All networks with a page, in the order of the table of networks."""
    return [
        Network(
            row.network,
            network_label(row),
            row.origin,
            _facts(row),
            _made(contents.patches.made[row.network]),
            _rows_of(row.network, contents.tables),
            _confused(contents, row.network, "actual", "predicted"),
            _confused(contents, row.network, "predicted", "actual"),
            spectra.profile(row.network) if spectra and row.network in spectra.of else "",
        )
        for row in named_rows(contents.networks)
    ]


def _facts(row: Any) -> dict[str, str]:
    values = {key.replace("_", " "): str(getattr(row, key)) for key in FACTS if hasattr(row, key)}
    values["scale"] += "X"
    return {key: value for key, value in values.items() if value not in ("", NOT_APPLICABLE)}


def _made(recorded: Mapping[str, Any]) -> dict[str, str]:
    """What is recorded of how images were made, as text; what is not set is left out."""
    return {
        RECORDED.get(key, key): "; ".join(f"{name} {one}" for name, one in value.items())
        if isinstance(value, Mapping)
        else str(value)
        for key, value in recorded.items()
        if value is not None and value != {} and key != "scale"
    }


def _rows_of(network: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Column]]:
    """Rows about one network in tables with a column of networks, without what its facts say."""
    found = {}
    for name, table in tables.items():
        column = "network" if "network" in table else "name" if "words" in table else None
        if column and name != "robustness":
            rows = table[table[column] == network]
            if len(rows):
                found[name] = readable_columns(rows.drop(columns=[key for key in (column, *FACTS) if key in rows]))
    return found


def _confused(contents: Contents, network: str, of: str, by: str) -> list[Confused]:
    """Networks of the column ``by`` with the largest shares in rows of ``of``."""
    if contents.confusion is not None:
        table = contents.confusion[contents.confusion[of] == network]
        if of == "predicted":
            table = table[table.actual != network]
        ordered = table[table.share > 0].sort_values("share", ascending=False, kind="stable")
        return [Confused(row[by], row["share"]) for row in records(ordered.head(MOST_CONFUSED))]
    if contents.pairs is not None and of == "actual":
        pairs = contents.pairs
        either = pd.concat([pairs, pairs.rename(columns={"first": "second", "second": "first"})])
        table = either[(either["first"] == network) & (either.test_confusion > 0)]
        ordered = table.sort_values("test_confusion", ascending=False, kind="stable").head(MOST_CONFUSED)
        return [Confused(row["second"], 100 * row["test_confusion"]) for row in records(ordered)]
    return []

"""Share of the residuals' energy at the frequencies of the upsampling grid, beside photos and white noise."""

from collections.abc import Hashable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.files.table_rows import records
from sr_fingerprints.fingerprints.measured import Measured, read_measured
from sr_fingerprints.fingerprints.spectra import grid_share
from sr_fingerprints.study.losses import kinds_of
from sr_fingerprints.study.network_row import NOT_APPLICABLE
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.statistics import jackknife_interval
from sr_fingerprints.tables.writing import write_table

GROUP = ["origin", "scale", "loss", "kernel"]
COLUMNS = {
    "origin": ("Origin", ""),
    "scale": ("Grid of scale", ""),
    "loss": ("Loss", ""),
    "kernel": ("Interpolation", ""),
    "networks": ("Networks", "d"),
    "share_mean": (r"Energy at grid frequencies (\%)", ".1f"),
    "share_interval": (r"95\,\% interval", ".1f"),
    "excess_mean": ("above neighbouring frequencies", ".1f"),
    "excess_interval": (r"95\,\% interval", ".1f"),
    "above_photos_mean": ("above photos", ".1f"),
    "above_photos_interval": (r"95\,\% interval", ".1f"),
    "white_noise": ("White noise", ".1f"),
}


def grid_energy_table(found: Measured, networks: pd.DataFrame) -> pd.DataFrame:
    """Mean shares in % of networks of one origin, scale and loss (of published ones: kind of loss).

    Of test images, by `spectra.grid_share`; intervals are over photos. Photos (origin real) have a row for the grid
    of each scale, interpolated ones for that of their own, by kernel; scale 1 has none. Columns: origin, scale, loss,
    kernel, networks, images, white_noise, and with _mean, _low and _high: share, excess, and above_photos, the excess
    minus that of the same photo at the same grid, which decides whether networks have one.
    """
    tested = found.split == "test"
    scales = sorted({int(scale) for scale in networks.scale if scale > 1})
    power_of = dict(zip(found.network.tolist(), found.residual_power, strict=True))
    of_photos = {scale: grid_share(power_of["real"], scale).excess for scale in scales}
    described = networks.set_index("network").loc[found.network.tolist()]
    rows = []
    for row in records(described.reset_index()):
        loss = str(row["loss"]) if row["origin"] == "custom" else str(kinds_of([row["loss"]])[0])
        for scale in scales if row["origin"] == "real" else [row["scale"]]:
            if scale == 1:
                continue
            shares = grid_share(power_of[row["network"]], scale)
            made = {"share": shares.share, "excess": shares.excess, "white_noise": shares.white}
            made["above_photos"] = np.nan if row["origin"] == "real" else shares.excess - of_photos[scale]
            known = {"origin": row["origin"], "scale": scale, "network": row["network"], "kernel": row["kernel"]}
            known["loss"] = NOT_APPLICABLE if row["origin"] in ("real", "interpolated") else loss
            rows.append(pd.DataFrame({"source": found.source[tested], **made} | known))
    groups = pd.concat(rows).groupby(GROUP, sort=False)
    return pd.DataFrame([_summary(key, images) for key, images in groups])


def _summary(key: tuple[Hashable, ...], images: pd.DataFrame) -> dict[str, object]:
    """One row; images without any energy, such as black ones, have no shares."""
    images = images.dropna(subset=["share"])
    row: dict[str, object] = dict(zip(GROUP, key, strict=True))
    row |= {"networks": images.network.nunique(), "images": len(images)}
    for name, least in {"share": 0.0, "excess": -np.inf, "above_photos": -np.inf}.items():
        mean = partial(_mean, column=name)
        low, high = jackknife_interval(images, mean, (least, np.inf))
        numbers = {"mean": mean(images), "low": low, "high": high}
        row |= {f"{name}_{statistic}": 100.0 * number for statistic, number in numbers.items()}
    return row | {"white_noise": 100.0 * images.white_noise.mean()}


def _mean(images: pd.DataFrame, column: str) -> float:
    return float(images[column].mean())


def tabulate_grid_energy(measured: str | Path, networks: str | Path, csv: str | Path, tex: str | Path) -> None:
    """Read the file of `fingerprints.measured` and the table of networks; write the table."""
    frame = grid_energy_table(read_measured(measured), read_network_table(networks))
    write_table(
        frame,
        csv,
        tex,
        caption="Share of the energy of noise residuals at the frequencies of the upsampling grid.",
        label="tab:grid_energy",
        columns=COLUMNS,
        groups=list(zip(frame.origin, frame.scale, strict=True)),
    )

"""Table 7: how close every network's images are to the photos that they were made from."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sr_fingerprints.errors import InputError
from sr_fingerprints.network_table import read_network_table
from sr_fingerprints.tables.writing import write_table

MEASURES = ("psnr", "ssim", "psnr_bicubic", "ssim_bicubic", "lpips")
COLUMNS = {
    "network": ("Network", ""),
    "psnr": ("PSNR (dB)", ".2f"),
    "psnr_gain": ("over bicubic", "+.2f"),
    "ssim": ("SSIM", ".3f"),
    "lpips": ("LPIPS", ".3f"),
}


def quality_table(measured: Mapping[str, pd.DataFrame], networks: pd.DataFrame) -> pd.DataFrame:
    """Means and standard deviations over photos of every network's image quality.

    ``measured`` has for each network a frame with one row a photo and columns photo, psnr and psnr_bicubic (dB),
    ssim, ssim_bicubic and lpips; NaN where a measure was not taken. Columns: network, architecture, dataset,
    scale, loss, seed, photos, ``..._mean`` and ``..._std`` (of a sample, divisor n - 1) of psnr, ssim and
    lpips; psnr_bicubic, ssim_bicubic, and psnr_gain, the mean by which psnr is above psnr_bicubic.
    """
    rows = [{"network": network, **_summary(photos)} for network, photos in measured.items()]
    described = networks[["network", "architecture", "dataset", "scale", "loss", "seed"]]
    return described.merge(pd.DataFrame(rows), on="network", validate="one_to_one")


def tabulate_quality(measured: Mapping[str, Path], networks: Path, csv: Path, tex: Path) -> None:
    """Read the measurements of each network, by its name, and the table of networks; write the table.

    Raises `InputError` for a file of measurements that lacks a column.
    """
    frame = quality_table({network: _read(path) for network, path in measured.items()}, read_network_table(networks))
    write_table(
        frame,
        csv,
        tex,
        caption="Image quality over the photos (mean $\\pm$ std).",
        label="tab:quality",
        columns=COLUMNS,
    )


def _read(path: Path) -> pd.DataFrame:
    photos = pd.read_csv(path)
    absent = [column for column in MEASURES if column not in photos]
    if absent:
        raise InputError(f"{path}: found no column {absent[0]}; measurements have photo, {', '.join(MEASURES)}")
    return photos


def _summary(photos: pd.DataFrame) -> dict[str, float]:
    summary = {"photos": len(photos)}
    for measure in ("psnr", "ssim", "lpips"):
        summary |= {f"{measure}_mean": photos[measure].mean(), f"{measure}_std": photos[measure].std(ddof=1)}
    summary |= {measure: photos[measure].mean() for measure in ("psnr_bicubic", "ssim_bicubic")}
    return summary | {"psnr_gain": (photos.psnr - photos.psnr_bicubic).mean()}

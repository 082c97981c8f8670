"""Table 8: image quality of every network."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.losses import kind
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.writing import latex_table

MEASURES = ("psnr", "ssim", "lpips")
BICUBIC = tuple(f"{measure}_bicubic" for measure in MEASURES)
MEASURED_COLUMNS = ("network", "photo", *MEASURES, *BICUBIC, "lpips_weights")
DESCRIPTION = ["network", "origin", "architecture", "dataset", "scale", "loss", "seed"]
GROUP = ["origin", "scale", "loss"]
PAPER = {"model": "network", "psnr_mean": "psnr_paper", "lpips_mean": "lpips_paper"}
COLUMNS = {
    "network": ("Network", ""),
    "psnr": ("PSNR (dB)", ".2f"),
    "psnr_gain": ("against bicubic (dB)", "+.2f"),
    "psnr_paper": ("in the paper", ".2f"),
    "ssim": ("SSIM", ".3f"),
    "lpips": ("LPIPS", ".3f"),
    "lpips_bicubic": ("of bicubic", ".3f"),
    "lpips_paper": ("in the paper", ".3f"),
}
CAPTION = "Image quality over the photos (mean $\\pm$ std)."
CAPTION_OF_RANDOM_WEIGHTS = (
    " LPIPS uses an AlexNet with fixed random weights: it ranks images, but cannot be compared with published LPIPS."
)
CAPTION_OF_KINDS = (
    " Networks are given several kinds of images; measured are the {images} test images whose low resolution is the "
    "photo downscaled."
)


def quality_table(measured: pd.DataFrame, networks: pd.DataFrame, paper: pd.DataFrame) -> pd.DataFrame:
    """Means and standard deviations over photos of every network's image quality.

    ``measured`` has one row for each network and photo and the columns `MEASURED_COLUMNS` (see `measure_quality`),
    ``paper`` one row a network of the paper's Table 8, with columns model, psnr_mean and lpips_mean. Columns: those
    of `DESCRIPTION`, photos, ``..._mean`` and ``..._std`` (divisor n - 1) of psnr, ssim and lpips; their means of
    bicubic images, ``..._bicubic``; psnr_gain, the mean of psnr minus psnr_bicubic; psnr_paper and lpips_paper, NaN
    where the network is not one of the paper's; lpips_weights, which lpips depends on; and networks, the number that
    a row averages. Rows are in the order of ``networks``. The last ones, with ``mean`` for the network, are
    unweighted means over networks: by origin, scale, and loss (for published networks, kind of loss, see
    `losses.kind`). They have no standard deviations, and the paper's number only if all networks of the group have
    one. Raises `InputError` for networks that are not in that table.
    """
    unknown = set(measured.network) - set(networks.network)
    if unknown:
        raise InputError(f"quality: found network {min(unknown)}, which is not in the table of networks")
    photos = measured.assign(psnr_gain=measured.psnr - measured.psnr_bicubic).groupby("network")
    table = pd.DataFrame({"photos": photos.size()})
    for measure in MEASURES:
        table[f"{measure}_mean"] = photos[measure].mean()
        table[f"{measure}_std"] = photos[measure].std(ddof=1)
    table[[*BICUBIC, "psnr_gain"]] = photos[[*BICUBIC, "psnr_gain"]].mean()
    table["lpips_weights"] = photos.lpips_weights.first()
    table = networks[DESCRIPTION].merge(table.reset_index(), on="network", validate="one_to_one")
    table = table.merge(paper[list(PAPER)].rename(columns=PAPER), on="network", how="left", validate="one_to_one")
    table["networks"] = 1
    return pd.concat([table, *_group_means(table)], ignore_index=True)


def _group_means(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """One row for each group of the networks of ``table``, in order of appearance."""
    kinds = table.loss.where(table.origin == "custom", table.loss.map(kind))
    numbers = [*(f"{measure}_mean" for measure in MEASURES), *BICUBIC, "psnr_gain", "psnr_paper", "lpips_paper"]
    for group, members in table.assign(loss=kinds).groupby(GROUP, sort=False):
        mean = members[numbers].mean(skipna=False)
        described = dict(zip(GROUP, group, strict=True)) | {"network": "mean", "networks": len(members)}
        described |= {"photos": members.photos.max(), "lpips_weights": members.lpips_weights.iloc[0]}
        yield pd.DataFrame([described | mean.to_dict()])


def tabulate_quality(
    measured: Sequence[Path], networks: Path, paper: Path, csv: Path, tex: Path, several_inputs: bool = False
) -> None:
    """Read the measurements of all origins, the table of networks and the paper's table; write the table.

    ``several_inputs``: networks are given other images than downscaled photos too, which the caption tells.

    Raises `InputError` for a file of measurements that lacks a column.
    """
    frame = quality_table(
        pd.concat([_read_measurements(path) for path in measured]), read_network_table(networks), pd.read_csv(paper)
    )
    write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    means = frame.network == "mean"
    group = frame.origin + ", " + frame.scale.astype(str) + "X, " + frame.loss
    printed = frame.assign(network=frame.network.mask(means, "mean: " + group))
    caption = CAPTION + (CAPTION_OF_RANDOM_WEIGHTS if "random" in set(frame.lpips_weights) else "")
    if several_inputs:
        caption += CAPTION_OF_KINDS.format(images=frame.photos.max())
    write_text(tex, latex_table(printed, caption, "tab:quality", COLUMNS, means.tolist()))


def _read_measurements(path: Path) -> pd.DataFrame:
    photos = read_csv(path, "measurements of quality")
    absent = [column for column in MEASURED_COLUMNS if column not in photos]
    if absent:
        raise InputError(f"{path}: found no column {absent[0]}; measurements have {', '.join(MEASURED_COLUMNS)}")
    return photos

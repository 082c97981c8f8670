"""Findings about image quality: against bicubic interpolation, and against the paper's networks."""

from collections.abc import Mapping

import pandas as pd

from sr_fingerprints.files.table_rows import row_at
from sr_fingerprints.report.findings.wording import escape_rst
from sr_fingerprints.study.losses import kind


def against_bicubic(quality: pd.DataFrame, expected: Mapping[str, float]) -> list[str]:
    """Networks with a lower PSNR than bicubic interpolation, with a warning if they are custom ones."""
    networks = quality[quality.network != "mean"].sort_values("psnr_gain", kind="stable")
    lines = []
    for loss, least in expected.items():
        of_loss = networks[(networks.origin == "custom") & (networks.loss.map(kind) == loss)]
        below = of_loss[~(of_loss.psnr_gain >= least)]
        if len(below):
            lines.append(
                f"* **WARNING: {len(below)} of {len(of_loss)} {loss} networks fail what is expected of them**, "
                f"{least:+.1f} dB of PSNR against bicubic interpolation: {_gains(below)}. "
                "What tells them apart may be how they fail."
            )
    for origin, of_origin in networks.groupby("origin"):
        worse = of_origin[~(of_origin.psnr_gain >= 0)]
        statement = f"{len(worse)} of {len(of_origin)} {origin} networks are worse than bicubic interpolation"
        means = quality[(quality.network == "mean") & (quality.origin == origin)]
        groups = ", ".join(f"{row.scale}X {escape_rst(row.loss)} {row.psnr_gain:+.2f}" for row in means.itertuples())
        if origin == "custom" and len(worse):
            statement = f"**WARNING: {statement}**"
        line = f"* {statement} (PSNR)" + (f": {_gains(worse)}" if len(worse) else "")
        lines.append(f"{line}. Means in dB against it: {groups}.")
    return lines


def _gains(networks: pd.DataFrame, most: int = 10) -> str:
    """Names of the first networks with their PSNR gain (dB) over bicubic interpolation, and the number of others."""
    named = [f"{escape_rst(row.network)} {row.psnr_gain:+.2f} dB" for row in networks.head(most).itertuples()]
    return ", ".join(named) + (f" and {len(networks) - most} more" if len(networks) > most else "")


def quality_against_paper(quality: pd.DataFrame) -> list[str]:
    """PSNR of networks with the same names as the paper's, by scale and loss, beside the paper's (Table 8).

    The photos differ from the paper's, and so does PSNR. Comparable are the PSNR of a loss relative to L1, and the
    offset of the published networks, which are the same, from the paper's numbers.
    """
    known = quality[quality.network != "mean"].dropna(subset=["psnr_paper"])
    is_custom = known.origin == "custom"
    groups = known[is_custom].groupby(["scale", "loss"], sort=False)
    table = groups[["psnr_mean", "psnr_paper"]].mean().assign(networks=groups.size())
    lines = []
    for scale, loss in table.index:
        row = row_at(table, (scale, loss))
        line = f"* {scale}X, {escape_rst(loss)}: {row.psnr_mean:.2f} dB over {row.networks:.0f}"
        line += f", paper {row.psnr_paper:.2f}"
        if loss != "L1" and (scale, "L1") in table.index:
            below = row - row_at(table, (scale, "L1"))
            line += f"; less L1 {below.psnr_mean:+.2f}, paper {below.psnr_paper:+.2f}"
        lines.append(line + ".")
    published = known[~is_custom]
    if lines and len(published):
        offset = (published.psnr_mean - published.psnr_paper).median()
        lines.append(
            f"* Published networks of both studies ({len(published)}): {offset:+.2f} dB (median) against the paper, "
            "through the photos alone."
        )
    return lines

"""Findings about image quality: against bicubic interpolation, and against the paper's networks."""

from collections.abc import Mapping
from math import isfinite

import pandas as pd

from sr_fingerprints.files.table_rows import named_rows, row_at
from sr_fingerprints.report.findings.wording import escape_rst
from sr_fingerprints.study.losses import kind


def against_bicubic(quality: pd.DataFrame, expected: Mapping[str, float], given: str = "published") -> list[str]:
    """Networks with a lower PSNR than bicubic interpolation, with a warning where they are custom.

    ``expected`` is the least PSNR gain (dB) by kind of loss, ``given`` what networks of the origin published are
    called. Networks of 1X have nothing to be compared with: no interpolation is needed.
    """
    unscaled = quality.psnr_bicubic.isna() & (quality.scale.astype(str) == "1")
    networks = quality[(quality.network != "mean") & ~unscaled].sort_values("psnr_gain", kind="stable")
    lines = []
    for loss, least in expected.items():
        of_loss = networks[(networks.origin == "custom") & (networks.loss.map(kind) == loss)]
        below = of_loss[~(of_loss.psnr_gain >= least)]
        if len(below):
            lines.append(
                f"* **WARNING: {len(below)} of {len(of_loss)} {loss} networks miss the expected PSNR**, at least "
                f"{least:+z.1f} dB against bicubic interpolation: {_gains(below)}. "
                "Classifiers may recognise them by this failure."
            )
    for origin, of_origin in networks.groupby("origin"):
        worse = of_origin[~(of_origin.psnr_gain >= 0)]
        name = given if origin == "published" else str(origin)
        counted = f"{len(worse)} of {len(of_origin)} {name} networks are worse than bicubic interpolation"
        means = quality[(quality.network == "mean") & (quality.origin == origin) & ~unscaled]
        groups = ", ".join(f"{row.scale}X {escape_rst(row.loss)} {row.psnr_gain:+z.2f}" for row in means.itertuples())
        if origin == "custom" and len(worse):
            counted = f"**WARNING: {counted}**"
        line = f"* {counted} (PSNR)" + (f": {_gains(worse)}" if len(worse) else "")
        lines.append(f"{line}. Mean difference in dB: {groups}.")
    alone = quality[(quality.network != "mean") & unscaled]
    if len(alone):
        numbers = ", ".join(
            f"{escape_rst(row.network)} "
            + (f"{row.psnr_mean:.2f} dB" if isfinite(row.psnr_mean) else "as the photos")
            for row in named_rows(alone)
        )
        lines.append(f"* Networks of 1X, for which there is no interpolation to compare with (PSNR): {numbers}.")
    return lines


def _gains(networks: pd.DataFrame, most: int = 10) -> str:
    """The first ``most`` networks with their PSNR gain over bicubic interpolation, and the number of the others."""
    named = [f"{escape_rst(row.network)} {row.psnr_gain:+z.2f} dB" for row in networks.head(most).itertuples()]
    return ", ".join(named) + (f" and {len(networks) - most} more" if len(networks) > most else "")


def quality_against_paper(quality: pd.DataFrame) -> list[str]:
    """PSNR of the networks that the paper has too, by scale and loss, compared with the paper's (Table 8).

    The photos differ, and with them the PSNR. What can be compared is how far a loss is below L1, and how far the
    published networks, which are the same, are from the paper's numbers.
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
            line += f"; relative to L1 {below.psnr_mean:+z.2f}, paper {below.psnr_paper:+z.2f}"
        lines.append(line + ".")
    published = known[~is_custom]
    if lines and len(published):
        offset = (published.psnr_mean - published.psnr_paper).median()
        lines.append(
            f"* Published networks of both studies ({len(published)}): {offset:+z.2f} dB (median) against the paper; "
            "only the photos differ."
        )
    return lines

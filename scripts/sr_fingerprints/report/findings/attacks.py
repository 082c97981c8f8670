"""Findings about attacks: what hides a network, what blames another, and whether it is noticed."""

from collections.abc import Iterator

import pandas as pd

from sr_fingerprints.attacks.columns import UNTOUCHED
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.wording import Row, enough_photos, escape_rst, format_result
from sr_fingerprints.tables.statistics import FEWEST_PHOTOS

IN_WORDS = {
    "residual": "adding its mean residual",
    "grid": "adding its grid pattern",
    "replaced": "replacing the own mean residual by its",
    "denoised": "denoising and adding its mean residual",
    "own": "adding the own mean residual (control)",
    "random": "adding white noise (control)",
}


def attack_findings(table: pd.DataFrame, photos: float) -> list[str]:
    """One line for each recogniser and attack of the table of attacks, over this many test ``photos``."""
    lines = [
        line
        for recogniser, rows in table.groupby("recogniser", sort=False)
        for line in (
            *_laundering(str(recogniser), rows[rows.attack == "laundering"]),
            *_forging(str(recogniser), rows[(rows.attack == "forging") & (rows.networks == "all")]),
            *_gradient(str(recogniser), rows[rows.attack == "gradient"]),
        )
    ]
    if lines and not enough_photos(photos):
        lines.append(f"* Undecided: fewer than {FEWEST_PHOTOS} test photos.")
    return lines


def _laundering(recogniser: str, rows: pd.DataFrame) -> Iterator[str]:
    if not len(rows):
        return
    (overall,), groups = records(rows[rows.networks == "all"]), records(rows[rows.networks != "all"])
    described = "; ".join(
        f"{escape_rst(row['networks'])}: {_cost(row)}" for row in sorted(groups, key=lambda row: -row["psnr"])
    )
    yield (
        f"* Laundering, {escape_rst(recogniser)}: all networks by {_cost(overall)} "
        f"({format_result(overall)} instead of {overall['untouched']:.1f}, chance {overall['chance']:.1f}). "
        f"{described}."
    )


def _cost(row: Row) -> str:
    """A chain with its PSNR, and whether test images are at chance after it."""
    if row["setting"] == UNTOUCHED:
        setting, cost = "nothing: they are not named to begin with", ""
    else:
        setting, cost = escape_rst(row["setting"]), f", {row['psnr']:.1f} dB"
    outcome = {"yes": "", "no": ", still above chance"}.get(str(row["at_chance"]), "")
    return f"{setting}{cost}{outcome}"


def _forging(recogniser: str, rows: pd.DataFrame) -> Iterator[str]:
    if len(rows):
        named = "; ".join(
            f"{IN_WORDS[row['method']]} ({row['psnr']:.1f} dB) {format_result(row, stem='success')}"
            for row in records(rows)
        )
        before, chance = rows.untouched.iloc[0], rows.chance.iloc[0]
        yield (
            f"* Forging, {escape_rst(recogniser)}: images attributed to the target by {named}; "
            f"without any of this {before:.1f}, chance {chance:.1f}."
        )


def _gradient(recogniser: str, rows: pd.DataFrame) -> Iterator[str]:
    for row in records(rows):
        hiding = row["method"] == "hide"
        outcome = format_result(row, stem="accuracy" if hiding else "success")
        what = "attributed to their network" if hiding else "attributed to the target"
        noticed = f"the highest score flags {format_result(row, stem='flagged')}"
        if not pd.isna(row.get("flagged_mahalanobis")):
            noticed += f", the distance of features {format_result(row, stem='flagged_mahalanobis')}"
        yield (
            f"* Gradients of the first classifier, {escape_rst(row['setting'])} ({row['psnr']:.1f} dB), "
            f"{escape_rst(recogniser)}: {outcome} {what}, instead of {row['untouched']:.1f}; {noticed}."
        )

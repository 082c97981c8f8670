"""Findings about PRNU: its accuracy by each match, and what it depends on."""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import records, row_at
from sr_fingerprints.report.findings.wording import difference_verdict, format_difference, format_paper, format_result
from sr_fingerprints.tables.paper import select_paper_rows

MORE_DISTINCTIVE = {
    "seen here": "adversarial is more distinctive",
    "the opposite is seen here": "L1 is more distinctive",
}
ARITHMETIC_IN_WORDS = {"int8_residuals": "Residuals truncated to int8", "int8": "int8 sums, as in the paper's code"}
PRNU_SETTINGS = ["denoiser", "match", "arithmetic", "grid", "shift", "crop", "training_photos"]


def prnu_matches(
    groups: pd.DataFrame, triplets: pd.DataFrame | None, photos: float, paper: pd.DataFrame
) -> list[str]:
    """Accuracy of each match, and which losses have the more distinctive PRNU by it. ``triplets`` may be missing."""
    lines, outcomes = [], set()
    custom = row_at(groups, ("all", "all"))
    adversarial = ("difference", "adversarial - L1")
    for column in prnu_columns(groups.columns):
        denoiser, match = column.split("_")[1:]
        over_all = format_result(custom, stem=column)
        line = f"* {match} ({denoiser}): {over_all} over custom networks, chance {custom.chance:.1f}"
        if triplets is not None:
            everything = select_paper_rows(triplets).iloc[-1]
            line += f"; {format_result(everything, stem=column)} within seed triplets, chance {everything.chance:.1f}"
        if adversarial in groups.index:
            gap = row_at(groups, adversarial)
            more = MORE_DISTINCTIVE.get(difference_verdict(gap, photos, column), "undecided")
            line += f"; adversarial minus L1 {format_difference(gap, column)} points: {more}"
            outcomes.add(more)
        lines.append(line + ".")
    within_triplets = format_paper(row_at(paper, "PRNUDistinctionBetweenSeedAcc"))
    gap_of_paper = format_paper(row_at(paper, "PRNULossAccRange"), "+z.1f")
    lines.append(
        f"* Paper (Euclidean, BM3D): {within_triplets} within seed triplets; adversarial minus L1 "
        f"{gap_of_paper} points (computed by its authors, not printed in it): L1 is more distinctive."
    )
    if outcomes:
        agreed = f"{outcomes.pop()} by every match" if len(outcomes) == 1 else "the matches disagree"
        lines.append(f"* The paper finds L1 networks to have the more distinctive PRNU. Here: {agreed}.")
    return lines


def prnu_columns(columns: Iterable[str]) -> list[str]:
    """The columns of PRNU accuracies among those of a table, such as ``prnu_wavelet_euclidean``."""
    return [name for name in columns if name.startswith("prnu_") and not name.endswith(("_low", "_high"))]


def prnu_dependencies(table: pd.DataFrame, photos: float) -> list[str]:
    """Compare experiments that differ in one setting only: int8 sums, a shift, a snapped grid."""
    lines = [*_int8_sums(table, photos)]
    for setting, usual in (("shift", "0, 0"), ("grid", "free")):
        for row, other in _varied(table, setting, usual):
            moved = f"test crops shifted by ({row['shift']})" if setting == "shift" else "crops snapped to the grid"
            lines.append(
                f"* {moved}, {row['match']} ({row['denoiser']}, grid {row['grid']}): {format_result(row)} instead of "
                f"{format_result(other)}, chance {row['chance']:.1f}; {other['periodic']:.1f} % of the fingerprints' "
                "energy repeats with the upsampling."
            )
    return lines


def _int8_sums(table: pd.DataFrame, photos: float) -> Iterator[str]:
    """Effect of int8 residuals and int8 sums on the order of losses, with all training photos and with fewer."""
    compared = [pair for pair in _varied(table, "arithmetic", "exact") if not pd.isna(pair[0].get("change"))]
    most = max((row["training_photos"] for row, _ in compared), default=0)
    gain = {"seen here": "adversarial losses gain", "the opposite is seen here": "L1 gains"}
    by_number: dict[str, list[str]] = {}
    for row, exact in sorted(compared, key=lambda pair: pair[0]["training_photos"]):
        what, how = ARITHMETIC_IN_WORDS[row["arithmetic"]], f"{row['match']}, {row['denoiser']}"
        by_number.setdefault(f"{what} ({how})", []).append(f"{row['change']:+z.1f} ({row['training_photos']} photos)")
        if row["training_photos"] == most:
            outcome = gain.get(difference_verdict(row, photos, "change"), "undecided")
            yield (
                f"* {what} ({how}, {most} photos; {_share(row['overflowing'])} % of the sums overflow): "
                f"{format_result(row)} over custom networks, with exact sums {format_result(exact)}, "
                f"chance {row['chance']:.1f}; adversarial minus L1 {format_difference(row, 'difference')} points, "
                f"with exact sums {format_difference(exact, 'difference')}; a change of "
                f"{format_difference(row, 'change')}: {outcome}."
            )
    for name, changes in by_number.items():
        if len(changes) > 1:
            yield f"* {name}, change by the number of training photos: {', '.join(changes)}."
    if compared:
        yield (
            "* In the paper L1 is ahead, with int8 sums of 800 photos. Whether overflow is the reason cannot be "
            "decided without the paper's images: its networks and photos are not those of this study."
        )


def _share(percent: float) -> str:
    """A share that may be small; one that is not 0 is not printed as 0."""
    if 0 < percent < 0.01:
        return "less than 0.01"
    return f"{percent:.2f}" if 0 < percent < 0.1 else f"{percent:.1f}"


def _varied(table: pd.DataFrame, setting: str, usual: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each row with an unusual value of a setting, and the row that differs only in having the usual one."""
    rows = records(table)
    by_settings = {tuple(row[key] for key in PRNU_SETTINGS): row for row in rows}
    for row in rows:
        alike = tuple(usual if key == setting else row[key] for key in PRNU_SETTINGS)
        if row[setting] != usual and alike in by_settings:
            yield row, by_settings[alike]

"""Findings about PRNU: accuracy of its matches, and dependence on its settings."""

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import records, row_at
from sr_fingerprints.report.findings.wording import difference_verdict, format_difference, format_ours, format_paper
from sr_fingerprints.tables.paper import select_paper_rows

MORE_DISTINCTIVE = {"seen here": "adversarial", "the opposite is seen here": "L1"}
ARITHMETIC_IN_WORDS = {"int8_residuals": "Residuals cut off to int8", "int8": "int8 sums, as in the paper's code"}
PRNU_SETTINGS = ["denoiser", "match", "arithmetic", "grid", "shift", "crop", "training_photos"]


def prnu_matches(groups: pd.DataFrame, triplets: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """Accuracy of each match, and which losses have the more distinctive PRNU by it."""
    lines, found = [], set()
    custom = row_at(groups, ("all", "all"))
    adversarial = ("difference", "adversarial - L1")
    for column in prnu_columns(groups.columns):
        denoiser, match = column.split("_")[1:]
        line = f"* {match} ({denoiser}): {format_ours(custom, stem=column)} of custom networks"
        line += f", chance {custom.chance:.1f}"
        if len(triplets):
            everything = select_paper_rows(triplets).iloc[-1]
            line += f"; {format_ours(everything, stem=column)} within seed triplets, chance {everything.chance:.1f}"
        if adversarial in groups.index:
            gap = row_at(groups, adversarial)
            more = MORE_DISTINCTIVE.get(difference_verdict(gap, photos, column), "neither")
            line += f"; adversarial less L1 {format_difference(gap, column)} points: {more} is more distinctive"
            found.add(more)
        lines.append(line + ".")
    lines.append(
        f"* paper (Euclidean, BM3D): {format_paper(row_at(paper, 'PRNUDistinctionBetweenSeedAcc'))} "
        "within seed triplets; adversarial less L1 "
        f"{format_paper(row_at(paper, 'PRNULossAccRange'), '+.1f')} points: L1 is more distinctive."
    )
    if found:
        agreed = f"{found.pop()} is more distinctive by every match" if len(found) == 1 else "the matches disagree"
        lines.append(f"* That L1 networks have the more distinctive PRNU, as the paper finds: {agreed} here.")
    return lines


def prnu_columns(columns: Iterable[str]) -> list[str]:
    """Columns of PRNU accuracies among those of a table, such as ``prnu_wavelet_euclidean``."""
    return [name for name in columns if name.startswith("prnu_") and not name.endswith(("_low", "_high"))]


def prnu_dependencies(table: pd.DataFrame, photos: float) -> list[str]:
    """Comparison of experiments that differ in one setting: int8 sums, a shift, a snapped grid."""
    lines = [*_int8_sums(table, photos)]
    for setting, usual in (("shift", "0, 0"), ("grid", "free")):
        for row, other in _pairs_varying(table, setting, usual):
            moved = f"test crops shifted by ({row['shift']})" if setting == "shift" else "crops snapped to the grid"
            lines.append(
                f"* {moved}, {row['match']} ({row['denoiser']}, grid {row['grid']}): {format_ours(row)} instead of "
                f"{format_ours(other)}, chance {row['chance']:.1f}; "
                f"{other['periodic']:.1f} % of the fingerprints' energy repeats with the upsampling."
            )
    return lines


def _int8_sums(table: pd.DataFrame, photos: float) -> Iterator[str]:
    """Effect of int8 residuals and int8 sums on the order of losses, with all photos and with fewer."""
    compared = [pair for pair in _pairs_varying(table, "arithmetic", "exact") if not pd.isna(pair[0].get("change"))]
    most = max((row["training_photos"] for row, _ in compared), default=0)
    gain = {"seen here": "adversarial losses gain", "the opposite is seen here": "L1 gains"}
    by_number: dict[str, list[str]] = {}
    for row, exact in sorted(compared, key=lambda pair: pair[0]["training_photos"]):
        what, how = ARITHMETIC_IN_WORDS[row["arithmetic"]], f"{row['match']}, {row['denoiser']}"
        by_number.setdefault(f"{what} ({how})", []).append(f"{row['change']:+.1f} ({row['training_photos']} photos)")
        if row["training_photos"] == most:
            yield (
                f"* {what} ({how}, {most} photos; int8 does not hold {row['overflowing']:.1f} % of the sums): "
                f"{format_ours(row)} of custom networks, with exact sums {format_ours(exact)}, "
                f"chance {row['chance']:.1f}; "
                f"adversarial less L1 {format_difference(row, 'difference')} points, with exact sums "
                f"{format_difference(exact, 'difference')}; a change of "
                f"{format_difference(row, 'change')}: "
                f"{gain.get(difference_verdict(row, photos, 'change'), 'neither gains')}."
            )
    for name, changes in by_number.items():
        if len(changes) > 1:
            yield f"* {name}, change by the number of training photos: {', '.join(changes)}."
    if compared:
        yield (
            "* The paper has L1 ahead, from int8 sums of 800 photos. Whether that is their overflow cannot be told "
            "without the paper's own images: here the networks and the photos are others."
        )


def _pairs_varying(table: pd.DataFrame, setting: str, usual: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of rows that differ in one setting only: the first has an unusual value, the second the ``usual`` one."""
    rows = records(table)
    usually = {tuple(row[key] for key in PRNU_SETTINGS): row for row in rows}
    for row in rows:
        alike = tuple(usual if key == setting else row[key] for key in PRNU_SETTINGS)
        if row[setting] != usual and alike in usually:
            yield row, usually[alike]

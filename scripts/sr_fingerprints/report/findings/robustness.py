"""Findings about robustness: what is left of attribution after degradations, and what augmentation brings."""

from collections.abc import Iterator

import pandas as pd

from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.wording import enough_photos, escape_rst, format_result, origin_in_words
from sr_fingerprints.tables.robustness import TIERS, WHOLE_TIER
from sr_fingerprints.tables.statistics import FEWEST_PHOTOS


def robustness_findings(table: pd.DataFrame, photos: float, given: str = "published") -> list[str]:
    """What each method reaches on each tier, and after how many degradations it is above chance.

    ``table`` is `tables.robustness.robustness_table`, ``photos`` the number of test photos, ``given`` what
    networks of the origin published are called.
    """
    crops = " and ".join(str(side) for side in sorted(set(table.crop)))
    lines = [
        f"* Centre crops of {crops} pixels, also of pristine images: the largest that fit into all degraded ones."
    ]
    for experiment in dict.fromkeys(table.experiment):
        rows = table[table.experiment == experiment]
        tiers = {row["tier"]: row for row in records(rows[rows.degradation == WHOLE_TIER])}
        reached = [f"tier {tier} {format_result(tiers[tier])}" for tier in TIERS if tier in tiers]
        pristine, *degraded = records(rows[rows.degradation != WHOLE_TIER])
        lines.append(
            f"* {escape_rst(pristine['method'])}, {origin_in_words(pristine['origin'], given)} networks: pristine "
            f"{format_result(pristine)}, {', '.join(reached)}; chance {pristine['chance']:.1f}. "
            f"{_above_chance(degraded, photos)}"
        )
    return lines + list(_augmentation(table, given))


def _above_chance(degraded: list[dict[str, float]], photos: float) -> str:
    """How many degradations leave accuracy above chance, by its interval."""
    if not enough_photos(photos):
        return f"Undecided whether above chance: fewer than {FEWEST_PHOTOS} photos."
    above = [row for row in degraded if row["accuracy_low"] > row["chance"]]
    return f"Above chance after {len(above)} of {len(degraded)} degradations."


def _augmentation(table: pd.DataFrame, given: str) -> Iterator[str]:
    """What degraded crops in training change, by tier, for each classifier that has them."""
    if "gain" not in table:
        return
    for experiment, rows in table[table.gain.notna()].groupby("experiment", sort=False):
        tiers = rows[rows.degradation == WHOLE_TIER]
        shown = pd.concat([rows.assign(words="pristine").iloc[[0]], tiers.assign(words="tier " + tiers.tier)])
        changes = [f"{row['words']} {format_result(row, '+z.1f', 'gain')}" for row in records(shown)]
        yield (
            f"* {escape_rst(experiment)}, with degraded crops in training, minus the classifier without, "
            f"{origin_in_words(rows.origin.iloc[0], given)} networks, in points: {', '.join(changes)}. Where it "
            "goes on from the other, longer training has its part in that."
        )

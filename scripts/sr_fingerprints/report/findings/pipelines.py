"""Findings about pipelines and sources of photos: is the network recognised, or how and on what it was applied?"""

from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import records, row_at
from sr_fingerprints.report.findings.wording import Row, escape_rst, format_result, verdict
from sr_fingerprints.study.photo_groups import MIXED
from sr_fingerprints.tables import pipelines as measured


def pipeline_findings(table: pd.DataFrame, photos: float) -> list[str]:
    """Whether another pipeline costs accuracy, and whether each is told from the first, by the table of pipelines."""
    lines = []
    named = table[(table.measured == measured.NETWORKS) & (table.tested_on == "all")].set_index("trained_on")
    if measured.OTHER in named.index:
        other, same = row_at(named, measured.OTHER), row_at(named, measured.SAME)
        lines.append(
            "* Classifiers that learned images of one pipeline name networks worse by another: "
            f"**{_loss(other, photos)}**, {format_result(other)} by others, {format_result(same)} by the same, "
            f"chance {same.chance:.1f}; {format_result(other, '+z.1f', 'difference')} points."
        )
    for row in records(table[table.measured == measured.PAIRS]):
        lines.append(f"* As a yardstick, two networks are told apart by such a classifier: {format_result(row)}.")
    for row in records(table[table.measured == measured.PIPELINES]):
        lines.append(f"* {_told_apart(row, photos)}")
    skipped = table.note.fillna("").str.contains(": skipped, ", regex=False)
    lines += [
        f"* {escape_rst(row['tested_on'])}: {escape_rst(row['note'].partition(': ')[2])}."
        for row in records(table[(table.measured == measured.IMAGES) & skipped])
    ]
    return lines


def photo_source_findings(table: pd.DataFrame) -> list[str]:
    """Whether training on photos of another source costs accuracy, by the table of photo sources."""
    lines = []
    if table.empty:
        return ["* Nothing to compare: no group of photos has training photos, or none has test photos."]
    others = table[(table.trained_on != MIXED) & (table.trained_on != table.tested_on)]
    for row in records(others):
        where = f"photos of {escape_rst(row['tested_on'])} after training on {escape_rst(row['trained_on'])}"
        lines.append(
            f"* Networks are named worse on {where} than after training on all mixed: "
            f"**{_loss(row, row['test_photos'])}**, {format_result(row)}, chance {row['chance']:.1f}; "
            f"{format_result(row, '+z.1f', 'difference')} points."
        )
    return lines or ["* Undecided: the only group with training photos is the only one with test photos."]


def _loss(row: Row, photos: float) -> str:
    """Verdict on the claim that the difference of a row is below zero."""
    return verdict(-row["difference_high"], -row["difference_low"], photos)


def _told_apart(row: dict[str, Any], photos: float) -> str:
    pair = f"{escape_rst(row['tested_on'])} from {escape_rst(row['trained_on'])}"
    if row["pixels_differ"] == 0:
        return f"{pair}: no pixel differs, so nothing can be told."
    levels = "level" if row["greatest_difference"] == 1 else "levels"
    decided = verdict(row["accuracy_low"], row["accuracy_high"], photos, row["chance"])
    return (
        f"{pair} is told apart: **{decided}**, {format_result(row)}, chance {row['chance']:.0f}; "
        f"{row['pixels_differ']:.2g} % of pixels differ, by up to {row['greatest_difference']:.0f} grey {levels}."
    )

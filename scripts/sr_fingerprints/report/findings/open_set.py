"""Findings about networks that nobody has seen: are they recognised as unknown, and told from each other?"""

from collections.abc import Iterator, Sequence

import pandas as pd

from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.wording import Row, enough_photos, escape_rst, format_result
from sr_fingerprints.tables.open_set import CONTROLS, NEW_PHOTOS

MIXTURE = "Gaussian mixture, BIC"


def unknown_recognised(table: pd.DataFrame, photos: float) -> list[str]:
    """For each kind of unknown networks, the scores that recognise them, out of all.

    ``table`` is that of `tabulate_open_set`. A score recognises them if the area's interval over ``photos`` lies
    above the range of the areas of as many known networks. No score is chosen by its result.
    """
    return [*_by_kind(table, photos), *_at_threshold(table), *_new_photos(table)]


def _by_kind(table: pd.DataFrame, photos: float) -> Iterator[str]:
    unknown = table[~table.unknown.isin(CONTROLS)]
    for (_, what), rows in unknown.groupby(["experiment", "unknown"], sort=False):
        by_score = records(rows)
        areas = ", ".join(f"{row['score']} {_area(row)}" for row in by_score)
        yield (
            f"* {escape_rst(what)} ({by_score[0]['networks_unknown']:.0f}), AUROC: {areas}. "
            f"{_verdict(by_score, photos)}. Accuracy of attribution to known networks: "
            f"{format_result(by_score[0], '.1f')}, chance {by_score[0]['chance']:.1f}."
        )


def _at_threshold(table: pd.DataFrame) -> Iterator[str]:
    """What thresholds reject that were set on other networks and photos."""
    if "tpr_at_threshold" not in table or not len(rows := table.dropna(subset=["tpr_at_threshold"])):
        return
    of_first = rows[(rows.experiment == rows.experiment.iloc[0]) & (rows.unknown == rows.unknown.iloc[0])]
    rejected = ", ".join(
        f"{row['score']} {row['tpr_at_threshold']:.0f} and {row['fpr_at_threshold']:.0f}" for row in records(of_first)
    )
    yield (
        f"* {escape_rst(rows.unknown.iloc[0])}, with thresholds set for 95 % on other unknown networks and photos; "
        f"images rejected of unknown and of known networks, in %: {rejected}."
    )


def _new_photos(table: pd.DataFrame) -> Iterator[str]:
    rows = table[(table.unknown == NEW_PHOTOS) & (table.experiment == table.experiment.iloc[0])]
    if len(rows := rows.dropna(subset=["auroc"])):
        areas = ", ".join(f"{row['score']} {_area(row)}" for row in records(rows))
        yield f"* Another network, or another photo? Known networks, new photos against training photos: {areas}."


def _verdict(rows: Sequence[Row], photos: float) -> str:
    if not enough_photos(photos):
        return f"Undecided: {photos:.0f} {'photo is' if photos == 1 else 'photos are'} too few"
    above = [row["score"] for row in rows if row["auroc_low"] > row["auroc_of_known_high"]]
    below = [row["score"] for row in rows if row["auroc_high"] < row["auroc_of_known_low"]]
    verdict = f"Recognised as unknown by {', '.join(above)}" if above else "Recognised by no score beyond chance"
    return f"{verdict}; taken for known more than known ones are by {', '.join(below)}" if below else verdict


def _area(row: Row) -> str:
    return format_result(row, ".2f", "auroc")


def unknown_grouped(table: pd.DataFrame) -> list[str]:
    """The number of groups found among unknown networks, and whether they are the networks.

    Of means over a network's images of one photo, where there are several photos, else of images.
    """
    found = table[table.method == MIXTURE]
    found = found[found.unit == ("photo" if (found.unit == "photo").any() else "image")]
    lines = [
        f"* {escape_rst(row['unknown'])}: {_groups(row)} of {row['networks']:.0f} networks, adjusted Rand index "
        f"{format_result(row, 'z.2f', 'ari')}, by chance up to {row['ari_of_chance']:z.2f}; with photos "
        f"{row['ari_of_photos']:z.2f}."
        for row in records(found)
    ]
    return [*lines, SETTING] if lines else []


SETTING = (
    "* Exploratory: how many groups are found depends on the least variance of a Gaussian, which was chosen with a "
    "result of the demo in view (docs/open_set.md). As many groups as networks need not be one for each."
)


def _groups(row: Row) -> str:
    """Number of groups, with a word where as many as there are networks were not tried."""
    number = f"{row['clusters']:.0f} {'group' if row['clusters'] == 1 else 'groups'}"
    capped = row["clusters"] == row["clusters_most"] < row["networks"]
    return f"{number}, the most that were tried," if capped else number

"""Findings about answers on single images: how many are given, and how many are right."""

from collections.abc import Iterator, Mapping

import pandas as pd

from sr_fingerprints.attribution.answers import TEST, WITHOUT
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.wording import Row, enough_photos, escape_rst, format_result
from sr_fingerprints.tables.attribution import KINDS, UNKNOWN

PROMISED = {"right": 95.0, "falsely_named": 2.0, "rejected": 80.0}
"""Aims, in %: of what is named is right; of photos and interpolations is named; of unknown networks is rejected."""


def single_image_findings(tables: Mapping[str, pd.DataFrame], photos: float) -> list[str]:
    """What the tables ``attribution``, ``attribution_groups`` and ``attribution_own`` say; no lines without them."""
    if "attribution" not in tables:
        return []
    table = tables["attribution"]
    lines = [*_named(table, photos), *_falsely(table), *_left_out(table)]
    if "attribution_groups" in tables:
        lines.append(_groups(tables["attribution_groups"]))
    return [*lines, *_own(tables.get("attribution_own"))]


def _named(table: pd.DataFrame, photos: float) -> Iterator[str]:
    rows = table[(table.tested == TEST) & (table.images_of == KINDS["network"])]
    for tiles, some in rows.groupby("tiles"):
        told = "; ".join(_condition(row, photos) for row in records(some))
        yield f"* Images of networks, {_tiles(int(str(tiles)))}, named and, of these, right, in %: {told}."


def _condition(row: Row, photos: float) -> str:
    words = f"{escape_rst(row['condition'])} {format_result(row, '.1f', 'named')}"
    if pd.isna(row["right"]):
        return f"{words}, so none"
    held = "" if not enough_photos(photos) else _verdict(row["right_low"], row["right_high"], PROMISED["right"])
    width = f"with {row['members_median']:.0f} networks in the median, {row['members_mean']:.1f} in the mean"
    return f"{words} and {format_result(row, '.1f', 'right')}, chance {row['chance']:.1f}{held}, {width}"


def _verdict(low: float, high: float, promised: float) -> str:
    if low >= promised:
        return f" (at least {promised:.0f})"
    return f" (short of {promised:.0f})" if high < promised else f" ({promised:.0f} is within the interval)"


def _falsely(table: pd.DataFrame) -> Iterator[str]:
    rows = table[(table.tested == TEST) & table.images_of.isin([KINDS["photo"], KINDS["interpolation"]])]
    for images_of, some in rows[rows.tiles == 1].groupby("images_of", sort=False):
        told = ", ".join(
            f"{escape_rst(row['condition'])} {format_result(row, '.1f', 'named')}" for row in records(some)
        )
        aim = PROMISED["falsely_named"]
        yield f"* {str(images_of).capitalize()} called a network's, in % (the aim: at most {aim:.0f}): {told}."


def _left_out(table: pd.DataFrame) -> Iterator[str]:
    rows = table[(table.images_of == UNKNOWN) & (table.tiles == 1)]
    known = table[(table.tested == WITHOUT) & (table.images_of == KINDS["network"]) & (table.tiles == 1)]
    if len(rows):
        of_known = known.set_index("condition").rejected
        told = ", ".join(
            f"{escape_rst(row['condition'])} {format_result(row, '.1f', 'rejected')} (of known networks "
            f"{of_known[row['condition']]:.1f})"
            for row in records(rows)
        )
        aim = PROMISED["rejected"]
        yield f"* Networks left out, called unknown or undecided, in % (the aim: {aim:.0f}): {told}."


def _groups(table: pd.DataFrame) -> str:
    if not len(table):
        return "* No networks are in a group of those mistaken for each other; each is named by itself."
    widest = table.sort_values("networks", ascending=False, kind="stable").head(1)
    words = "one group" if len(table) == 1 else f"{len(table)} groups, some within others"
    names = "; ".join(map(escape_rst, table.group[table.parent.fillna("") == ""]))
    return (
        f"* Where no single network is probable enough, the smallest of {words} is named, of at most "
        f"{widest.networks.iloc[0]} networks. Those in no other: {names}."
    )


def _own(table: pd.DataFrame | None) -> Iterator[str]:
    for name, rows in table.groupby("network", sort=False) if table is not None else ():
        told = ", ".join(
            f"{escape_rst(row['condition'])} {format_result(row, '.1f', 'recall')}" for row in records(rows)
        )
        most = {key: rows[f"{key}_called_it"].max() for key in ("photos", "own_photos")}
        yield (
            f"* Added to the bundle by its images alone, {escape_rst(name)} is recognised, in %: {told}. "
            f"Called by its name under any of these, at most: photos and interpolations {most['photos']:.1f}, "
            "the photos that its "
            f"images are of {most['own_photos']:.1f}."
        )


def _tiles(number: int) -> str:
    return "one tile each" if number == 1 else f"{number} tiles together"

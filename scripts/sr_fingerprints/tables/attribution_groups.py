"""Groups of networks that are mistaken for each other: the evidence, and what they are worth as answers."""

from pathlib import Path

import numpy as np
import pandas as pd

from sr_fingerprints.attribution.answers import GROUPS
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.tables.attribution import of_all_known, read_answers, share
from sr_fingerprints.tables.writing import write_table

PAIRS = ("first", "second", "group", "validation_confusion", "test_confusion", "distance", "overlap")

COLUMNS = {
    "group": ("Group", ""),
    "networks": ("Networks", "d"),
    "confusion": ("Confused, validation", ".2f"),
    "test_confusion": ("test", ".2f"),
    "distance": ("Distance", ".1f"),
    "outside": ("Most like, outside", ""),
    "outside_confusion": ("confused, test", ".2f"),
    "named": (r"Its images called so (\%)", ".1f"),
    "named_interval": (r"95\,\% interval", ".1f"),
    "right": (r"Right (\%)", ".1f"),
    "right_interval": (r"95\,\% interval", ".1f"),
}

WITHOUT_ROWS = ("group", "parent", "networks", "members", "confusion", "test_confusion", "distance")
"""Columns of a table without groups."""


def groups_table(answers: pd.DataFrame, pairs: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """One row for each group, those within another after it.

    ``answers``, ``pairs`` and ``groups`` are those of `attribution.answers`. Columns: group, in words, and parent,
    the smallest group that it lies in, or empty; networks, their number, and members, their names; confusion, at
    which its two parts were joined, the mean of their pairs on validation photos; test_confusion and distance, the
    means of the pairs that are in no smaller group (see `pairs_of`); outside, the network that one of its members is
    most often confused with on validation photos, with outside_validation and outside_confusion (test); images, of
    its members, of test photos under all conditions, and in % with intervals over photos: named, those that this very
    group is named for, and right, of all images of networks that it is named for, those of its members.
    """
    own = of_all_known(answers)
    own = own[own.kind == "network"]
    rows = []
    for (words, parent, confusion), part in groups.groupby(["group", "parent", "confusion"], sort=False):
        members = part.network.tolist()
        inside = pairs[pairs.group == words]
        images, called = own[own.name.isin(members)], own[(own.decision == "group") & (own.answer == words)]
        row = {"group": words, "parent": parent, "networks": len(members), "members": " ".join(members)}
        row |= {"confusion": confusion, "test_confusion": inside.test_confusion.mean()}
        row |= {"distance": inside.distance.mean()} | _outside(pairs, members) | {"images": len(images)}
        row |= share(images, images.answer == words, "named") | share(called, called.right, "right")
        rows.append(row)
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(WITHOUT_ROWS))


def _outside(pairs: pd.DataFrame, members: list[str]) -> dict[str, object]:
    crossing = pairs[pairs["first"].isin(members) != pairs["second"].isin(members)]
    if not len(crossing):
        return {"outside": "", "outside_validation": np.nan, "outside_confusion": np.nan}
    nearest = records(crossing.sort_values("validation_confusion", ascending=False, kind="stable").head(1))[0]
    return {
        "outside": nearest["second"] if nearest["first"] in members else nearest["first"],
        "outside_validation": nearest["validation_confusion"],
        "outside_confusion": nearest["test_confusion"],
    }


def read_pairs(path: str | Path) -> pd.DataFrame:
    """Read the pairs that `attribution.study.answer_test_images` wrote."""
    texts = dict.fromkeys(["first", "second", "group"], str)
    numbers = {column: [""] for column in PAIRS[3:]}
    return read_csv(path, "pairs of networks", PAIRS, dtype=texts, keep_default_na=False, na_values=numbers)


def read_sources(path: str | Path) -> pd.DataFrame:
    """Read the sources that `attribution.study.answer_test_images` wrote."""
    return read_csv(path, "sources of images", ("name", "words", "kind", "group"), dtype=str, keep_default_na=False)


def read_groups(path: str | Path) -> pd.DataFrame:
    """Read the members of groups that `attribution.study.answer_test_images` wrote."""
    texts = dict.fromkeys(["group", "parent", "network"], str)
    return read_csv(path, "groups of networks", GROUPS, dtype={**texts, "confusion": float}, keep_default_na=False)


def answers_with(name: str, groups: pd.DataFrame) -> list[str]:
    """The answers that name a network: its own name, and the words of the groups that it is in."""
    return [name, *groups.group[groups.network == name]]


def tabulate_attribution_groups(
    answers: str | Path, pairs: str | Path, groups: str | Path, csv: str | Path, tex: str | Path
) -> None:
    """Write the table."""
    table = groups_table(read_answers(answers), read_pairs(pairs), read_groups(groups))
    caption = (
        "Groups of networks that are mistaken for each other: confusion within and outside, and how often named."
    )
    whole = table.parent.where(table.parent != "", table.group)
    write_table(table, csv, tex, caption=caption, label="tab:attribution_groups", columns=COLUMNS, groups=list(whole))

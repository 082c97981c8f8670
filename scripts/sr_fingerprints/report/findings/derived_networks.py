"""Findings about networks derived from others: whose images theirs are taken for."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.wording import escape_rst, format_result, verdict

IN_WORDS = {
    "finetune": ("trained further", "{amount:g} iterations on {how}"),
    "checkpoint": ("checkpoints", "{percent:g} % of its training"),
    "prune": ("pruned", "{percent:g} % of the weights"),
    "quantise": ("quantised", "{amount:g} bits, {how}"),
    "half": ("in another precision", "{how}"),
    "average": ("averaged", "with {how}"),
}


def derived_findings(table: pd.DataFrame, photos: float) -> list[str]:
    """Lines on all derived networks together, and on each parent with its own; ``photos`` is the number of tests."""
    lines: list[str] = []
    for _, rows in table.groupby("experiment", sort=False):
        by_name = {row["network"]: row for row in records(rows)}
        if "derived" in by_name:
            lines += _together(by_name["derived"], by_name["known"], photos)
            lines += list(_parents(rows))
    return lines


def _together(derived: Mapping[str, Any], known: Mapping[str, Any], photos: float) -> Iterator[str]:
    named = ", ".join(f"{format_result(derived, stem=stem)} to {who}" for stem, who in (
        ("parent", "the parent"), ("another", "another network of the study"), ("none", "none")
    ))  # fmt: skip
    yield (
        f"* Images of all derived networks are attributed {named}. Of known networks' own images, "
        f"{format_result(known, stem='parent')} are attributed to the network, and with the same threshold "
        f"{format_result(known, stem='none')} to none."
    )
    decided = verdict(derived["another_low"], derived["another_high"], photos, derived["none_high"])
    if decided == "the opposite is seen here" and derived["another_high"] >= derived["none_low"]:
        decided = "undecided here"  # the two intervals overlap
    yield f"* What is not attributed to the parent is attributed to another network, not to none: **{decided}**."


def _parents(rows: pd.DataFrame) -> Iterator[str]:
    for parent, own in rows[rows.parent_network.notna()].groupby("parent_network", sort=False):
        found = records(own)
        (itself,) = (row for row in found if row["network"] == parent)
        kinds: dict[str, list[str]] = {}
        for row in found:
            if row["by"] in IN_WORDS:
                kind, amount = IN_WORDS[row["by"]]
                how = escape_rst(row["how"]) if isinstance(row["how"], str) else ""
                words = amount.format(amount=row["amount"], percent=100 * row["amount"], how=how)
                kinds.setdefault(kind, []).append(f"{format_result(row, stem='parent')} ({words})")
        listed = "; ".join(f"{kind} {', '.join(values)}" for kind, values in kinds.items())
        yield (
            f"* Attributed to {escape_rst(parent)}: {format_result(itself, stem='parent')} of its own images, chance "
            f"{itself['chance']:.1f}; {listed}."
        )

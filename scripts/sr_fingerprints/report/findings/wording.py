"""Wording of findings: verdicts, numbers with intervals, and escaped text."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.tables.statistics import FEWEST_PHOTOS

Row = Mapping[str, Any] | pd.Series
"""Row of a table of results, by column name."""


def enough_photos(photos: float) -> bool:
    """Whether this many test photos are enough for a verdict."""
    return photos >= FEWEST_PHOTOS


def verdict(low: float, high: float, photos: float, reference: float = 0.0) -> str:
    """Verdict, from an interval over ``photos`` photos, on the finding that a quantity is above ``reference``."""
    if not enough_photos(photos):
        return f"undecided: {photos:.0f} {'photo is' if photos == 1 else 'photos are'} too few"
    if low > reference:
        return "seen here"
    return "the opposite is seen here" if high < reference else "undecided here"


def difference_verdict(difference: Row, photos: float, stem: str = "accuracy") -> str:
    """Verdict on a difference between kinds of networks, from the interval over photos and networks."""
    return verdict(difference[f"{stem}_networks_low"], difference[f"{stem}_networks_high"], photos)


def format_difference(difference: Row, stem: str = "accuracy") -> str:
    """Format a difference, its interval over photos, and that over photos and networks."""
    low, high = difference[f"{stem}_networks_low"], difference[f"{stem}_networks_high"]
    too: str = "" if pd.isna(low) else f", over networks too [{low:+.1f}, {high:+.1f}]"
    return format_ours(difference, "+.1f", stem) + too


def format_ours(row: Row, number: str = ".1f", stem: str = "accuracy") -> str:
    """Format one of our means, its standard deviation over seeds if there are several, and its interval."""
    mean, deviation = row.get(f"{stem}_mean", row.get(stem)), row.get(f"{stem}_std")
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    printed = f"{mean:{number}}"
    if not pd.isna(deviation):
        printed += rf" |plusmn| {deviation:.1f}"
    return printed if pd.isna(low) else f"{printed} [{low:{number}}, {high:{number}}]"


def format_paper(row: pd.Series, number: str = ".1f") -> str:
    deviation = "" if pd.isna(row.paper_std) else rf" |plusmn| {row.paper_std:.1f}"
    return f"{row.paper:{number}}{deviation}"


def escape_rst(text: Any) -> str:
    """Escape all characters of ``text`` except letters and digits.

    Findings are reStructuredText, which can include files and HTML. Snakemake's own report first renders them as a
    Jinja template, which can call anything.
    """
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(str(text).split()))


def heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"

"""Wording of findings: verdicts, numbers with their intervals, and escaped text."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.tables.statistics import FEWEST_PHOTOS

Row = Mapping[str, Any] | pd.Series
"""A row of a table of results: values by column name."""


def origin_in_words(origin: str, given: str) -> str:
    """What networks of an origin are called; ``given`` is that of the origin published, such as own."""
    return given if origin == "published" else origin


def enough_photos(photos: float) -> bool:
    """Whether this many test photos are enough to decide a finding."""
    return photos >= FEWEST_PHOTOS


def verdict(low: float, high: float, photos: float, reference: float = 0.0) -> str:
    """Verdict on the claim that a quantity is above ``reference``, from its interval over this many ``photos``."""
    if not enough_photos(photos):
        return f"undecided: {photos:.0f} {'photo is' if photos == 1 else 'photos are'} too few"
    if low > reference:
        return "seen here"
    return "the opposite is seen here" if high < reference else "undecided here"


def difference_verdict(difference: Row, photos: float, stem: str = "accuracy") -> str:
    """Verdict on a difference between kinds of networks, from its interval over photos and networks."""
    return verdict(difference[f"{stem}_networks_low"], difference[f"{stem}_networks_high"], photos)


def format_difference(difference: Row, stem: str = "accuracy") -> str:
    """Format a difference with its interval over photos and that over photos and networks."""
    low, high = difference[f"{stem}_networks_low"], difference[f"{stem}_networks_high"]
    over_both: str = "" if pd.isna(low) else f", over photos and networks [{low:+z.1f}, {high:+z.1f}]"
    return format_result(difference, "+z.1f", stem) + over_both


def format_result(row: Row, number: str = ".1f", stem: str = "accuracy") -> str:
    """Format a mean with its standard deviation over seeds, where there are several, and its interval."""
    mean, deviation = row.get(f"{stem}_mean", row.get(stem)), row.get(f"{stem}_std")
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    printed = f"{mean:{number}}"
    if not pd.isna(deviation):
        printed += rf" |plusmn| {deviation:.1f}"
    return printed if pd.isna(low) else f"{printed} [{low:{number}}, {high:{number}}]"


def format_paper(row: pd.Series, number: str = ".1f") -> str:
    """Format the paper's number with its standard deviation, where it has one."""
    deviation = "" if pd.isna(row.paper_std) else rf" |plusmn| {row.paper_std:.1f}"
    return f"{row.paper:{number}}{deviation}"


def escape_rst(text: Any) -> str:
    """Escape all but letters and digits, so that nothing in ``text`` is markup.

    Findings are reStructuredText, which can include files and HTML. Snakemake's own report renders them as a Jinja
    template first, which can call anything.
    """
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(str(text).split()))


def heading(title: str, line: str) -> str:
    """A heading in reStructuredText, underlined with the character ``line``."""
    return f"{title}\n{line * len(title)}"

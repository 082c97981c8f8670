"""Tables of results for reading: rounded, with standard deviations and intervals beside means.

The CSV files have a column for every number. Columns with the same stem, such as ``accuracy_mean``, ``accuracy_std``,
``accuracy_low`` and ``accuracy_high``, are merged into one: 70.6 ± 0.9 [58.6, 80.3].
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

ACRONYMS = {name.lower(): name for name in ("ECE", "LPIPS", "NLL", "PNG", "PRNU", "PSNR", "SSIM", "t-SNE")} | {
    "tsne": "t-SNE"
}


@dataclass(frozen=True)
class Column:
    """One column of a table for reading."""

    heading: str
    cells: list[str]  # one per row, empty if there is no value
    is_number: bool


def readable_columns(frame: pd.DataFrame) -> list[Column]:
    """Columns of ``frame`` that have any value, merged by stem."""
    filled = frame.dropna(axis=1, how="all")
    groups: dict[str, dict[str, pd.Series]] = {}
    for name, values in filled.items():
        stem, part = _stem_and_part(str(name), filled)
        groups.setdefault(stem, {})[part] = values
    return [_column(stem, parts) for stem, parts in groups.items()]


def with_acronyms(name: str) -> str:
    """Name of a file or column in words: ``psnr_gain`` becomes PSNR gain."""
    return " ".join(ACRONYMS.get(word, word) for word in name.split("_"))


def _stem_and_part(name: str, frame: pd.DataFrame) -> tuple[str, str]:
    """Stem of a column name, and its statistic: ``mean`` (or the value itself), ``std``, ``low`` or ``high``."""
    match = re.fullmatch(r"(.+)_(mean|std|low|high)", name)
    if not match or not _is_number(frame[name]):
        return name, "mean"
    stem, part = match.groups()
    stands_alone = stem in frame and (part == "mean" or not _is_number(frame[stem]))
    return (name, "mean") if stands_alone else (stem, part)


def _is_number(values: pd.Series) -> bool:
    return is_numeric_dtype(values) and not is_bool_dtype(values)


def _column(stem: str, parts: dict[str, pd.Series]) -> Column:
    heading = with_acronyms(stem)
    if not all(map(_is_number, parts.values())):
        return Column(heading, ["" if pd.isna(value) else str(value) for value in parts["mean"]], False)
    digits = _digits(np.stack([values.to_numpy(float) for values in parts.values()]))
    count = len(next(iter(parts.values())))
    rows = ({part: _round(values.iloc[row], digits) for part, values in parts.items()} for row in range(count))
    return Column(heading, [_format_row(row) for row in rows], True)


def _format_row(row: dict[str, str]) -> str:
    """Mean ± standard deviation [low, high], omitting what a row lacks."""
    deviation = f"± {row['std']}" if row.get("std") else ""
    interval = f"[{row['low']}, {row['high']}]" if row.get("low") and row.get("high") else ""
    return " ".join(filter(None, [row.get("mean", ""), deviation, interval]))


def _digits(numbers: np.ndarray) -> int:
    """Number of decimals: none if all are whole, else enough for three digits of the largest number."""
    finite = np.abs(numbers[np.isfinite(numbers)])
    if (finite == finite.round()).all():
        return 0
    return 1 if finite.max() >= 10 else 2 if finite.max() >= 1 else 3


def _round(number: float, digits: int) -> str:
    """Format ``number``, empty if missing; a number that would round to zero keeps one digit."""
    if np.isinf(number):  # the PSNR of images that are the same
        return "\N{INFINITY}" if number > 0 else "-\N{INFINITY}"
    if pd.isna(number):
        return ""
    return f"{number:.1g}" if 0 < abs(number) < 0.5 * 10**-digits else f"{number:z,.{digits}f}"

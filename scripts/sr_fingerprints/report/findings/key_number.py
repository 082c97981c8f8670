"""A number that a finding rests on, with what it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import pandas as pd

from sr_fingerprints.files.table_rows import row_at
from sr_fingerprints.report.findings.wording import Row, verdict

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class KeyNumber:
    """One number of the study, with what it is compared with."""

    claim: str  # what it decides, as a sentence
    about: str  # what is measured, such as "accuracy, 48 networks"
    value: float
    low: float  # of its 95 % interval; NaN without one
    high: float
    against: float  # chance, or no difference, or an aim
    against_is: str  # such as "chance"
    verdict: str  # see `wording.verdict`; empty where nothing is claimed
    table: str  # that it is from
    unit: str = "%"  # or points, or nothing
    digits: int = 1
    std: float = nan  # over classifier seeds; NaN without several
    paper: float = nan  # NaN where the paper has no such number
    paper_std: float = nan
    interval: str = "photos"  # what it is over

    @property
    def is_difference(self) -> bool:
        """Whether it is a difference, with a sign."""
        return self.unit == "points"

    @property
    def undecided(self) -> bool:
        """Whether its interval does not decide the claim."""
        return "undecided" in self.verdict

    def printed(self, number: float) -> str:
        """A number as the finding in words prints it."""
        return f"{number:{'+' if self.is_difference else ''}.{self.digits}f}"


NOT_IN_IT = (nan, nan)
"""What `paper_number` returns of a number that the paper does not have."""


def accuracy_number(
    row: Row,
    claim: str,
    of: str,
    table: str,
    photos: float,
    stem: str = "accuracy",
    paper: tuple[float, float] = NOT_IN_IT,
) -> KeyNumber:
    """An accuracy beside its chance level; ``stem`` is that of its columns, ``paper`` the paper's number."""
    value, low, high = value_and_interval(row, stem, stem)
    decided = verdict(low, high, photos, row["chance"])
    about = f"accuracy, {of}"
    return KeyNumber(
        claim,
        about,
        value,
        low,
        high,
        row["chance"],
        "chance",
        decided,
        table,
        std=deviation(row, stem),
        paper=paper[0],
        paper_std=paper[1],
    )


def share_number(
    row: Row, stem: str, claim: str, about: str, aim: float, aim_is: str, decided: str, table: str = "attribution"
) -> KeyNumber:
    """A share of images, beside an aim or nothing; ``stem`` is that of its columns."""
    return KeyNumber(claim, about, *value_and_interval(row, stem, stem), aim, aim_is, decided, table)


def value_and_interval(row: Row, stem: str, ends: str) -> tuple[float, float, float]:
    """A value and the ends of its interval, in the columns with these stems."""
    value = row.get(f"{stem}_mean", row.get(stem))
    return float(value), float(row[f"{ends}_low"]), float(row[f"{ends}_high"])  # type: ignore[arg-type]


def deviation(row: Row, stem: str) -> float:
    """The standard deviation over classifier seeds; NaN without one."""
    found = row.get(f"{stem}_std")
    return nan if found is None else float(found)


def paper_number(paper: pd.DataFrame | None, name: str) -> tuple[float, float]:
    """The paper's number of this name, and its deviation; NaN where it has none."""
    if paper is None or name not in paper.index:
        return NOT_IN_IT
    row = row_at(paper, name)
    return float(row.paper), float(row.paper_std)

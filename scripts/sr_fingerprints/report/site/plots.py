"""Places of the marks in small plots of numbers with their intervals; the templates draw them as SVG.

Numbers of one unit share an axis, so that they can be compared by eye.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from sr_fingerprints.report.findings.key_number import KeyNumber

WIDTH, MARGIN = 300.0, 14.0  # of the drawing, in its own units; the axis lies between the margins
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_TICKS = 5
SHORTEST = 1e-6  # range of numbers that has an axis of its own length


@dataclass(frozen=True)
class Axis:
    """A linear axis from its first tick to its last."""

    ticks: Sequence[float]
    unit: str

    def place(self, number: float) -> float:
        """Horizontal place of a number in the drawing, with two decimals."""
        first, last = self.ticks[0], self.ticks[-1]
        share = min(max((number - first) / (last - first), 0.0), 1.0)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 2)

    def label(self, tick: float) -> str:
        """Label of a tick."""
        return f"{tick:+g}" if self.unit == "points" and tick else f"{tick:g}"


@dataclass(frozen=True)
class Plot:
    """A number, its interval, and what both are compared with, in places of an axis."""

    axis: Axis
    value: float
    ends: tuple[float, float] | None
    against: float | None
    paper: float | None
    words: str  # the same for those who cannot see it

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places and labels of the axis."""
        return [(self.axis.place(tick), self.axis.label(tick)) for tick in self.axis.ticks]


def axes(numbers: Iterable[KeyNumber]) -> dict[str, Axis]:
    """An axis for each unit: percentages from 0 to 100, others just long enough for all their numbers and 0."""
    found: dict[str, list[float]] = {}
    for number in numbers:
        shown = (number.value, number.low, number.high, number.against, number.paper)
        found.setdefault(number.unit, [0.0]).extend(filter(isfinite, shown))
    return {
        unit: Axis([0.0, 25.0, 50.0, 75.0, 100.0], unit) if unit == "%" else Axis(ticks(min(some), max(some)), unit)
        for unit, some in found.items()
    }


def ticks(least: float, most: float) -> list[float]:
    """At most five round numbers, equally far apart, the first and the last around ``least`` and ``most``."""
    span = most - least if most - least > SHORTEST else 1.0
    size = 10.0 ** floor(log10(span / MOST_TICKS))
    for factor in (*STEPS, *(10 * step for step in STEPS)):
        step = factor * size
        first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
        if last - first < MOST_TICKS:
            break
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]


def plot(number: KeyNumber, axis: Axis) -> Plot:
    """Where the marks of ``number`` are on ``axis``."""
    known = isfinite(number.low) and isfinite(number.high)
    return Plot(
        axis,
        axis.place(number.value),
        (axis.place(number.low), axis.place(number.high)) if known else None,
        axis.place(number.against) if isfinite(number.against) else None,
        axis.place(number.paper) if isfinite(number.paper) else None,
        in_words(number),
    )


def in_words(number: KeyNumber) -> str:
    """A number, its interval and what it is compared with, as a sentence."""
    said = f"{number.printed(number.value)} {number.unit}".strip()
    if isfinite(number.low) and isfinite(number.high):
        said += f", 95 % interval {number.printed(number.low)} to {number.printed(number.high)}"
    if isfinite(number.against):
        said += f"; {number.against_is}" + (f" {number.against:.{number.digits}f}" if number.against else "")
    if isfinite(number.paper):
        said += f"; paper {number.printed(number.paper)}"
    return said

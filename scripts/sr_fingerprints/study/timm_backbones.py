"""What is known of timm's backbones without importing timm, for checks before any job."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

YES, NO = "yes", "no"

BORDER = 2
"""Pixels by which high-passing makes a crop smaller."""

SMALLEST_CROP = 10
"""Side in pixels of the smallest crop that our own backbone accepts."""

UNUSABLE = 0
"""In place of the smallest side of a backbone that gives no feature vector."""

COLUMNS = ("name", "smallest_side", "step", "highpass", "stochastic_depth", "weights")
"""Columns of the table, which perf/backbones.py writes: those of `TimmBackboneRow`."""


@dataclass(frozen=True)
class TimmBackboneRow:
    """A backbone of timm; lengths are in pixels, of the image that it receives."""

    name: str
    smallest_side: int | None  # None: it was not tried, and may accept anything
    step: int  # it accepts all multiples of the step from the smallest side; 0: only that side
    highpass: bool  # whether its first layer can have the channels of the high-pass residual
    stochastic_depth: bool  # whether it has residual branches that can be dropped in training
    weights: Sequence[str]  # timm's tags of trained weights, as in ``name.tag``

    def accepts(self, side: int) -> bool:
        """Whether it accepts an image of this side, as far as is known."""
        if self.smallest_side is None:
            return True
        return side == self.smallest_side or (side > self.smallest_side and self.step > 0 and side % self.step == 0)


def accepted_sides(sides: Sequence[int], backbone: str, highpass: bool, table: str | Path) -> list[int]:
    """Those of ``sides``, in pixels of a crop, that a backbone accepts, as far as is known.

    ``highpass``: its input is the high-passed crop, which is smaller by `BORDER`. Our own backbone accepts all from
    `SMALLEST_CROP`.
    """
    row = timm_backbones(table)[1].get(backbone.partition(".")[0])
    if row is None:
        return [side for side in sides if side >= SMALLEST_CROP]
    return [side for side in sides if row.accepts(side - (BORDER if highpass else 0))]


@cache
def timm_backbones(table: str | Path) -> tuple[str, dict[str, TimmBackboneRow]]:
    """The version of timm that the ``table`` is of, and its rows by name."""
    with Path(table).open(encoding="utf-8", newline="") as stream:
        version = next(stream).removeprefix("# timm ").strip()
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return version, {row["name"]: _row(**row) for row in rows}


def _row(
    name: str, smallest_side: str, step: str, highpass: str, stochastic_depth: str, weights: str
) -> TimmBackboneRow:
    return TimmBackboneRow(
        name,
        int(smallest_side) if smallest_side else None,
        int(step or 0),
        highpass != NO,
        stochastic_depth != NO,
        tuple(weights.split()),
    )

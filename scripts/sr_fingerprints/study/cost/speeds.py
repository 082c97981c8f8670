"""The table of speeds of a CPU, measured by ``perf/training_speed.py``, which writes ``resources/speeds.tsv``."""

import csv
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("kind", "name", "scale", "precision", "training_gigaflops", "forward_gigaflops", "machine")
"""Columns of the table: kind, name and scale as in ``resources/operations.tsv``; 10^9 counted operations a second of
one core in training, in this precision, and forward in float32 (of networks that make images); where it was measured.
"""

SECONDS_PER_OPERATOR = 8e-6
"""To start an operator, on one core: training networks of 4 features took 7 to 9 microseconds per operator."""


@dataclass(frozen=True)
class Speed:
    """Counted operations a second of one core, besides the time to start operators; None: not measured."""

    training: float | None = None
    forward: float | None = None

    def seconds(self, flop: float, operators: float, training: bool) -> float:
        """Seconds of one core; 0 if this was not measured."""
        rate = self.training if training else self.forward
        return flop / rate + operators * SECONDS_PER_OPERATOR if rate else 0.0


class Speeds:
    """The table in the file ``path``, for trainings in a ``precision``, of which ``auto`` is bfloat16 here."""

    def __init__(self, path: str | Path, precision: str):
        with Path(path).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
        self.precision = "float32" if precision in ("float32", "tf32") else "bfloat16"
        self.machines = ", ".join(dict.fromkeys(row["machine"] for row in rows))
        self._rows = {
            (row["kind"], row["name"], row["scale"]): Speed(
                *(
                    float(row[f"{key}_gigaflops"]) * 1e9 if row[f"{key}_gigaflops"] else None
                    for key in ("training", "forward")
                )
            )
            for row in rows
            if row["precision"] == self.precision
        }

    def look_up(self, kind: str, name: str, scale: int | str = "") -> Speed:
        """The row of a network or a part of a loss; without numbers if it was not measured."""
        return self._rows.get((kind, name, str(scale)), Speed())

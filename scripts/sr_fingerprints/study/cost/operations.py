"""The table of operation counts of networks, and the assumed speed of a GPU.

``perf/operations.py`` counts floating-point operations and writes ``resources/operations.tsv``. How fast a GPU
executes them is assumed here (`TERAFLOPS`, `SECONDS_PER_OPERATOR`), not measured; how fast a CPU does is (`speeds`).
"""

import csv
import json
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from sr_fingerprints.study.cost.speeds import Speed, Speeds

TERAFLOPS = 15.0
"""Assumed sustained speed of a GPU of the A100's class, in 10^12 floating-point operations per second.

An A100's peak is 19.5 in full 32 bits (`training.precision: float32`, as in config/paper.yaml), 156 for convolutions
and matrix products in TF32, and 312 in bfloat16. Networks of 64 to 256 features on small patches reach most of the
first at best, and a tenth of the second. So this is the same for all precisions, until it is measured on a GPU.
"""

TERAFLOPS_OF = {"SwinIR": 4.0}
"""The same for attention in small windows, which is limited by memory bandwidth.

SwinIR's authors needed 1.75 days on eight RTX 2080 Ti for 500,000 iterations of 32 patches of 48 pixels at 2X
(github.com/JingyunLiang/SwinIR, issue 3): 2.3 each, 17 % of the peak. That would be 3.3 of an A100's 19.5,
ignoring the convolutions.
"""

SECONDS_PER_OPERATOR = 1e-5
"""Assumed time for torch and CUDA to launch one operator, which dominates for small networks.

On one core of a CPU, training networks of 4 features took 7 to 9 microseconds per operator.
"""

COLUMNS = ("kind", "name", "settings", "scale", "gigaflop_per_megapixel", "operators", "parameters", "features")
"""Columns of the table. Kinds are ``trained`` and ``torch`` (networks, by framework; megapixels of low resolution),
``perceptual``, ``discriminator`` and ``backbone``; all counts are of one forward pass, operators of one image."""


@dataclass(frozen=True)
class OperationCounts:
    """One row of the table: floating-point operations per pixel, operators, parameters, and features."""

    name: str = ""
    flop: float = 0.0
    operators: int = 0
    parameters: int = 0
    features: int = 0
    speed: Speed | None = None  # of one core of a CPU; None: on a GPU

    def seconds(self, pixels: float, passes: int, calls: float = 1) -> float:
        """Seconds for ``passes`` over ``pixels`` in ``calls`` batches: the longer of arithmetic and launches.

        On a CPU, which does one after the other, their sum.
        """
        if self.speed:
            return passes * self.speed.seconds(self.flop * pixels, self.operators * calls, training=passes > 1)
        arithmetic = self.flop * pixels / (1e12 * TERAFLOPS_OF.get(self.name, TERAFLOPS))
        return passes * max(arithmetic, self.operators * calls * SECONDS_PER_OPERATOR)


class Operations:
    """The table in the file ``path``; ``missing`` lists descriptions of entries that were not found."""

    def __init__(self, path: str | Path):
        self.missing: list[str] = []
        self._speeds: Speeds | None = None
        with Path(path).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
        self._rows = {
            (row["kind"], row["name"], row["settings"], row["scale"]): OperationCounts(
                name=row["name"],
                flop=float(row["gigaflop_per_megapixel"]) * 1e3,
                operators=int(row["operators"]),
                parameters=int(row["parameters"]),
                features=int(row["features"] or 0),
            )
            for row in rows
        }

    def look_up(self, kind: str, name: str, settings: Mapping[str, Any], scale: int | str = "") -> OperationCounts:
        """The row with this key; if not found, a row of zeros, and the entry is added to ``missing``."""
        found = self._rows.get((kind, name, canonical(settings), str(scale)))
        if found is None:
            self.add_missing(f"{name} {canonical(settings)}" + (f" at {scale}X" if scale else ""))
        counts = found or OperationCounts()
        if self._speeds is None:
            return counts
        speed = self._speeds.look_up(kind, name, scale if kind == "trained" else "")
        if not (speed.training or speed.forward):
            self.add_missing(name + (f" at {scale}X" if scale else ""))
        return replace(counts, speed=speed)

    def on_cpu(self, speeds: Speeds) -> Self:
        """The same with the speed of one core of a CPU; ``missing`` lists what was not measured there."""
        other = copy(self)
        other.missing, other._speeds = [], speeds
        return other

    @property
    def of_cpu(self) -> bool:
        """Whether seconds are those of one core of a CPU."""
        return self._speeds is not None

    def add_missing(self, thing: str) -> None:
        """Add ``thing`` to ``missing``, once."""
        if thing not in self.missing:
            self.missing.append(thing)


def canonical(settings: Mapping[str, Any]) -> str:
    """Settings as JSON with sorted keys."""
    return json.dumps(dict(settings), sort_keys=True)

"""Try which images every backbone of timm accepts; writes resources/backbones.tsv, for checks before any job.

uv run python perf/backbones.py     an hour, all of them; it may be stopped, and goes on with what was not tried

Nothing is computed: torch propagates only shapes (device "meta").
"""

import csv
import io
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import product
from pathlib import Path

import timm
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from sr_fingerprints.classifiers.backbones import Residual, build_classifier  # noqa: E402
from sr_fingerprints.files.atomic import write_text  # noqa: E402
from sr_fingerprints.runtime.errors import InputError  # noqa: E402
from sr_fingerprints.study.timm_backbones import COLUMNS, NO, UNUSABLE, YES, timm_backbones  # noqa: E402

TABLE = ROOT / "resources/backbones.tsv"

STEPS = (1, 2, 4, 7, 8, 12, 14, 16, 28, 32, 64, 128, 256)
"""Steps between the sides that a backbone accepts, tried in this order."""

FAR = 45
"""Pixels; more than the largest stride of a backbone."""

LEAST = 14
"""Smallest side that can be configured: a crop of 16 pixels, less 2 where it is high-passed."""


def main() -> None:
    """Try all backbones that were not tried with this version of timm, and write the table after each."""
    rows = tried()
    for name in timm.list_models():
        if name not in rows:
            rows[name] = row(name)
            write(rows)
            print(name, flush=True)
    write(rows)


def tried() -> dict[str, list[str | int]]:
    """Rows of the table that is there, of backbones that were tried with this version of timm."""
    version, known = timm_backbones(TABLE)
    if version != timm.__version__:
        return {}
    lines = csv.reader(TABLE.read_text(encoding="utf-8").splitlines()[2:], delimiter="\t")
    return {line[0]: list(line) for line in lines if known[line[0]].smallest_side is not None}


def write(rows: Mapping[str, list[str | int]]) -> None:
    """Write the table; backbones without a row have nothing but their name and weights."""
    stream = io.StringIO()
    stream.write(f"# timm {timm.__version__}\n")
    table = csv.writer(stream, delimiter="\t", lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows.get(name) or [name, "", "", "", "", weights(name)] for name in timm.list_models())
    write_text(TABLE, stream.getvalue())


def weights(name: str) -> str:
    """Tags of a backbone's trained weights."""
    return " ".join(full.partition(".")[2] for full in timm.list_pretrained(f"{name}.*"))


def row(name: str) -> list[str | int]:
    """Row of the table of one backbone; the side is `UNUSABLE` if none gives one feature vector for each image."""
    made_for = timm.get_pretrained_cfg(name).input_size[1]
    for highpass, stochastic_depth in product((YES, NO), (YES, NO)):
        try:
            with torch.device("meta"):
                network = build_classifier(
                    name,
                    classes=2,
                    input="highpass" if highpass == YES else "pixels",
                    stochastic_depth=0.1 if stochastic_depth == YES else 0,
                ).backbone.model.eval()
            smallest, step = sides(network, made_for, Residual.channels if highpass == YES else 3)
        except InputError:
            continue
        return [name, smallest, step, highpass, stochastic_depth, weights(name)]
    return [name, UNUSABLE, 0, NO, NO, weights(name)]


def sides(network: torch.nn.Module, made_for: int, channels: int) -> tuple[int, int]:
    """The smallest side that a backbone accepts, and the step between them; 0 if it accepts ``made_for`` only.

    What it accepts is taken to be all multiples of the step from the smallest one. Tried are three around
    ``made_for`` (one of them `FAR` above it, since striding rounds small differences away) and the first four.
    Raises `InputError` if it does not accept even ``made_for``.
    """

    @cache
    def accepts(side: int) -> bool:
        try:
            with torch.no_grad():
                shape = network(torch.empty(2, channels, side, side, device="meta")).shape
        except (RuntimeError, AssertionError, ValueError, TypeError, IndexError, ZeroDivisionError):
            return False
        return shape == (2, network.head_hidden_size)

    if not accepts(made_for):
        raise InputError(f"found no features at {made_for}")
    for step in STEPS:
        around = [made_for + step, made_for - step, made_for + step * max(3, FAR // step)]
        if made_for % step == 0 and all(side < LEAST or accepts(side) for side in around):
            smallest = step * first(partial(accepts_multiple, accepts, step), -(-LEAST // step), made_for // step)
            if all(accepts(smallest + step * more) for more in (1, 2, 3)):
                return smallest, step
    return made_for, 0


def accepts_multiple(accepts: Callable[[int], bool], step: int, number: int) -> bool:
    return accepts(step * number)


def first(true: Callable[[int], bool], low: int, high: int) -> int:
    """The first number from ``low`` from which on ``true`` is; it is for ``high``."""
    if true(low):
        return low
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle + 1, high)
    return high


if __name__ == "__main__":
    main()

"""Operations of which chains of degradations consist: their parameters, and the sizes of images after them.

A chain is a sequence of operations, each a mapping with one key: ``{"jpeg": 90}``. The value is the operation's first
parameter, or a mapping of several: ``{"jpeg": {"quality": 90, "subsampling": 444}}``. `OPERATIONS` has their names
and defaults, and config.yaml explains them. A number may be a range ``[low, high]``, and a choice ``any``: then it is
drawn uniformly for each image.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Chain = Sequence[Mapping[str, Any]]

OPERATIONS: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 75, "subsampling": 420},
    "webp": {"quality": 80},
    "resize": {"factor": 1.0, "longest_side": None, "kernel": "bicubic"},
    "crop": {"top": 0, "left": 0},
    "rotate": {"degrees": 90},
    "mirror": {"axis": "horizontal"},
    "blur": {"sigma": 1.0},
    "noise": {"sigma": 2.0},
    "sharpen": {"percent": 100, "sigma": 1.0},
    "gamma": {"exponent": 1.0},
    "chroma": {"factor": 2},
    "palette": {"colours": 256},
    "denoise": {"strength": 5.0},
    "median": {"side": 3},
}
"""Parameters of all operations, with their defaults; the first is the one that may stand alone. Lengths are pixels,
noise and the strength of denoising are in grey levels, sigma a standard deviation."""

ANY: dict[str, Sequence[Any]] = {
    "kernel": ("nearest", "box", "bilinear", "bicubic", "lanczos"),
    "subsampling": (444, 422, 420),
    "degrees": (90, 180, 270),
    "axis": ("horizontal", "vertical"),
}
"""What ``any`` stands for, by parameter."""

WHOLE = ("quality", "longest_side", "top", "left", "colours")
"""Parameters of which whole numbers are drawn."""


def parameters(operation: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name of an operation, and all its parameters, with the defaults of those that it does not name."""
    ((name, given),) = operation.items()
    defaults = OPERATIONS[name]
    if not isinstance(given, Mapping):
        given = {next(iter(defaults)): given}
    return name, {**defaults, **given}


def drawn(operation: Mapping[str, Any], random: np.random.Generator) -> tuple[str, dict[str, Any]]:
    """Like `parameters`, with a value drawn for each that is a range or ``any``."""
    name, values = parameters(operation)
    for key, value in values.items():
        if value == "any":
            values[key] = ANY[key][int(random.integers(len(ANY[key])))]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            low, high = value
            values[key] = int(random.integers(low, high + 1)) if key in WHOLE else float(random.uniform(low, high))
    return name, values


def settled(chain: Chain, random: np.random.Generator) -> Chain:
    """The ``chain`` with a value drawn for each parameter that is a range or ``any``, before any noise is."""
    return [dict([drawn(operation, random)]) for operation in chain]


def in_words(chain: Chain) -> str:
    """A chain in words, such as ``resize 0.9, jpeg 90``; parameters at their defaults are left out."""
    words: list[str] = []
    for operation in chain:
        ((name, given),) = operation.items()
        values = given.values() if isinstance(given, Mapping) else [given]
        words.append(" ".join([name, *("-".join(map(str, v)) if isinstance(v, list) else str(v) for v in values)]))
    return ", ".join(words)


def degraded_size(size: tuple[int, int], chain: Chain) -> tuple[int, int]:
    """The least height and width that `degrade` leaves of an image of ``size`` (height, width), in pixels."""
    for operation in chain:
        name, values = parameters(operation)
        least = {key: _extreme(key, value) for key, value in values.items()}
        size = size_after(name, least, *size)
    return size


def _extreme(key: str, value: Any) -> Any:
    """The value of a range with which the least remains of an image."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return max(value) if key in ("top", "left") else min(value)
    return value


def size_after(name: str, values: Mapping[str, Any], height: int, width: int) -> tuple[int, int]:
    """Height and width of an image after one operation."""
    match name:
        case "resize":
            factor = values["factor"]
            if values["longest_side"] is not None:
                factor = min(1.0, values["longest_side"] / max(height, width))
            return max(1, round(height * factor)), max(1, round(width * factor))
        case "crop":
            return height - values["top"], width - values["left"]
        case "rotate" if values["degrees"] in (90, 270):
            return width, height
    return height, width


def for_size(chain: Chain, size: tuple[int, int]) -> Chain:
    """The ``chain`` for a part of an image of ``size`` (height, width): a longest side becomes a factor."""
    found: list[Mapping[str, Any]] = []
    for operation in chain:
        name, values = parameters(operation)
        if name == "resize" and (longest := values["longest_side"]) is not None:
            factors = [min(1.0, side / max(size)) for side in (longest if isinstance(longest, list) else [longest])]
            factor = factors if len(factors) > 1 else factors[0]
            operation = {"resize": {**values, "factor": factor, "longest_side": None}}
        found.append(operation)
        size = degraded_size(size, [operation])
    return found

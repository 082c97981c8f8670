"""Chains of degradations as people speak of them; `operations.in_words` has them as a configuration does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sr_fingerprints.degradations.operations import ANY, OPERATIONS, Chain, parameters

Values = Mapping[str, Any]


def plain_words(chain: Chain) -> str:
    """A chain such as ``reduced to 0.7 to 0.9 of its size (any kernel), then saved as JPEG 60 to 95``.

    Parameters at their defaults are left out, but for the one that an operation is named with.
    """
    return ", then ".join(_operation(*parameters(operation)) for operation in chain)


def _operation(name: str, values: Values) -> str:
    words, own = WORDS[name], next(iter(values))
    told = words(values) if callable(words) else words.format(**{key: number(value) for key, value in values.items()})
    beside = [
        DETAILS[key].format(_choice(key, value))
        for key, value in values.items()
        if key in DETAILS and key != own and value != OPERATIONS[name][key]
    ]
    return f"{told} ({', '.join(beside)})" if beside else told


def number(value: Any) -> str:
    """A number, or a range as ``60 to 95``."""
    return " to ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def _choice(key: str, value: Any) -> str:
    if value == "any":
        return "any"
    return f"4:{value // 10 % 10}:{value % 10}" if key == "subsampling" else number(value)


def _resized(values: Values) -> str:
    if values["longest_side"] is not None:
        return f"reduced to {number(values['longest_side'])} pixels at most"
    factor = values["factor"]
    low, high = factor if isinstance(factor, Sequence) else (factor, factor)
    if high <= 1:
        return f"reduced to {number(factor)} of its size"
    return f"enlarged by {number(factor)}" if low >= 1 else f"resized by {number(factor)}"


def _cropped(values: Values) -> str:
    sides = [f"{number(values[key])} pixels at the {key}" for key in ("top", "left") if values[key]]
    return f"cropped by {' and '.join(sides)}" if sides else "cropped by nothing"


def _turned(values: Values) -> str:
    degrees = values["degrees"]
    return f"turned by {'{}, {} or {}'.format(*ANY['degrees']) if degrees == 'any' else number(degrees)} degrees"


def _mirrored(values: Values) -> str:
    ways = {"horizontal": "horizontally", "vertical": "vertically", "any": "horizontally or vertically"}
    return f"mirrored {ways[values['axis']]}"


WORDS: dict[str, str | Callable[[Values], str]] = {
    "jpeg": "saved as JPEG {quality}",
    "webp": "saved as WebP {quality}",
    "resize": _resized,
    "crop": _cropped,
    "rotate": _turned,
    "mirror": _mirrored,
    "blur": "blurred (standard deviation of {sigma} pixels)",
    "noise": "with noise of {sigma} grey levels",
    "sharpen": "sharpened by {percent} %",
    "gamma": "with a gamma of {exponent}",
    "chroma": "with colour at 1/{factor} of the resolution",
    "palette": "reduced to {colours} colours",
    "denoise": "denoised (strength {strength})",
    "median": "filtered by the median of {side} x {side} pixels",
}
"""What each of `operations.OPERATIONS` does, with its parameters in braces, or a function of these."""

DETAILS = {"kernel": "{} kernel", "subsampling": "{} chroma subsampling", "sigma": "standard deviation of {} pixels"}
"""Words for parameters beside the first of an operation, where they are not at their defaults."""

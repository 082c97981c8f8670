"""Checks of ``classifiers``, and of the settings that an experiment changes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def problems(key: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem of the ``settings`` of the section ``key``, as ``key: what was found; allowed: what is``."""
    least, rate = settings["stop_below_learning_rate"], settings["learning_rate"]
    if least >= rate:
        yield f"{key}.stop_below_learning_rate: found {least}; allowed: less than learning_rate, {rate}"
    backbone = settings["backbone"]
    if own := re.fullmatch(r"highpass\d*", backbone):
        for name, allowed in (("weights", "none"), ("input", "highpass"), ("stochastic_depth", 0)):
            if settings[name] != allowed:
                yield f"{key}.{name}: found {settings[name]!r}; allowed with backbone {backbone}: {allowed}"
    if not own and settings["weights"] == "imagenet" and settings["input"] != "pixels":
        yield f"{key}.input: found {settings['input']!r}; allowed with weights imagenet, which know pixels: pixels"

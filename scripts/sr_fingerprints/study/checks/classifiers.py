"""Checks of ``classifiers``, and of an experiment's changes to these settings."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def problems(key: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem of the ``settings`` of section ``key``, as ``key: found ...; allowed: ...``."""
    least, rate = settings["stop_below_learning_rate"], settings["learning_rate"]
    if least >= rate:
        yield f"{key}.stop_below_learning_rate: found {least}; allowed: less than learning_rate, {rate}"
    backbone = settings["backbone"]
    if own := re.fullmatch(r"highpass\d*", backbone):
        for name, allowed in (("weights", "none"), ("input", "highpass"), ("stochastic_depth", 0)):
            if settings[name] != allowed:
                yield f"{key}.{name}: found {settings[name]!r}; allowed with backbone {backbone}: {allowed}"
    if not own and settings["weights"] == "imagenet" and settings["input"] != "pixels":
        yield f"{key}.input: found {settings['input']!r}; allowed with weights imagenet, trained on pixels: pixels"

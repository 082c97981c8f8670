"""Checks of ``classifiers``, and of an experiment's changes to these settings."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.timm_backbones import BORDER, UNUSABLE, TimmBackboneRow

OWN_BACKBONE = r"(highpass|statistics)(\d*)"

WIDEST = 4096


def problems(key: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem of the ``settings`` of section ``key``, as ``key: found ...; allowed: ...``."""
    least, rate = settings["stop_below_learning_rate"], settings["learning_rate"]
    if least >= rate:
        yield f"{key}.stop_below_learning_rate: found {least}; allowed: less than learning_rate, {rate}"
    backbone = settings["backbone"]
    if own := re.fullmatch(OWN_BACKBONE, backbone):
        if own[2] and not 1 <= int(own[2]) <= WIDEST:
            yield f"{key}.backbone: found {backbone!r}; allowed: {own[1]} and a width from 1 to {WIDEST}"
        for name, allowed in (("weights", "none"), ("input", "highpass"), ("stochastic_depth", 0)):
            if settings[name] != allowed:
                yield f"{key}.{name}: found {settings[name]!r}; allowed with backbone {backbone}: {allowed}"
    kept, counts = settings["kept_crops"], own is not None and own[1] == "statistics"
    if kept is None and counts:
        yield f"{key}.kept_crops: found null; allowed with backbone {backbone}: a number of crops, such as 100000"
    if kept is not None and not counts:
        yield f"{key}.kept_crops: found {kept}; allowed with backbone {backbone}: null"
    if counts and settings["precision"] not in ("auto", "float32"):
        allowed = f"auto or float32, which statistics are measured in with backbone {backbone}"
        yield f"{key}.precision: found {settings['precision']!r}; allowed: {allowed}"
    if kept is not None and kept < settings["batch_size"]:
        yield f"{key}.kept_crops: found {kept}; allowed: a batch or more, {settings['batch_size']}"
    if not own and settings["weights"] == "imagenet" and settings["input"] != "pixels":
        yield f"{key}.input: found {settings['input']!r}; allowed with weights imagenet, trained on pixels: pixels"


def backbone_problems(
    key: str, settings: Mapping[str, Any], timm: str, rows: Mapping[str, TimmBackboneRow]
) -> Iterator[str]:
    """Yield, like `problems`, each problem of a backbone of timm, given the ``rows`` of that version of ``timm``."""
    backbone = settings["backbone"]
    if re.fullmatch(OWN_BACKBONE, backbone):
        return
    name, _, tag = backbone.partition(".")
    if name not in rows:
        if not _in_other_version(name, timm):
            close = get_close_matches(name, [*rows, "highpass32"], n=3) or ["highpass32", "resnet18"]
            names = f"a name from timm.list_models() of timm {timm}, such as {listed(close)}"
            allowed = f"highpass or statistics and a width, or {names}"
            yield f"{key}.backbone: found {backbone!r}; allowed: {allowed}"
        return
    row = rows[name]
    if row.smallest_side == UNUSABLE:
        yield f"{key}.backbone: found {backbone!r}; allowed: one that gives a feature vector, such as resnet18"
        return
    if tag and tag not in row.weights:
        allowed = listed([name, *(f"{name}.{other}" for other in row.weights)])
        yield f"{key}.backbone: found {backbone!r}; allowed: {allowed}"
    if settings["weights"] == "imagenet" and not row.weights:
        yield f"{key}.weights: found 'imagenet'; allowed with backbone {backbone}, of which timm has no weights: none"
    if settings["input"] == "highpass" and not row.highpass:
        yield f"{key}.input: found 'highpass'; allowed with backbone {backbone}: pixels"
    if settings["stochastic_depth"] and not row.stochastic_depth:
        yield f"{key}.stochastic_depth: found {settings['stochastic_depth']}; allowed with backbone {backbone}: 0"
    border = BORDER if settings["input"] == "highpass" else 0
    for crop in ("crop", "evaluation_crop"):
        if not row.accepts(settings[crop] - border):
            yield f"{key}.{crop}: found {settings[crop]}; allowed with backbone {backbone}: {_sides(row, border)}"


def _sides(row: TimmBackboneRow, border: int) -> str:
    """The crops that a backbone accepts, in words."""
    least = (row.smallest_side or 0) + border
    lost = f", of which high-passing leaves {row.smallest_side}" if border else ""
    if not row.step:
        return f"{least}{lost}"
    if row.step == 1:
        return f"{least} or more"
    plus = f" plus {border}, which high-passing takes" if border else ""
    return f"multiples of {row.step}{plus}, from {least}"


def _in_other_version(name: str, listed_version: str) -> bool:
    """Whether the installed timm is another version than the listed one, and has this backbone."""
    try:
        if version("timm") == listed_version:
            return False
    except PackageNotFoundError:
        return False
    import timm  # only now, since it imports torch

    return bool(timm.is_model(name))

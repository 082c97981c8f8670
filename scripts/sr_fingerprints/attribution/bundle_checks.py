"""Checks of a bundle's file, before anything in it is used."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_fingerprints.attribution.model import SCORED_BY

if TYPE_CHECKING:
    import torch

MAX_BYTES = 64 << 20
"""Of a file: fifty times the usual, so that a foreign one is refused before it is read."""

SCHEMA = Path(__file__).parents[3] / "schemas" / "bundle.schema.json"
LABELS = ("name", "photo", "condition", "tier", "split")
MAX_PERIOD = 120  # pixels, of residual fingerprints: half of the squares that they are folded from


def stored(weights: "torch.Tensor") -> "torch.Tensor":
    """A tensor of a classifier as its file has it: matrices, which take most of the space, with 16 bits."""
    return weights.half() if weights.dim() == 2 else weights


def check_file(path: Path) -> None:
    """Raises ValueError for a file that is larger than any bundle."""
    if (size := path.stat().st_size) > MAX_BYTES:
        raise ValueError(f"found {size:,} bytes; allowed: up to {MAX_BYTES:,}")


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def check_description(description: Any) -> None:
    """Raises ValueError for a description that is not of schemas/bundle.schema.json, or contradicts itself."""
    from sr_fingerprints.study.schema_errors import first_error

    if isinstance(description, Mapping) and isinstance(description.get("version"), int):
        version, allowed = description["version"], _validator().schema["properties"]["version"]["const"]
        if version > allowed:
            raise ValueError(f"found version {version}; allowed: {allowed}: a newer sr-fingerprints wrote it, update")
    for path, number in _numbers(description, ""):
        if not math.isfinite(number):
            raise ValueError(f"{path}: found {number}; allowed: finite numbers")
    if wrong := first_error(_validator(), description):
        raise ValueError(wrong)
    for problem in _contradictions(description):
        raise ValueError(problem)


def _numbers(value: Any, path: str) -> Iterable[tuple[str, float]]:
    """All floats in nested lists and mappings, with their paths."""
    if isinstance(value, float):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _numbers(part, f"{path}.{key}".lstrip("."))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, part in enumerate(value):
            yield from _numbers(part, f"{path}.{place}".lstrip("."))


def _contradictions(description: Mapping[str, Any]) -> Iterable[str]:
    names = [source["name"] for source in description["sources"]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"sources: found {twice[0]} twice; allowed: each once"
    networks = [place for place, source in enumerate(description["sources"]) if source["kind"] == "network"]
    yield from _wrong_groups(description["groups"], set(networks))
    starts = [size["crops_from"] for size in description["sizes"]]
    if starts[0] != 1 or starts != sorted(set(starts)):
        yield f"sizes: found crops_from {starts}; allowed: ascending from 1"
    for size in description["sizes"]:
        if len(size["open_set_thresholds"]) != len(description["means_of"]):
            yield (
                f"sizes: found {len(size['open_set_thresholds'])} open_set_thresholds; allowed: "
                f"{len(description['means_of'])}, one for each condition of means_of"
            )
    scored = set(SCORED_BY if description["scores"] == "both" else [description["scores"]])
    for size in description["sizes"]:
        if not size["temperatures"].keys() <= scored:
            found = sorted(size["temperatures"])
            yield f"sizes: found temperatures of {found}; allowed: of {', '.join(sorted(scored))}"
    if len(description["thresholds"]) != len(description["means_of"]):
        yield (
            f"thresholds: found {len(description['thresholds'])}; allowed: {len(description['means_of'])}, one for "
            "each condition of means_of"
        )
    ratio = description["likelihood_ratio"]
    if not ratio["lowest"] <= 0 <= ratio["highest"]:
        yield f"likelihood_ratio: found {ratio['lowest']} to {ratio['highest']}; allowed: 0 between them"
    for key, values in description["held_out"].items():
        if values != sorted(set(values)):
            yield f"held_out.{key}: found {values[:5]}...; allowed: each once, sorted"
    if missing := sorted(
        {*description["held_out"]["condition"], *description["means_of"]} - set(description["conditions"])
    ):
        yield f"conditions: {missing[0]} is missing; allowed: all that images are in"


def _wrong_groups(groups: Sequence[Mapping[str, Any]], networks: set[int]) -> Iterable[str]:
    sets = [set(group["members"]) for group in groups]
    for group, members in zip(groups, sets, strict=True):
        if not members <= networks or group["members"] != sorted(members):
            yield f"groups: found members {group['members']}; allowed: networks {sorted(networks)}, ascending"
    for place, members in enumerate(sets):
        for other in sets[:place]:
            if members == other or (members & other and not members < other and not other < members):
                yield (
                    f"groups: found {sorted(other)} and {sorted(members)}; allowed: any two without a common member, "
                    "or the one within the other"
                )
    words = [group["words"] for group in groups]
    if twice := sorted({each for each in words if words.count(each) > 1}):
        yield f"groups: found {twice[0]!r} twice; allowed: words of their own"


def check_tensors(tensors: "Mapping[str, torch.Tensor]", description: Mapping[str, Any]) -> None:
    """Raises ValueError for tensors that are missing, too many, of another shape or type, not finite or out of range.

    Only then does anything of their size get built.
    """
    expected = dict(_expected(tensors, description))
    if missing := sorted(set(expected) - set(tensors)):
        raise ValueError(f"tensor {missing[0]} is missing; allowed: all of {', '.join(sorted(expected))}")
    if unknown := sorted(set(tensors) - set(expected)):
        raise ValueError(f"tensor {unknown[0]} is unknown; allowed: {', '.join(sorted(expected))}")
    for name, (kind, shape) in expected.items():
        tensor = tensors[name]
        found = (str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))
        if found != (kind, shape):
            raise ValueError(f"tensor {name}: found {found[0]} {found[1]}; allowed: {kind} {shape}")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"tensor {name}: found NaN or infinity; allowed: finite numbers")
    for name, least, below in _ranges(description, "prnu.best" in tensors):
        tensor = tensors[name]
        if len(tensor) and not least <= tensor.min() <= tensor.max() < below:
            raise ValueError(
                f"tensor {name}: found {tensor.min()} to {tensor.max()}; allowed: from {least} to below {below}"
            )
    if "prnu.best" in tensors and (tensors["prnu.best"].diff() < 0).any():
        raise ValueError("tensor prnu.best: found correlations that fall; allowed: ascending")
    if negative := [name for name in tensors if name.endswith("running_var") and (tensors[name] < 0).any()]:
        raise ValueError(f"tensor {negative[0]}: found negative variances; allowed: from 0")


def _expected(
    tensors: "Mapping[str, torch.Tensor]", description: Mapping[str, Any]
) -> Iterable[tuple[str, tuple[str, tuple[int, ...]]]]:
    """Type and shape of every tensor, by name; numbers that the description does not have are those of one tensor."""
    import torch

    from sr_fingerprints.classifiers.backbones import OWN_BACKBONE, build_classifier

    if not re.fullmatch(OWN_BACKBONE, description["backbone"]):
        raise ValueError(
            f"backbone: found {description['backbone']!r}; allowed: one of the project's own, as highpass48"
        )
    classes = len(description["sources"])
    with torch.device("meta"):
        classifier = build_classifier(description["backbone"], _length(tensors, "classifier.head.bias"))
    for name, whole in classifier.state_dict().items():
        tensor = stored(whole)
        yield f"classifier.{name}", (str(tensor.dtype).removeprefix("torch."), tuple(tensor.shape))
    dimensions = classifier.backbone.num_features
    images = _length(tensors, "held_out.crops")
    yield "means", ("float32", (classes, len(description["means_of"]), dimensions))
    yield "whitening", ("float32", (dimensions, dimensions))
    if description["scores"] != "means" or "head_bias" in tensors:  # a bundle that a source joined has none
        yield "head_weights", ("float32", (classes, dimensions))
        yield "head_bias", ("float32", (classes,))
    yield "conformal_least", ("float64", (classes,))
    if any(name.startswith("prnu.") for name in tensors):
        period = _length(tensors, "prnu.fingerprints", 1)
        if not 2 <= period <= MAX_PERIOD:
            raise ValueError(
                f"tensor prnu.fingerprints: found a period of {period}; allowed: 2 to {MAX_PERIOD} pixels"
            )
        judged = _length(tensors, "prnu.best")
        if not judged:
            raise ValueError("tensor prnu.best: found no held-out images; allowed: one or more")
        yield "prnu.fingerprints", ("float16", (classes, period, period, 3))
        yield "prnu.best", ("float32", (judged,))
        yield "prnu.right", ("bool", (judged,))
    yield "held_out.features", ("int8", (images, dimensions))
    yield "held_out.steps", ("float32", (dimensions,))
    yield "held_out.crops", ("int64", (images,))
    for key in LABELS:
        yield f"held_out.{key}", ("int32", (images,))


def _ranges(description: Mapping[str, Any], with_prnu: bool) -> Iterable[tuple[str, int, int]]:
    yield "held_out.crops", 1, 1 << 31
    yield "conformal_least", 0, 2
    if with_prnu:
        yield "prnu.best", -1, 2
    for key in LABELS:
        yield f"held_out.{key}", 0, len(description["held_out"][key])


def _length(tensors: "Mapping[str, torch.Tensor]", name: str, axis: int = 0) -> int:
    return tensors[name].shape[axis] if name in tensors and tensors[name].dim() > axis else 0

"""Checks of ``degradations``: names, ranges, and what remains of images."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.degradations.operations import degraded_size, parameters
from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.augmentation import chosen, evaluated
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.tabulated import attribution, augmented_beside
from sr_fingerprints.study.timm_backbones import BORDER, TimmBackboneRow

SMALLEST_SIDE = 16
"""Pixels that must remain of an image's side: the least crop that the schema allows."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    rows, names = config["degradations"], set[str]()
    tile, longest = config["photos"]["tile"], config["photos"]["longest_side"]
    for index, row in enumerate(rows):
        key = f"degradations.{index}"
        if row["name"] in names:
            yield f"{key}.name: found {row['name']!r} twice; allowed: a name of its own"
        names.add(row["name"])
        if row["tier"] == "clean" and (changing := _changing(row["chain"])):
            yield f"{key}.tier: found clean with {changing}; allowed: web or hard, since pixels' values change"
        for number, operation in enumerate(row["chain"]):
            yield from operation_problems(f"{key}.chain.{number}", operation)
        if side := tile or longest:
            left = min(degraded_size((side, side), row["chain"]))
            if left < SMALLEST_SIDE:
                photos = f"tiles of {side}" if tile else f"photos of {side}"
                found = f"{key}.chain: found {row['chain']}, which leaves {left} pixels of {photos}"
                yield f"{found}; allowed: chains that leave {SMALLEST_SIDE} or more"
    if rows and not any(row["chain"] == [] and row["tier"] == "clean" for row in rows):
        found = f"found {len(rows)} rows, none of which leaves images as they are"
        yield f"degradations: {found}; allowed: with a row of tier clean and chain [], which others are compared with"
    for key, settings in _classifiers(config):
        if settings["augmentation"] is not None:
            yield from _augmentation_problems(f"{key}.augmentation", settings, config)


def backbone_problems(config: Mapping[str, Any], backbones: Mapping[str, TimmBackboneRow]) -> Iterator[str]:
    """Yield, like `problems`, each backbone of a classifier that no crop of the degraded tiles suits.

    ``backbones`` are the rows of timm's, by name. Sizes of photos that are not cut into tiles are not known here.
    """
    experiments, tile = experiment_table(config["experiments"]), config["photos"]["tile"]
    rows = evaluated(config["degradations"])
    if not rows or not tile:
        return
    left, worst = min((min(degraded_size((tile, tile), row["chain"])), row["name"]) for row in rows)
    for origin in ("custom", "published"):
        names = attribution(experiments, origin, origin)
        for name in [*names, *augmented_beside(experiments, origin, names)]:
            settings = {**config["classifiers"], **experiments[name].classifier}
            backbone = backbones.get(settings["backbone"].partition(".")[0])
            border = BORDER if settings["input"] == "highpass" else 0
            sides = range(SMALLEST_SIDE, min(left, settings["evaluation_crop"]) + 1)
            if backbone and not any(backbone.accepts(side - border) for side in sides):
                found = f"found {worst}, which leaves {left} pixels of tiles of {tile}"
                allowed = f"chains that leave crops that the backbone of {name}, {settings['backbone']}, accepts"
                yield f"degradations: {found}; allowed: {allowed}, or no degradations"


def _classifiers(config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The settings of classifiers, by the key that they are given under."""
    yield "classifiers", config["classifiers"]
    for index, row in enumerate(experiment_table(config["experiments"]).values()):
        if row.classifier:
            yield f"experiments.{index}.classifier", {**config["classifiers"], **row.classifier}


def _augmentation_problems(key: str, settings: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[str]:
    augmentation, rows = settings["augmentation"], config["degradations"]
    for kind in ("name", "tier"):
        known = list(dict.fromkeys(row[kind] for row in rows))
        for index, value in enumerate(augmentation.get(f"{kind}s", ())):
            if value not in known:
                allowed = f"with rows of degradations, whose {kind}s are {listed(known) or 'none'}"
                yield f"{key}.{kind}s.{index}: found {value!r}, which no row has; allowed: {allowed}"
    found = chosen(augmentation, rows)
    if not found:
        yield f"{key}: found {augmentation}, which names no degradation; allowed: with tiers or names of them"
    side = config["photos"]["tile"] or config["photos"]["longest_side"]
    sides = {f"{side}": side} if side else {}
    if side and any("real" in row.train_on for row in experiment_table(config["experiments"]).values()):
        for row in config["networks"]["processed"]:
            left = min(degraded_size((side, side), row["chain"]))
            sides[f"{left}, a photo of {side} as {row['name']}"] = left
    for row in found:
        for words, least in sides.items():
            left = min(degraded_size((least, least), row["chain"]))
            if left < settings["crop"]:
                allowed = f"degradations that leave {settings['crop']} or more, the crop in training"
                yield f"{key}: found {row['name']}, which leaves {left} pixels of {words}; allowed: {allowed}"


LOSSLESS = ("crop", "rotate", "mirror")
"""Operations that move pixels and change none."""


def _changing(chain: list[Mapping[str, Any]]) -> str:
    return ", ".join(name for operation in chain for name in operation if name not in LOSSLESS)


def operation_problems(key: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of one operation, which has this ``key``, like `problems`."""
    ((name, given),) = operation.items()
    for parameter, value in parameters(operation)[1].items():
        if isinstance(value, list) and value[0] > value[1]:
            place = f"{key}.{name}.{parameter}" if isinstance(given, Mapping) else f"{key}.{name}"
            yield f"{place}: found {value}; allowed: a range from a lower to a higher number"
    if name == "resize" and isinstance(given, Mapping) and {"factor", "longest_side"} <= given.keys():
        yield f"{key}.resize: found factor and longest_side; allowed: one of them"

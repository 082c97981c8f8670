"""Checks of ``pipelines`` and ``photo_sources``."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.study.checks import classifiers

SECTIONS = ("pipelines", "photo_sources")


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    names: list[str] = []
    for index, path in enumerate(config["pipelines"]["paths"]):
        key, name = f"pipelines.paths.{index}", path["name"]
        if name.casefold() in names:
            yield f"{key}.name: found {name!r} twice; allowed: names that differ in more than upper and lower case"
        names.append(name.casefold())
        if "overlap" in path and "tile" not in path:
            yield f"{key}.overlap: found {path['overlap']} without tile; allowed: with tile"
        if "tile" in path and 2 * path.get("overlap", 32) >= path["tile"]:
            allowed = f"more than twice the overlap, {path.get('overlap', 32)}"
            yield f"{key}.tile: found {path['tile']}; allowed: {allowed}"
        if "framework" in path and (other := {"precision", "tile", "batch_size", "device"} & path.keys()):
            yield f"{key}.{min(other)}: found {path[min(other)]!r} with framework ncnn; allowed: none, which it lacks"
    if len(names) == 1:
        yield f"pipelines.paths: found {names}; allowed: [], or two or more"
    for section in SECTIONS:
        changed = config["classifiers"] | config[section]["classifier"]
        yield from classifiers.problems(f"{section}.classifier", changed)
    grouped: dict[str, str] = {}
    for index, group in enumerate(config["photo_sources"]["groups"]):
        key = f"photo_sources.groups.{index}"
        if group["name"] in grouped.values():
            yield f"{key}.name: found {group['name']!r} twice; allowed: a name of its own"
        for photo in group["photos"]:
            if photo in grouped:
                found = f"found {photo!r}, which is in {grouped[photo]} too"
                yield f"{key}.photos: {found}; allowed: each photo in one group"
        grouped |= dict.fromkeys(group["photos"], group["name"])


def problems_with_networks(config: Mapping[str, Any], networks: pd.DataFrame) -> Iterator[str]:
    """Yield, like `problems`, each problem that depends on ``networks``, the table of networks."""
    known = networks.network[networks.origin.isin(["custom", "published"])].tolist()
    for section in SECTIONS:
        named = config[section]["networks"]
        for index, name in enumerate([] if isinstance(named, int) else named):
            if name not in known:
                yield f"{section}.networks.{index}: found {name!r}; allowed: networks of this study"

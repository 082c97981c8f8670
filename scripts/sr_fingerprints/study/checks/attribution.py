"""Checks of ``attribution``: its experiments, conditions and tiles, and the bundle that networks are added to."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.augmentation import evaluated
from sr_fingerprints.study.checks.classifiers import OWN_BACKBONE
from sr_fingerprints.study.experiments import Experiment, experiment_table

ORIGINS = {"custom", "published", "real", "interpolated"}
"""Origins of networks that can be a source in a bundle."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    settings, rows = config["attribution"], experiment_table(config["experiments"])
    if not rows and not settings["extends"]:
        yield "experiments: found []; allowed: one row or more, or with attribution.extends none"
    for key in ("experiment", "without"):
        if settings["extends"] and settings[key]:
            allowed = "null, since nothing is trained for attribution.extends"
            yield f"attribution.{key}: found {settings[key]!r} and a bundle; allowed: {allowed}"
    if not settings["experiment"] and not settings["extends"]:
        if settings["without"]:
            yield f"attribution.without: found {settings['without']!r} without experiment; allowed: with experiment"
        return
    if settings["experiment"]:
        yield from _experiment_problems(config, rows)
        yield from _condition_problems(config)
    if 1 not in settings["tiles"]:
        yield f"attribution.tiles: found {settings['tiles']}; allowed: with 1 among them"
    if empty := [split for split, share in config["photos"]["split"].items() if share == 0]:
        yield f"photos.split.{empty[0]}: found 0 with attribution; allowed: above 0, which its model is fitted on"
    if settings["extends"] and not Path(settings["extends"]).is_file():
        yield f"attribution.extends: found {settings['extends']!r}, no such file; allowed: a bundle (.safetensors)"


def _experiment_problems(config: Mapping[str, Any], rows: Mapping[str, Experiment]) -> Iterator[str]:
    settings = config["attribution"]
    able = [name for name, row in rows.items() if not row.withhold and not any(_why_not(row, config))]
    withholding = [name for name, row in rows.items() if row.withhold and not any(_why_not(row, config))]
    chosen = [("experiment", able)] + ([("without", withholding)] if settings["without"] else [])
    for key, allowed in chosen:
        name = settings[key]
        if name not in rows:
            fitting = listed(allowed) or "none fits"
            yield f"attribution.{key}: found {name!r}; allowed: a row of experiments: {fitting}"
            return
        for problem in _why_not(rows[name], config):
            yield f"attribution.{key}: found {name!r}, {problem}"
        if name not in allowed:
            wanted = "that withholds networks" if key == "without" else "that withholds nothing"
            fitting = listed(allowed) or "none fits"
            yield f"attribution.{key}: found {name!r}; allowed: a row {wanted}: {fitting}"
        if settings["seed"] not in rows[name].seeds:
            yield f"attribution.seed: found {settings['seed']}; allowed: seeds of {name}, {list(rows[name].seeds)}"
    if settings["without"]:
        one, other = rows[settings["experiment"]], rows[settings["without"]]
        if set(one.train_on) != set(other.train_on) or one.only != other.only:
            found = f"{other.name!r}, trained on {list(other.train_on)} with only {dict(other.only)}"
            same = f"the train_on and only of {one.name}: {list(one.train_on)}, {dict(one.only)}"
            yield f"attribution.without: found {found}; allowed: {same}"


def _why_not(row: Experiment, config: Mapping[str, Any]) -> Iterator[str]:
    """Why a row cannot answer about single images, with what is allowed."""
    backbone = {**config["classifiers"], **row.classifier}["backbone"]
    if row.is_prnu or row.task != "network" or row.shuffle_labels:
        yield "which does not tell networks by a classifier; allowed: rows of classifiers with task network"
    elif set(row.train_on) - ORIGINS or not {"custom", "published"} & set(row.train_on):
        allowed = "networks (custom or published), with real and interpolated or without"
        yield f"trained on {list(row.train_on)}; allowed: {allowed}"
    elif not re.fullmatch(OWN_BACKBONE, backbone):
        allowed = "highpass or statistics, with or without a width, which take crops of any size"
        yield f"of backbone {backbone}; allowed: {allowed}"


def _condition_problems(config: Mapping[str, Any]) -> Iterator[str]:
    rows = {row["name"]: row for row in evaluated(config["degradations"])}
    for index, name in enumerate(config["attribution"]["conditions"]):
        if name not in rows:
            allowed = f"names of degradations of tier clean, web or hard: {listed(list(rows)) or 'none'}"
            yield f"attribution.conditions.{index}: found {name!r}; allowed: {allowed}"
    if not any(rows[name]["chain"] == [] for name in config["attribution"]["conditions"] if name in rows):
        plain = [name for name, row in rows.items() if row["chain"] == []]
        found = config["attribution"]["conditions"]
        yield f"attribution.conditions: found {found}; allowed: with {listed(plain) or 'one'}, which changes nothing"


def problems_with_networks(config: Mapping[str, Any], networks: pd.DataFrame) -> Iterator[str]:
    """Yield, like `problems`, the networks that the bundle ``extends`` has already; it is read without torch."""
    path = config["attribution"]["extends"]
    if not path:
        return
    try:
        known = names_in_bundle(path)
    except Exception as error:
        allowed = "a bundle, as `sr-fingerprints export` writes it"
        yield f"attribution.extends: found {path!r}, which cannot be read ({error}); allowed: {allowed}"
        return
    for name in networks.network[networks.origin.isin(["custom", "published"])]:
        if name in known:
            yield f"networks: found {name!r}, which {path} has already; allowed: a name of its own"


def names_in_bundle(path: str | Path) -> list[str]:
    """Names of the sources in a bundle, from its metadata alone."""
    import json

    from safetensors import safe_open

    with safe_open(path, "np") as file:
        description = json.loads(file.metadata()["bundle"])
    return [str(source["name"]) for source in description["sources"]]

"""Checks of ``experiments``: rows are consistent with each other, and each has networks to train on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.checks import classifiers
from sr_fingerprints.study.experiments import (
    ORIGINS,
    Experiment,
    control_problems,
    experiment_table,
    training_networks,
    withheld_networks,
)

OF_CONTROLS = {"twin", "real", "interpolated"}
"""Origins that only controls are trained on; their images have no hyperparameters of their own to be parsed."""


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    earlier: dict[str, Experiment] = {}
    resolved = experiment_table(config["experiments"])
    for row, settings in enumerate(config["experiments"]):
        key, experiment = f"experiments.{row}", Experiment(**settings)
        yield from (f"{key}{problem}" for problem in control_problems(experiment, earlier))
        experiment = replace(experiment, classifier=resolved[experiment.name].classifier)
        if experiment.name in earlier:
            yield f"{key}.name: found {experiment.name!r} twice; allowed: a name of its own"
        for name in earlier:
            if name != experiment.name and name.casefold() == experiment.name.casefold():
                allowed = "names that differ in more than upper and lower case"
                yield f"{key}.name: found {experiment.name!r} and {name!r}; allowed: {allowed}"
        yield from classifiers.problems(f"{key}.classifier", config["classifiers"] | settings.get("classifier", {}))
        if experiment.is_prnu:
            yield from _prnu_problems(key, settings)
        elif experiment.prnu:
            yield f"{key}.prnu: found {dict(experiment.prnu)} with method {experiment.method!r}; allowed: with PRNU"
        if experiment.task in experiment.withhold:
            yield (
                f"{key}.withhold: found {experiment.task!r}, which is the task; allowed: another hyperparameter, "
                "since a parser cannot predict a value that it never saw"
            )
        for column in experiment.only.keys() & experiment.withhold.keys():
            found = f"{key}.withhold.{column}: found {experiment.withhold[column]!r}"
            yield f"{found}, and {key}.only.{column} is {experiment.only[column]!r}; allowed: another hyperparameter"
        if experiment.initialised_from is not None:
            yield from _initial_problems(key, experiment, experiment.initialised_from, earlier, config["classifiers"])
        yield from (f"{key}{problem}" for problem in _evaluation_problems(experiment))
        earlier[experiment.name] = experiment


def _evaluation_problems(experiment: Experiment) -> Iterator[str]:
    """Problems of what an experiment is evaluated on: without images of some origins its kind has no results."""
    trained, tested = set(experiment.train_on), set(experiment.tested_on)
    if experiment.task != "network" and trained & OF_CONTROLS:
        found = f"{experiment.task!r} with train_on {list(experiment.train_on)}"
        yield f".task: found {found}; allowed: network, or train_on with nothing but custom and published"
    if experiment.withhold and experiment.task == "network" and not experiment.evaluate_on:
        allowed = "with evaluate_on, since the networks that were withheld are none of the classes"
        yield f".withhold: found {dict(experiment.withhold)} with task network; allowed: {allowed}"
    if experiment.kind == "open_set" and experiment.evaluate_on and not trained <= tested:
        allowed = "with those of train_on among them, since images of known and of withheld networks are compared"
        yield f".evaluate_on: found {list(experiment.evaluate_on)}; allowed: {allowed}"
        return
    shown = {"control": trained, "parser": {"custom", "published"}, "backbone": {"custom", "published"}}
    wanted = shown.get(experiment.kind, tested)
    if "twin" in trained:
        wanted = {"twin"}
    if not tested & wanted:
        order = [origin for origin in ORIGINS if origin in wanted]
        yield f".evaluate_on: found {list(experiment.evaluate_on)}; allowed: with {' or '.join(order)} among them"


def _prnu_problems(key: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Problems of a PRNU row, which matches images with fingerprints of networks and has no training settings."""
    if settings["task"] != "network":
        yield f"{key}.task: found {settings['task']!r} with PRNU; allowed: network"
    if "real" in settings.get("train_on", ()):
        allowed = "other origins, since fingerprints are those of what made or resampled an image"
        yield f"{key}.train_on: found {settings['train_on']} with PRNU; allowed: {allowed}"
    training_only = ("classifier", "initialised_from", "shuffle_labels", "control_of", "seeds")
    for column in ("withhold", "evaluate_on", "training_photos", *training_only):
        if settings.get(column):
            yield f"{key}.{column}: found {settings[column]!r}; allowed: nothing, with PRNU"


def _initial_problems(
    key: str, experiment: Experiment, name: str, earlier: Mapping[str, Experiment], defaults: Mapping[str, Any]
) -> Iterator[str]:
    """Problems of ``initialised_from``: ``name`` must be an earlier row with the same backbone and these seeds."""

    def backbone(row: Experiment) -> tuple[str, str]:
        settings = {**defaults, **row.classifier}
        return settings["backbone"], settings["input"]

    if name not in earlier or earlier[name].is_prnu:
        trained = [name for name, row in earlier.items() if not row.is_prnu]
        allowed = f"null, or an earlier row: {listed(trained)}"
        yield f"{key}.initialised_from: found {name!r}; allowed: {allowed}"
    elif backbone(experiment) != backbone(earlier[name]):
        theirs = "{}, of {}".format(*backbone(earlier[name]))
        allowed = f"a classifier of the same backbone and input; {name} has {theirs}"
        yield f"{key}.initialised_from: found {name!r}; allowed: {allowed}"
    elif experiment.kind == "open_set" and experiment.withhold != earlier[name].withhold:
        found = f"{name!r}, which withholds {dict(earlier[name].withhold) or 'nothing'}"
        allowed = f"a row that withholds {dict(experiment.withhold)} too, or these networks were seen"
        yield f"{key}.initialised_from: found {found}; allowed: {allowed}"
    elif not set(experiment.seeds) <= set(earlier[name].seeds):
        yield f"{key}.seeds: found {experiment.seeds}; allowed: seeds of {name}, {earlier[name].seeds}"


def problems_with_networks(config: Mapping[str, Any], networks: pd.DataFrame) -> Iterator[str]:
    """Yield, like `problems`, each problem that depends on ``networks``, the table of networks."""
    for row, experiment in enumerate(experiment_table(config["experiments"]).values()):
        yield from _without_networks(f"experiments.{row}", experiment, networks)
        yield from _outside_tiles(f"experiments.{row}.prnu", experiment, config, networks)


def _without_networks(key: str, experiment: Experiment, networks: pd.DataFrame) -> Iterator[str]:
    present = sorted(set(networks.origin))
    for column in ("train_on", "tested_on"):
        for origin in getattr(experiment, column):
            if origin not in present:
                name = "evaluate_on" if column == "tested_on" and experiment.evaluate_on else "train_on"
                yield f"{key}.{name}: found {origin!r}, of which there are none; allowed: {listed(present)}"
    candidates = networks[networks.origin.isin(list(experiment.train_on))]
    for kind, values in (("only", experiment.only), ("withhold", experiment.withhold)):
        for column, given in values.items():
            found = sorted(set(candidates[column].map(str)))
            for value in given if isinstance(given, list) else [given]:
                if str(value) not in found:
                    has = f"no {' or '.join(experiment.train_on)} network has"
                    yield f"{key}.{kind}.{column}: found {value!r}, which {has}; allowed: {listed(found)}"
    if experiment.withhold and withheld_networks(experiment, networks).empty:
        withheld = f"{key}.withhold: found {dict(experiment.withhold)}"
        yield f"{withheld}, which no network has with only {dict(experiment.only)}; allowed: values of one network"
    trained_on = training_networks(experiment, networks)
    if trained_on[experiment.task].nunique() < 2:
        yield (
            f"{key}.task: found {experiment.task!r}, of which the {len(trained_on)} networks left for training have "
            "fewer than two values; allowed: a task in which the networks differ"
        )


def _outside_tiles(
    key: str, experiment: Experiment, config: Mapping[str, Any], networks: pd.DataFrame
) -> Iterator[str]:
    """PRNU shifts that move crops out of the tiles, or out of whole photos of any shape that is possible."""
    tile, longest = config["photos"]["tile"], config["photos"]["longest_side"]
    if experiment.is_prnu and (tile or longest):
        settings = config["prnu"] | experiment.prnu
        period = prnu.period_of(networks.scale[networks.origin != "real"])
        (fields,) = prnu.extractions([settings], period).values()
        side = tile or longest - longest % period
        if prnu.Extraction(**fields).outside((side, side)):
            photos = f"tiles of {side}" if tile else f"whole photos of up to {side}"
            yield (
                f"{key}.shift: found {settings['shift']}, which moves crops of {settings['crop']} pixels out of "
                f"{photos}; allowed: shifts that do not, or a smaller {key}.crop"
            )

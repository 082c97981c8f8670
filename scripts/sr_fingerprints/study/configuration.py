"""The configuration, checked as a whole before any job starts."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import yaml

from sr_fingerprints.networks.architectures import features_setting, smallest_patch
from sr_fingerprints.networks.training.configured import FEWEST_FEATURES, applies, initial_loss, place_of, settings_of
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.experiments import Experiment, control_problems, experiment_table, training_networks
from sr_fingerprints.study.losses import LOSSES
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import custom_networks


def check_configuration(config: Mapping[str, Any], schema: str | Path) -> None:
    """Check ``config`` against the JSON schema and for values that do not go together.

    Raises `InputError`: one line with the key, what was found and what is allowed.
    """
    validator = jsonschema.Draft202012Validator(yaml.safe_load(Path(schema).read_text(encoding="utf-8")))
    error = jsonschema.exceptions.best_match(validator.iter_errors(config))
    if error is not None:
        raise InputError(f"configuration: {_in_one_line(error)}")
    for problem in _impossible_combinations(config):
        raise InputError(f"configuration: {problem}")


def check_writable(folders: Mapping[str, str]) -> None:
    """Check that the ``folders``, by the key under ``pathvars``, may be written, or may be made.

    Raises `InputError` as `check_configuration` does.
    """
    for key, folder in folders.items():
        there = next(place for place in (Path(folder), *Path(folder).absolute().parents) if place.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise InputError(
                f"configuration: pathvars.{key}: found {folder!r}, and {there} may not be written, or is on a disk "
                "that may not; allowed: a folder that may be written"
            )


def check_experiments(config: Mapping[str, Any], networks: pd.DataFrame) -> None:
    """Check that every experiment of ``config`` has networks to learn from, to withhold and to be tested on.

    ``networks`` is the table of networks. Raises `InputError` as `check_configuration` does.
    """
    for row, experiment in enumerate(experiment_table(config["experiments"]).values()):
        for problem in _without_networks(f"experiments.{row}", experiment, networks):
            raise InputError(f"configuration: {problem}")
        for problem in _outside_tiles(f"experiments.{row}.prnu", experiment, config, networks):
            raise InputError(f"configuration: {problem}")


def _without_networks(key: str, experiment: Experiment, networks: pd.DataFrame) -> Iterator[str]:
    present = sorted(set(networks.origin))
    for column in ("train_on", "tested_on"):
        for origin in getattr(experiment, column):
            if origin not in present:
                name = "evaluate_on" if column == "tested_on" and experiment.evaluate_on else "train_on"
                yield f"{key}.{name}: found {origin!r}, of which there are none; allowed: {_listed(present)}"
    taking_part = networks[networks.origin.isin(list(experiment.train_on))]
    for kind, values in (("only", experiment.only), ("withhold", experiment.withhold)):
        for column, value in values.items():
            found = sorted(set(taking_part[column].map(str)))
            if str(value) not in found:
                has = f"no {' or '.join(experiment.train_on)} network has"
                yield f"{key}.{kind}.{column}: found {value!r}, which {has}; allowed: {_listed(found)}"
    trained_on = training_networks(experiment, networks)
    if trained_on[experiment.task].nunique() < 2:
        yield (
            f"{key}.task: found {experiment.task!r}, of which the {len(trained_on)} networks left for training have "
            "fewer than two values; allowed: a task that tells networks apart"
        )


def _outside_tiles(
    key: str, experiment: Experiment, config: Mapping[str, Any], networks: pd.DataFrame
) -> Iterator[str]:
    """Shifts of PRNU that move crops out of the tiles; of whole photos the sizes are not known yet."""
    tile = config["photos"]["tile"]
    if experiment.is_prnu and tile is not None:
        settings = config["prnu"] | experiment.prnu
        period = prnu.period_of(networks.scale[networks.origin != "real"])
        (fields,) = prnu.extractions([settings], period).values()
        if prnu.Extraction(**fields).outside((tile, tile)):
            yield (
                f"{key}.shift: found {settings['shift']}, which moves crops of {settings['crop']} pixels out of "
                f"tiles of {tile}; allowed: shifts that do not, or a smaller {key}.crop"
            )


TABULATED = ("custom_attribution", "published_attribution")
"""Experiments that the tables and figures are about."""


def crops(config: Mapping[str, Any]) -> dict[str, int]:
    """Sides in pixels of all squares that are cut out of the study's photos, by key."""
    rows = {"classifiers": config["classifiers"]} | {
        f"experiments.{row}.classifier": experiment.get("classifier", {})
        for row, experiment in enumerate(config["experiments"])
    }
    sides = {
        f"{key}.{name}": settings.get(name) for key, settings in rows.items() for name in ("crop", "evaluation_crop")
    }
    sides |= {"quality.crop": config["quality"]["crop"], "prnu.crop": config["prnu"]["crop"]}
    sides |= {
        f"experiments.{row}.prnu.crop": experiment.get("prnu", {}).get("crop")
        for row, experiment in enumerate(config["experiments"])
    }
    sides |= {"figures.patch": config["figures"]["patch"]}
    return {key: side for key, side in sides.items() if side is not None}


def _impossible_combinations(config: Mapping[str, Any]) -> Iterator[str]:
    yield from _photo_problems(config)
    yield from _network_problems(config)
    yield from _size_problems(config)
    yield from _training_problems(config)
    yield from _classifier_problems("classifiers", config["classifiers"])
    yield from _experiment_problems(config)


def _photo_problems(config: Mapping[str, Any]) -> Iterator[str]:
    photos = config["photos"]
    sources = {"photos": photos} | {f"datasets.{name}": config["datasets"][name] for name in _used_datasets(config)}
    for key, source in sources.items():
        if source["folder"] is None and not source["bundled"]:
            yield f"{key}.bundled: found [], and {key}.folder is null; allowed: one of them names photos"
        if source["folder"] is not None and not Path(source["folder"]).is_dir():
            yield f"{key}.folder: found {source['folder']!r}, which is not a folder; allowed: a folder of photos"
    total = sum(photos["split"].values())
    if abs(total - 1) > 1e-6:
        yield f"photos.split: found shares that sum to {total:g}; allowed: shares that sum to 1"
    if photos["folder"] is None and len(photos["bundled"]) < 3:
        yield f"photos.bundled: found {len(photos['bundled'])} photo(s); allowed: at least 3, one a split"


def _network_problems(config: Mapping[str, Any]) -> Iterator[str]:
    networks = config["networks"]
    for name in networks["datasets"]:
        if name not in config["datasets"]:
            yield f"networks.datasets: found {name!r}; allowed: {_listed(config['datasets'])}"
    for architecture in networks["architectures"]:
        if architecture not in networks["settings"]:
            yield f"networks.settings.{architecture}: missing; every architecture in use needs its settings"


def _size_problems(config: Mapping[str, Any]) -> Iterator[str]:
    photos, scales = config["photos"], config["networks"]["scales"]
    sides = {key: photos[key] for key in ("tile", "longest_side") if photos[key] is not None}
    for key, crop in crops(config).items():
        for side_key, side in sides.items():
            if crop > side:
                yield f"{key}: found {crop}, larger than a photo (photos.{side_key} is {side}); allowed: up to {side}"
    for scale in scales:
        if photos["tile"] is not None and photos["tile"] % scale:
            yield f"photos.tile: found {photos['tile']}; allowed: a multiple of every scale, here {_listed(scales)}"


def _training_problems(config: Mapping[str, Any]) -> Iterator[str]:
    training, losses = config["training"], config["networks"]["losses"]
    rows = custom_networks(config["networks"])
    for index, override in enumerate(training["overrides"]):
        if not any(applies(override, row) for row in rows):
            only = ", ".join(f"{column} {value}" for column, value in override["only"].items())
            yield f"training.overrides.{index}.only: found {only}; allowed: values that some custom network has"
    for row in rows:
        initial = initial_loss(training, row)
        if initial is not None and initial not in losses:
            key = place_of(training, row, "initialised_from")
            yield f"{key}: found {initial!r}, which is not in networks.losses; allowed: null, or such a loss there"
        yield from _patch_problems(config, row)
    for row in rows:
        architecture = row.architecture
        features = (
            config["networks"]["settings"].get(architecture, {}).get(features_setting(architecture), FEWEST_FEATURES)
        )
        if settings_of(training, row)["initialisation"] == "upsampling" and features < FEWEST_FEATURES:
            allowed = f"default for {architecture} of {features} features, or at least {FEWEST_FEATURES} features"
            yield f"{place_of(training, row, 'initialisation')}: found 'upsampling'; allowed: {allowed}"


def _patch_problems(config: Mapping[str, Any], row: NetworkRow) -> Iterator[str]:
    patch, scale = settings_of(config["training"], row)["patch_size"], row.scale
    found = f"{place_of(config['training'], row, 'patch_size')}: found {patch}; allowed"
    if patch % scale:
        yield f"{found} at {scale}X: a multiple of {scale}"
    architecture = row.architecture
    least = scale * smallest_patch(architecture, **config["networks"]["settings"].get(architecture, {}))
    if patch < least:
        yield f"{found} for {architecture} at {scale}X: {least} or more"
    if LOSSES[row.loss].adversarial and patch & (patch - 1):
        yield f"{found} for {row.loss}, which has a discriminator: a power of two"


def _classifier_problems(key: str, classifiers: Mapping[str, Any]) -> Iterator[str]:
    least, rate = classifiers["stop_below_learning_rate"], classifiers["learning_rate"]
    if least >= rate:
        yield f"{key}.stop_below_learning_rate: found {least}; allowed: less than learning_rate, {rate}"
    backbone = classifiers["backbone"]
    if own := re.fullmatch(r"highpass\d*", backbone):
        for name, allowed in (("weights", "none"), ("input", "highpass"), ("stochastic_depth", 0)):
            if classifiers[name] != allowed:
                yield f"{key}.{name}: found {classifiers[name]!r}; allowed with backbone {backbone}: {allowed}"
    if not own and classifiers["weights"] == "imagenet" and classifiers["input"] != "pixels":
        yield f"{key}.input: found {classifiers['input']!r}; allowed with weights imagenet, which know pixels: pixels"


def _experiment_problems(config: Mapping[str, Any]) -> Iterator[str]:
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
        yield from _classifier_problems(f"{key}.classifier", config["classifiers"] | settings.get("classifier", {}))
        if experiment.is_prnu:
            yield from _prnu_problems(key, settings)
        elif experiment.prnu:
            yield f"{key}.prnu: found {dict(experiment.prnu)} with method {experiment.method!r}; allowed: with PRNU"
        if experiment.task in experiment.withhold:
            yield (
                f"{key}.withhold: found {experiment.task!r}, which is the task; allowed: another hyperparameter, "
                "since a parser can never give a value that it never saw"
            )
        origin = experiment.initialised_from
        if origin is not None and (origin not in earlier or earlier[origin].is_prnu):
            classifiers = [name for name, row in earlier.items() if not row.is_prnu]
            allowed = f"null, or an earlier row: {_listed(classifiers)}"
            yield f"{key}.initialised_from: found {origin!r}; allowed: {allowed}"
        elif origin is not None and _backbone(config, experiment) != _backbone(config, earlier[origin]):
            backbone = "{}, of {}".format(*_backbone(config, earlier[origin]))
            allowed = f"a classifier of the same backbone and input; that is one of {backbone}"
            yield f"{key}.initialised_from: found {origin!r}; allowed: {allowed}"
        elif origin is not None and not set(experiment.seeds) <= set(earlier[origin].seeds):
            seeds = earlier[origin].seeds
            yield f"{key}.seeds: found {experiment.seeds}; allowed: seeds of {origin}, {seeds}"
        earlier[experiment.name] = experiment
    for name in TABULATED:
        if name not in earlier:
            yield f"experiments: found {_listed(earlier)}; allowed: rows with {name} among them, for the tables"


def _backbone(config: Mapping[str, Any], experiment: Experiment) -> tuple[str, str]:
    settings = config["classifiers"] | experiment.classifier
    return settings["backbone"], settings["input"]


def _prnu_problems(key: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """PRNU matches an image with the fingerprint of a network, and has nothing that is trained."""
    if settings["task"] != "network":
        yield f"{key}.task: found {settings['task']!r} with PRNU; allowed: network"
    for column in (
        "withhold",
        "evaluate_on",
        "classifier",
        "initialised_from",
        "shuffle_labels",
        "control_of",
        "seeds",
    ):
        if settings.get(column):
            yield f"{key}.{column}: found {settings[column]!r}; allowed: nothing, with PRNU"


def _used_datasets(config: Mapping[str, Any]) -> list[str]:
    return [name for name in config["networks"]["datasets"] if name in config["datasets"]]


def _in_one_line(error: jsonschema.ValidationError) -> str:
    key = ".".join(map(str, error.absolute_path)) or "(top level)"
    found = f"found {error.instance!r}"
    wanted = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            unknown = sorted(set(error.instance) - set(known))
            prefix = "" if key == "(top level)" else f"{key}."
            return f"{prefix}{unknown[0]}: unknown key; allowed: {_listed(known)}"
        case "required":
            missing = [name for name in wanted if name not in error.instance]
            return f"{key}: {missing[0]} is missing; allowed: all of {_listed(wanted)}"
        case "type":
            types = [wanted] if isinstance(wanted, str) else wanted
            keys = f" with {_listed(error.schema['properties'])}" if "properties" in error.schema else ""
            return f"{key}: {found} ({type(error.instance).__name__}); allowed: {_listed(types)}{keys}"
        case "enum":
            return f"{key}: {found}; allowed: {_listed(wanted)}"
        case "minimum":
            return f"{key}: {found}; allowed: {wanted} or more"
        case "exclusiveMinimum":
            return f"{key}: {found}; allowed: more than {wanted}"
        case "exclusiveMaximum":
            return f"{key}: {found}; allowed: less than {wanted}"
        case "maximum":
            return f"{key}: {found}; allowed: {wanted} or less"
        case "pattern" if "description" in error.schema:
            return f"{key}: {found}; allowed: {error.schema['description']}"
        case _:
            return f"{key}: {found}; allowed: {error.validator} {wanted}"


def _listed(values: Any) -> str:
    return ", ".join("null" if value is None else str(value) for value in values) or "nothing"

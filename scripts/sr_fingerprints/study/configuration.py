"""Check the whole configuration before any job starts."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import yaml

from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.prnu.settings import NO_BM3D
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.checks import (
    attacks,
    attribution,
    classifiers,
    degradations,
    experiments,
    fingerprints,
    folders,
    inputs,
    networks,
    photos,
    pipelines,
    sizes,
    stand_ins,
    training,
)
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.schema_errors import first_error
from sr_fingerprints.study.timm_backbones import timm_backbones


def check_configuration(config: Mapping[str, Any], schema: str | Path) -> None:
    """Check ``config`` against the JSON schema, then for values that are inconsistent with each other.

    Raises `InputError`, one line with the key, the value found and the values allowed.
    """
    _raise_first(_keys_not_in_text(config))
    if wrong := first_error(_validator(schema), config):
        raise InputError(f"configuration: {wrong}")
    _raise_first(_too_large(config))
    _raise_first(folders.problems(config))
    _raise_first(photos.problems(config))
    _raise_first(networks.problems(config))
    _raise_first(inputs.problems(config))
    _raise_first(sizes.problems(config))
    _raise_first(training.problems(config))
    _raise_first(classifiers.problems("classifiers", config["classifiers"]))
    _raise_first(attacks.problems(config))
    _raise_first(experiments.problems(config))
    _raise_first(degradations.problems(config))
    _raise_first(pipelines.problems(config))


def check_sizes(config: Mapping[str, Any], table: pd.DataFrame) -> None:
    """Check that the scales in ``table``, the table of networks, suit the sizes of ``config``.

    Raises `InputError` as `check_configuration` does.
    """
    _raise_first(sizes.problems_with_networks(config, table))


def check_experiments(config: Mapping[str, Any], table: pd.DataFrame) -> None:
    """Check that every experiment of ``config`` has networks to train on, to withhold and to be evaluated on.

    ``table`` is the table of networks. Raises `InputError` as `check_configuration` does.
    """
    _raise_first(experiments.problems_with_networks(config, table))
    _raise_first(fingerprints.problems_with_networks(config, table))
    _raise_first(attacks.gradient_problems(config))
    _raise_first(attribution.problems(config))  # its classifier's backbone is known by now
    _raise_first(attribution.problems_with_networks(config, table))
    _raise_first(pipelines.problems_with_networks(config, table))


def check_backbones(config: Mapping[str, Any], table: str | Path) -> None:
    """Check the backbones that ``config`` names by the ``table`` of those of timm, without importing timm.

    Raises `InputError` as `check_configuration` does.
    """
    timm, rows = timm_backbones(table)
    _raise_first(stand_ins.problems(config, rows))
    _raise_first(degradations.backbone_problems(config, rows))
    _raise_first(classifiers.backbone_problems("classifiers", config["classifiers"], timm, rows))
    for key in pipelines.SECTIONS:
        settings = config["classifiers"] | config[key]["classifier"]
        _raise_first(classifiers.backbone_problems(f"{key}.classifier", settings, timm, rows))
    for row, experiment in enumerate(experiment_table(config["experiments"]).values()):
        if not experiment.is_prnu:
            settings = config["classifiers"] | dict(experiment.classifier)
            _raise_first(classifiers.backbone_problems(f"experiments.{row}.classifier", settings, timm, rows))


def check_fetched(config: Mapping[str, Any], table: Mapping[str, Photographs]) -> None:
    """Check that photographs to be fetched are in the ``table``, and none are both photos and in a data set.

    Raises `InputError` as `check_configuration` does.
    """
    _raise_first(photos.problems_with_fetched(config, table))


def check_sources(config: Mapping[str, Any], names: Sequence[str] | None, number: int) -> None:
    """Check what depends on the ``names`` of the source photos, None if they are yet to be fetched, and ``number``.

    Raises `InputError` as `check_configuration` does.
    """
    _raise_first(photos.problems_with_sources(config, names, number))


def check_files(config: Mapping[str, Any], sources: Mapping[str, Mapping[str, Path]]) -> None:
    """Check that files may be photos: those of each of the ``sources`` by name, these by key, such as ``photos``.

    Where unreadable photos are skipped, those of ``photos`` may be anything.

    Raises `InputError` as `check_configuration` does.
    """
    for key, files in sources.items():
        if key != "photos" or not config["photos"]["skip_unreadable"]:
            _raise_first(photos.problems_with_files(key, files))


def check_writable(folders: Mapping[str, str]) -> None:
    """Check that ``folders``, by their keys under ``pathvars``, are writable, or can be created.

    Raises `InputError` as `check_configuration` does.
    """
    for key, folder in folders.items():
        existing = next(place for place in (Path(folder), *Path(folder).absolute().parents) if place.exists())
        if not os.access(existing, os.W_OK | os.X_OK):
            raise InputError(
                f"configuration: pathvars.{key}: found {folder!r}, and {existing} is not writable, or is on a "
                "read-only disk; allowed: a writable folder"
            )


def check_denoisers(denoisers: Iterable[str]) -> None:
    """Check that the packages of the ``denoisers`` that PRNU will use are installed here.

    Raises `InputError` as `check_configuration` does.
    """
    if "bm3d" in denoisers and find_spec("bm3d") is None:
        raise InputError(f"configuration: {NO_BM3D}")


def _is_integer(_: object, value: object) -> bool:
    return type(value) is int


def _is_number(_: object, value: object) -> bool:
    return type(value) is int or (type(value) is float and isfinite(value))


LARGEST = 2**53
"""Largest number that a configuration may have: larger ones are no longer exact in floating point."""

_Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)
"""In JSON Schema, 2.0 is an integer, which ``range`` refuses in a job, and infinity is a number."""


@cache
def _validator(schema: str | Path) -> jsonschema.Draft202012Validator:
    validator: jsonschema.Draft202012Validator = _Validator(
        yaml.load(Path(schema).read_text(encoding="utf-8"), yaml.CSafeLoader)
    )
    return validator


def _keys_not_in_text(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each key that is no text, which the schema does not see."""
    for key, value in _places("", config):
        for name in value if isinstance(value, Mapping) else ():
            if not isinstance(name, str):
                allowed = "text; quote it, since YAML takes no, yes, on, off and null for other values"
                yield f"{key or '(top level)'}: found the key {name!r} ({type(name).__name__}); allowed: {allowed}"


def _too_large(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each number above `LARGEST`."""
    for key, value in _places("", config):
        if isinstance(value, int | float) and abs(value) > LARGEST:
            yield f"{key}: found {value}; allowed: up to {LARGEST}"


def _places(key: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield a value and all within it, each with its full key."""
    yield key, value
    for name, inner in (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _places(f"{key}.{name}".lstrip("."), inner)


def _raise_first(problems: Iterable[str]) -> None:
    """Raise `InputError` with the first of the problems, if there is any."""
    for problem in problems:
        raise InputError(f"configuration: {problem}")

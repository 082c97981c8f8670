"""Check the whole configuration before any job starts."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import yaml

from sr_fingerprints.runtime.errors import InputError, listed
from sr_fingerprints.study.checks import (
    classifiers,
    experiments,
    folders,
    networks,
    photos,
    sizes,
    stand_ins,
    training,
)
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.timm_backbones import timm_backbones


def check_configuration(config: Mapping[str, Any], schema: str | Path) -> None:
    """Check ``config`` against the JSON schema, then for values that are inconsistent with each other.

    Raises `InputError`, one line with the key, the value found and the values allowed.
    """
    _raise_first(_keys_not_in_text(config))
    error = jsonschema.exceptions.best_match(_validator(schema).iter_errors(config))
    if error is not None:
        raise InputError(f"configuration: {_schema_error_line(error)}")
    _raise_first(_too_large(config))
    _raise_first(folders.problems(config))
    _raise_first(photos.problems(config))
    _raise_first(networks.problems(config))
    _raise_first(sizes.problems(config))
    _raise_first(training.problems(config))
    _raise_first(classifiers.problems("classifiers", config["classifiers"]))
    _raise_first(experiments.problems(config))


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


def check_backbones(config: Mapping[str, Any], table: str | Path) -> None:
    """Check the backbones that ``config`` names by the ``table`` of those of timm, without importing timm.

    Raises `InputError` as `check_configuration` does.
    """
    timm, rows = timm_backbones(table)
    _raise_first(stand_ins.problems(config, rows))
    _raise_first(classifiers.backbone_problems("classifiers", config["classifiers"], timm, rows))
    for row, experiment in enumerate(experiment_table(config["experiments"]).values()):
        if not experiment.is_prnu:
            settings = config["classifiers"] | dict(experiment.classifier)
            _raise_first(classifiers.backbone_problems(f"experiments.{row}.classifier", settings, timm, rows))


def check_sources(config: Mapping[str, Any], names: Sequence[str]) -> None:
    """Check what depends on the ``names`` of the source photos, and that files of weights are there.

    Raises `InputError` as `check_configuration` does.
    """
    _raise_first(photos.problems_with_sources(config, names))
    _raise_first(networks.missing_files(config))


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


def _schema_error_line(error: jsonschema.ValidationError) -> str:
    """Format an error of the JSON schema as the key, the value found and the values allowed."""
    key = ".".join(map(str, error.absolute_path)) or "(top level)"
    found = f"found {_shortened(error.instance)}"
    expected: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            unknown = sorted(set(instance) - set(known))
            prefix = "" if key == "(top level)" else f"{key}."
            return f"{prefix}{unknown[0]}: unknown key; allowed: {listed(known)}"
        case "required":
            missing = [name for name in expected if name not in instance]
            return f"{key}: {missing[0]} is missing; allowed: all of {listed(expected)}"
        case "type":
            types = [expected] if isinstance(expected, str) else expected
            keys = f" with {listed(schema['properties'])}" if "properties" in schema else ""
            allowed = f"{listed(types)}{keys}{_number_hint(instance, types)}"
            return f"{key}: {found} ({type(instance).__name__}); allowed: {allowed}"
        case "enum":
            return f"{key}: {found}; allowed: {listed(expected)}"
        case "minimum":
            return f"{key}: {found}; allowed: {expected} or more"
        case "exclusiveMinimum":
            return f"{key}: {found}; allowed: more than {expected}"
        case "exclusiveMaximum":
            return f"{key}: {found}; allowed: less than {expected}"
        case "maximum":
            return f"{key}: {found}; allowed: {expected} or less"
        case "pattern" if "description" in schema:
            return f"{key}: {found}; allowed: {schema['description']}"
        case _:
            return f"{key}: {found}; allowed: {error.validator} {expected}"


def _shortened(value: object) -> str:
    """A value as Python writes it; text, lists and mappings are cut off after 200 characters."""
    text = repr(value)
    return text if len(text) <= 200 or isinstance(value, int) else f"{text[:200]}..."


def _number_hint(value: object, types: Sequence[str]) -> str:
    """What to write for a ``value`` that is not of the ``types`` but looks like a number of them; or nothing."""
    if not isinstance(value, str | float) or not {"integer", "number"} & set(types):
        return ""
    try:
        number = float(value)
    except ValueError:
        return ""
    if not isfinite(number):
        return "; a finite one"
    if number.is_integer():
        return f"; write {int(number)}"
    if "number" in types:  # 1e-4 is text in YAML 1.1, which asks for a point before the exponent
        return f"; write {Decimal(repr(number)):f}"
    return ""

"""Check the whole configuration before any job starts."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import yaml

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.checks import classifiers, experiments, networks, photos, sizes, training
from sr_fingerprints.study.schema_errors import first_error


def check_configuration(config: Mapping[str, Any], schema: str | Path) -> None:
    """Check ``config`` against the JSON schema, then for values that are inconsistent with each other.

    Raises `InputError`, one line with the key, the value found and the values allowed.
    """
    validator = jsonschema.Draft202012Validator(yaml.safe_load(Path(schema).read_text(encoding="utf-8")))
    if wrong := first_error(validator, config):
        raise InputError(f"configuration: {wrong}")
    _raise_first(photos.problems(config))
    _raise_first(networks.problems(config))
    _raise_first(sizes.problems(config))
    _raise_first(training.problems(config))
    _raise_first(classifiers.problems("classifiers", config["classifiers"]))
    _raise_first(experiments.problems(config))


def check_experiments(config: Mapping[str, Any], table: pd.DataFrame) -> None:
    """Check that every experiment of ``config`` has networks to train on, to withhold and to be evaluated on.

    ``table`` is the table of networks. Raises `InputError` as `check_configuration` does.
    """
    _raise_first(experiments.problems_with_networks(config, table))


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


def _raise_first(problems: Iterable[str]) -> None:
    """Raise `InputError` with the first of the problems, if there is any."""
    for problem in problems:
        raise InputError(f"configuration: {problem}")

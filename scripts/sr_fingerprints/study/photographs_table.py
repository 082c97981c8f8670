"""The table of photographs that a configuration may name, and the names in the configuration."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from sr_fingerprints.networks.downloading.sources import url_problem
from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.schema_errors import first_error


def read_photographs(table: str | Path, schema: str | Path) -> dict[str, Photographs]:
    """Read the table (YAML) by name. Raises `InputError` for a row that violates ``schema``, and for a bad URL."""
    rows = yaml.load(Path(table).read_text(encoding="utf-8"), yaml.CSafeLoader)
    validator = jsonschema.Draft202012Validator(json.loads(Path(schema).read_text(encoding="utf-8")))
    for name, row in rows.items():
        if wrong := first_error(validator, row, root=name):
            raise InputError(f"{table}: {wrong}")
        for url in _urls(row["sources"]):
            if wrong := url_problem(url):
                raise InputError(f"{table}: {name}.sources: found {url!r}, {wrong}; allowed: a URL")
    return {
        name: Photographs(name, **{**row, "pixels": tuple(row["pixels"]), "sources": tuple(row["sources"])})
        for name, row in rows.items()
    }


def fetched_names(section: Mapping[str, Any]) -> Sequence[str]:
    """Names of the photographs that ``photos`` or a data set asks to fetch, if any."""
    names = section.get("fetch") or []
    return [names] if isinstance(names, str) else list(names)


def _urls(sources: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for source in sources:
        if "archive" in source:
            yield source["archive"]
        yield from source.get("files", [])

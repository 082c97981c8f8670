"""The bundle of a finished study as one file to give away, which has the tables that it reproduces.

Nothing of what the study wrote is believed: the answers for test photos are computed again from the evidence that the
bundle holds, and the tables from these answers. If one number is another, there is no bundle.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.attribution.answers import TEST, answers_of, groups_of, pairs_of, sources_of
from sr_fingerprints.attribution.bundle import Bundle, read_bundle, write_bundle
from sr_fingerprints.attribution.model_card import model_card
from sr_fingerprints.files.atomic import atomic_path, write_text
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import workflow_version
from sr_fingerprints.tables.attribution import attribution_table, read_answers
from sr_fingerprints.tables.attribution_groups import groups_table
from sr_fingerprints.tables.attribution_parsers import attribution_parsers_table
from sr_fingerprints.tables.attribution_sources import sources_table

TOLERANCE = 1e-9
"""Relative difference of two numbers that are the same, computed on other processors."""

Tables = dict[str, list[dict[str, Any]]]


def export_bundle(results: str | Path, output: str | Path) -> Bundle:
    """Write the bundle of the study in the folder ``results`` to ``output``, with its tables; a model card beside it.

    The tables of answers about single images are computed again from the evidence in the bundle, and compared with
    those of the study; of the answers by a model that some networks were left out of, which the bundle does not hold,
    the study's rows are taken. What is at ``output`` is replaced only by a bundle that was read back and has the same
    tables. Returns the bundle as it was read. Raises `InputError` for a folder without a bundle or its tables, and
    where a number differs.
    """
    results, output = Path(results), Path(output)
    made = _existing(results / "attribution/bundle.safetensors")
    bundle = read_bundle(made)
    answers = read_answers(_existing(results / "attribution/answers.csv"))
    tables = reproduced_tables(bundle, tuple(sorted(set(answers.tiles.tolist()))))
    for name, found in tables.items():
        path = _existing(results / f"tables/{name}.csv")
        stored = as_records(pd.read_csv(path, keep_default_na=True, dtype={"scale": str, "parsed": str}))
        left_out = [row for row in stored if is_left_out(row)]
        _compare(found, [row for row in stored if not is_left_out(row)], path)
        tables[name] = found + left_out
    if (own := results / "tables/attribution_own.csv").exists():
        tables["attribution_own"] = as_records(pd.read_csv(own))
    about = {**bundle.about, "tables": tables, "exported_by": workflow_version(Path(__file__).parents[3])}
    with atomic_path(output) as temporary:
        write_bundle(replace(bundle, about=about), temporary)
        again = read_bundle(temporary)
        if again.about["tables"] != tables:
            raise InputError(f"{output}: the tables were not stored as they are; allowed: try again")
    written = read_bundle(output)
    write_text(output.with_suffix(".md"), model_card(written))
    return written


def reproduced_tables(bundle: Bundle, tiles: tuple[int, ...]) -> Tables:
    """The tables of answers about single images, as rows by table, from the evidence in a bundle alone."""
    answers = answers_of(bundle.model, bundle.held_out, tiles, TEST)
    sources, groups = sources_of(bundle.model), groups_of(bundle.model)
    frames = {
        "attribution": attribution_table(answers),
        "attribution_groups": groups_table(answers, pairs_of(bundle.model, bundle.held_out), groups),
        "attribution_sources": sources_table(answers, sources, groups),
        "attribution_parsers": attribution_parsers_table(answers),
    }
    return {name: as_records(frame) for name, frame in frames.items() if len(frame)}


def is_left_out(row: Mapping[str, Any]) -> bool:
    """Whether a row is not of the bundle's own test photos and model, such as one that networks were left out of."""
    return row.get("tested", TEST) != TEST or row.get("images_of") == "networks left out"


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as JSON has them: numbers, text, and null for what is missing or empty."""
    return [{column: _plain(value) for column, value in row.items()} for row in records(table)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def differences(found: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[str]:
    """What differs between two lists of rows, in words, beyond the rounding of the last digits."""
    if len(found) != len(stored):
        return [f"{len(found)} rows instead of {len(stored)}"]
    told = []
    for number, (ours, theirs) in enumerate(zip(found, stored, strict=True)):
        for column in ours.keys() | theirs.keys():
            one, other = ours.get(column), theirs.get(column)
            if not _same(one, other):
                told.append(f"row {number + 1}, {column}: {one!r} instead of {other!r}")
    return told


def _same(one: Any, other: Any) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other))
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) if numbers else one == other


def _compare(found: list[dict[str, Any]], stored: list[dict[str, Any]], path: Path) -> None:
    if told := differences(found, stored):
        raise InputError(
            f"{path}: found {told[0]} when computed again from the bundle; allowed: tables of this bundle: run the "
            "study again to its end"
        )


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InputError(
            f"{path}: not found; allowed: the results folder of a finished study with attribution.experiment or "
            "attribution.extends (such as results/upscalers)"
        )
    return path

"""The table of networks: the configuration's factorial of custom networks, and rows of published ones.

One row a network. Columns ``network``, ``architecture``, ``dataset``, ``scale``, ``loss``, ``seed`` and ``origin``
(``custom`` or ``published``) are filled in for all; the others say where a published network's weights come
from and how it is run. Names follow the paper: ``{architecture}-{dataset}-x{scale}-{loss}-s{seed}``.
"""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from sr_fingerprints.errors import InputError
from sr_fingerprints.files import write_text


def custom_networks(factorial: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of the custom networks.

    ``factorial`` has lists ``architectures``, ``scales``, ``losses``, ``datasets`` and ``seeds``. All are
    combined, but only the first data set has every seed; the others have the first seed alone, as in the
    paper (its data sets have 3 + 1 + 1 + 1 seeds).
    """
    first, *others = factorial["datasets"]
    samples = [(first, seed) for seed in factorial["seeds"]]
    samples += [(dataset, factorial["seeds"][0]) for dataset in others]
    return [
        {
            "network": f"{architecture}-{dataset}-x{scale}-{loss}-s{seed}",
            "architecture": architecture,
            "dataset": dataset,
            "scale": scale,
            "loss": loss,
            "seed": seed,
            "origin": "custom",
            "framework": "torch",
        }
        for architecture, scale, loss, (dataset, seed) in product(
            factorial["architectures"], factorial["scales"], factorial["losses"], samples
        )
    ]


def published_networks(names: list[str], table: str | Path, schema: str | Path) -> list[dict[str, Any]]:
    """Rows of ``table`` (tab-separated) with these names, in their order.

    Raises `InputError` for a row that ``schema`` does not admit and for a name that the table lacks.
    """
    frame = pd.read_csv(table, sep="\t", keep_default_na=False)
    rows = {row["network"]: row for row in frame.to_dict("records")}
    validator = jsonschema.Draft202012Validator(json.loads(Path(schema).read_text(encoding="utf-8")))
    for name, row in rows.items():
        for error in validator.iter_errors(row):
            column = ".".join(map(str, error.path))
            raise InputError(f"{table}: row {name}, column {column}: {error.message}")
    for name in names:
        if name not in rows:
            raise InputError(
                f"configuration: networks.published: found {name!r}; allowed: rows of {table}: {', '.join(rows)}"
            )
    return [rows[name] for name in names]


def network_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The table with one row a network; what a row does not have is an empty string.

    Raises `InputError` when there are no rows, or two of the same name.
    """
    if not rows:
        raise InputError("networks: found neither custom nor published ones; allowed: at least one network")
    # As objects, whole numbers stay whole numbers in columns that not every row has.
    frame = pd.DataFrame(rows, dtype=object).fillna("").astype({"scale": int})
    twice = frame.network[frame.network.duplicated()]
    if len(twice):
        raise InputError(f"networks: found {twice.iloc[0]} twice; allowed: names of their own")
    return frame


def write_network_table(networks: pd.DataFrame, path: str | Path) -> None:
    """Write the table as CSV."""
    write_text(path, networks.to_csv(index=False))


def read_network_table(path: str | Path) -> pd.DataFrame:
    """Read what `write_network_table` wrote; ``scale`` is int, everything else str."""
    return pd.read_csv(path, keep_default_na=False, dtype=str).astype({"scale": int})

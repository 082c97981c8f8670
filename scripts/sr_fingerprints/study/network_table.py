"""The table of networks: the configuration's factorial of custom networks, and rows of published ones.

One row a network (see `NetworkRow`). Networks are custom or published; for the study's controls there are twins (a
network of either origin once more under another name), the photos themselves, and the photos reduced and enlarged.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import jsonschema
import pandas as pd
import yaml

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.networks.downloading.sources import url_problem
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.study.network_row import NOT_APPLICABLE, NetworkRow


def custom_networks(factorial: Mapping[str, Any]) -> list[NetworkRow]:
    """Rows of the custom networks.

    ``factorial`` has lists ``architectures``, ``scales``, ``losses``, ``datasets`` and ``seeds``. All are
    combined, but only the first data set has every seed; the others have the first seed alone, as in the
    paper (its data sets have 3 + 1 + 1 + 1 seeds).
    """
    first, *others = factorial["datasets"]
    samples = [(first, seed) for seed in factorial["seeds"]]
    samples += [(dataset, factorial["seeds"][0]) for dataset in others]
    return [
        NetworkRow(
            f"{architecture}-{dataset}-x{scale}-{loss}-s{seed}",
            architecture,
            dataset,
            scale,
            loss,
            seed,
            origin="custom",
            framework="trained",
        )
        for architecture, scale, loss, (dataset, seed) in product(
            factorial["architectures"], factorial["scales"], factorial["losses"], samples
        )
    ]


def published_networks(
    names: Sequence[str], own: Sequence[Mapping[str, Any]], table: str | Path, schema: str | Path
) -> list[NetworkRow]:
    """Rows of the entries of ``table`` (YAML) with these names, in their order, and of the user's ``own`` networks.

    Raises `InputError` for an entry that ``schema`` does not admit and for a name that the table lacks.
    """
    entries = yaml.load(Path(table).read_text(encoding="utf-8"), yaml.CSafeLoader)
    validator = jsonschema.Draft202012Validator(json.loads(Path(schema).read_text(encoding="utf-8")))
    for name, entry in entries.items():
        for error in validator.iter_errors(entry):
            key = ".".join(map(str, error.path))
            raise InputError(f"{table}: {name}.{key}: {error.message}")
    for name in names:
        if name not in entries:
            allowed = f"entries of {table}: {', '.join(entries)}"
            raise InputError(f"configuration: networks.published: found {name!r}; allowed: {allowed}")
    for row, network in enumerate(own):
        for key in ("weights", "param", "bin"):
            if _is_url(network.get(key, "")) and (wrong := url_problem(network[key])):
                raise InputError(f"configuration: networks.own.{row}.{key}: {wrong}, or a path")
    return [_row(name, entries[name]) for name in names] + [_own_row(**network) for network in own]


def _is_url(place: str) -> bool:
    """Whether it begins with what can only be the scheme of a URL, be it one that is allowed or not."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", place) is not None


FRAMEWORKS = {"torch", "ncnn", "spandrel"}
"""Of published networks; an entry of the table has one of these keys, with what the framework is told."""


def _row(name: str, entry: Mapping[str, Any]) -> NetworkRow:
    (framework,) = FRAMEWORKS & entry.keys()
    described = {key: value for key, value in entry.items() if key not in (framework, "in_paper")}
    return NetworkRow(name, origin="published", framework=framework, run=entry[framework], **described)


ORDINARY = "ordinary"
"""The path of a network's first twin: the settings that all networks of the study are applied with."""


def twin_networks(
    twins: Sequence[Mapping[str, Any]], rows: Sequence[NetworkRow], generate: Mapping[str, Any]
) -> list[NetworkRow]:
    """Two rows for each of the ``twins``: the same weights (``weights_of``), applied by two paths of the program.

    Whatever tells the images of two twins apart is not the network. A twin is a ``network`` and those settings of
    ``generate`` that differ for the second of the two, which its row has in words (``path``) and as the mapping
    ``generate``. Raises `InputError` for a network that is not among ``rows`` or that ncnn runs, for which these
    settings decide nothing, and for settings that do not differ.
    """
    known = {row.network: row for row in rows}
    found = []
    for index, twin in enumerate(twins):
        key, name = f"configuration: networks.twins.{index}", twin["network"]
        other = {setting: value for setting, value in twin.items() if setting != "network"}
        if name not in known:
            raise InputError(f"{key}.network: found {name!r}; allowed: networks of this study")
        if known[name].framework == "ncnn":
            raise InputError(f"{key}.network: found {name!r}, which ncnn runs, by one path; allowed: other networks")
        for setting, value in other.items():
            if value == generate[setting]:
                allowed = "another than generate has, by which the twins differ"
                raise InputError(f"{key}.{setting}: found {value!r}; allowed: {allowed}")
        path = ", ".join(f"{setting.replace('_', ' ')} {value}" for setting, value in other.items())
        for number, (words, settings) in enumerate([(ORDINARY, {}), (path, other)], 1):
            twin_name = f"{name}-twin{number}"
            found.append(
                replace(known[name], network=twin_name, origin="twin", weights_of=name, path=words, generate=settings)
            )
    return found


REAL = NetworkRow("real", NOT_APPLICABLE, origin="real")
"""The row of the photos themselves, which no network made."""


def interpolated(scales: Sequence[int]) -> list[NetworkRow]:
    """Rows of the photos reduced by each of the ``scales`` and enlarged again, bicubically: what no network made, but
    was resampled as all that networks made was."""
    return [NetworkRow(f"bicubic-x{scale}", NOT_APPLICABLE, scale=scale, origin="interpolated") for scale in scales]


def _own_row(
    network: str, scale: int, weights: str = "", param: str = "", bin: str = "", sha256: str = "", **described: str
) -> NetworkRow:
    """The row of a network that the user has as a path or URL of weights, or of a pair of files for ncnn."""
    files = {"param": param, "bin": bin} if param else {Path(urlparse(weights).path).suffix.lstrip("."): weights}
    entry = {
        "architecture": network,
        "dataset": "NA",
        "scale": scale,
        "loss": "NA",
        "ncnn" if param else "spandrel": {},
        "files": {
            suffix: ({"sha256": sha256} if sha256 else {})
            | {"sources": [{"url": place, "name": f"{network}.{suffix}"} if _is_url(place) else {"path": place}]}
            for suffix, place in files.items()
        },
    }
    return _row(network, entry | described)


def network_table(rows: Sequence[NetworkRow]) -> pd.DataFrame:
    """The table with one row a network: a column for each field of `NetworkRow`.

    Raises `InputError` when there are no rows, or two of the same name.
    """
    if not rows:
        raise InputError("networks: found neither custom nor published ones; allowed: at least one network")
    # As objects, the whole numbers among the seeds stay whole numbers.
    frame = pd.DataFrame([vars(row) for row in rows], dtype=object).astype({"scale": int})
    twice = frame.network[frame.network.duplicated()]
    if len(twice):
        raise InputError(f"networks: found {twice.iloc[0]} twice; allowed: names of their own")
    alike = frame.network[frame.network.str.casefold().duplicated(keep=False)]
    if len(alike):  # their files would be the same on many disks
        raise InputError(f"networks: found {' and '.join(alike)}; allowed: names that differ in more than case")
    return frame


def write_network_table(networks: pd.DataFrame, path: str | Path) -> None:
    """Write the table as CSV, without what only matters for running a network."""
    write_text(path, networks.drop(columns=["run", "files", "generate"], errors="ignore").to_csv(index=False))


def read_network_table(path: str | Path) -> pd.DataFrame:
    """Read what `write_network_table` wrote; ``scale`` is int, everything else str."""
    networks = read_csv(path, "the table of networks", ("network", "scale"), keep_default_na=False, dtype=str)
    with as_input_error(Path(path), "the table of networks"):
        return networks.astype({"scale": int})

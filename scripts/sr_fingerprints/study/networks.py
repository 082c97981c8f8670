"""The networks that a configuration asks for: the factorial of custom networks, and published ones.

The study's controls add twins (a network entered again under another name), the photos themselves, and the photos
downscaled and upscaled again.
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
import yaml

from sr_fingerprints.networks.downloading.sources import url_problem
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NOT_APPLICABLE, NetworkRow


def custom_networks(factorial: Mapping[str, Any]) -> list[NetworkRow]:
    """Rows of the custom networks.

    ``factorial`` has lists ``architectures``, ``scales``, ``losses``, ``datasets`` and ``seeds``. All are
    combined, except that only the first data set has every seed. The others have the first seed alone, as in the
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

    Raises `InputError` for an entry that violates ``schema`` and for a name that is not in the table.
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
            if is_url(network.get(key, "")) and (wrong := url_problem(network[key])):
                raise InputError(f"configuration: networks.own.{row}.{key}: {wrong}, or a path")
    return [_row(name, entries[name]) for name in names] + [_own_row(**network) for network in own]


def is_url(place: str) -> bool:
    """Whether ``place`` begins with the scheme of a URL, allowed or not."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", place) is not None


FRAMEWORKS = {"torch", "ncnn", "spandrel"}
"""Frameworks of published networks. An entry of the table has one of these keys, with options for the framework."""


def _row(name: str, entry: Mapping[str, Any]) -> NetworkRow:
    (framework,) = FRAMEWORKS & entry.keys()
    described = {key: value for key, value in entry.items() if key not in (framework, "in_paper")}
    return NetworkRow(name, origin="published", framework=framework, run=entry[framework], **described)


ORDINARY = "ordinary"
"""The path of a network's first twin: the settings that all networks of the study are applied with."""


def twin_networks(
    twins: Sequence[Mapping[str, Any]], rows: Sequence[NetworkRow], generate: Mapping[str, Any]
) -> list[NetworkRow]:
    """Two rows for each of the ``twins``: the same weights (``weights_of``), applied with different settings.

    Differences between the images of two twins are not due to the network. An entry of ``twins`` has a ``network``
    and the settings of ``generate`` that differ for its second twin. The row of that twin has them as text (``path``)
    and as a mapping (``generate``). Raises `InputError` for a network that is not among ``rows``, for one that ncnn
    runs, where these settings have no effect, and for settings that do not differ.
    """
    known = {row.network: row for row in rows}
    found = []
    for index, twin in enumerate(twins):
        key, name = f"configuration: networks.twins.{index}", twin["network"]
        other = {setting: value for setting, value in twin.items() if setting != "network"}
        if name not in known:
            raise InputError(f"{key}.network: found {name!r}; allowed: networks of this study")
        if known[name].framework == "ncnn":
            allowed = "other networks, since ncnn ignores these settings"
            raise InputError(f"{key}.network: found {name!r}, which ncnn runs; allowed: {allowed}")
        for setting, value in other.items():
            if value == generate[setting]:
                allowed = "a value other than that of generate, so that the twins differ"
                raise InputError(f"{key}.{setting}: found {value!r}; allowed: {allowed}")
        path = ", ".join(f"{setting.replace('_', ' ')} {value}" for setting, value in other.items())
        for number, (words, settings) in enumerate([(ORDINARY, {}), (path, other)], 1):
            twin_name = f"{name}-twin{number}"
            found.append(
                replace(known[name], network=twin_name, origin="twin", weights_of=name, path=words, generate=settings)
            )
    return found


REAL = NetworkRow("real", NOT_APPLICABLE, origin="real")
"""Row of the photos themselves."""


def interpolated(scales: Sequence[int]) -> list[NetworkRow]:
    """Rows of the photos downscaled by each of the ``scales`` and upscaled again, bicubically.

    They are resampled as the images of networks are, without a network.
    """
    return [NetworkRow(f"bicubic-x{scale}", NOT_APPLICABLE, scale=scale, origin="interpolated") for scale in scales]


def _own_row(
    network: str, scale: int, weights: str = "", param: str = "", bin: str = "", sha256: str = "", **described: str
) -> NetworkRow:
    """Row of a user's own network, given as a path or URL of weights, or of a pair of files for ncnn."""
    files = {"param": param, "bin": bin} if param else {Path(urlparse(weights).path).suffix.lstrip("."): weights}
    entry = {
        "architecture": network,
        "dataset": "NA",
        "scale": scale,
        "loss": "NA",
        "ncnn" if param else "spandrel": {},
        "files": {
            suffix: ({"sha256": sha256} if sha256 else {})
            | {"sources": [{"url": place, "name": f"{network}.{suffix}"} if is_url(place) else {"path": place}]}
            for suffix, place in files.items()
        },
    }
    return _row(network, entry | described)

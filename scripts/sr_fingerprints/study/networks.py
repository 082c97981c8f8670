"""The networks that a configuration asks for: the factorial of custom networks, and published ones.

The study's controls add twins (a network entered again under another name), the photos themselves, and the photos
downscaled and upscaled again.
"""

import hashlib
import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import yaml

from sr_fingerprints.degradations.operations import in_words
from sr_fingerprints.networks.downloading.sources import url_problem
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.derived import finetuning_datasets
from sr_fingerprints.study.network_row import NOT_APPLICABLE, NetworkRow, suffix_of_weights
from sr_fingerprints.study.schema_errors import first_error


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


def training_datasets(factorial: Mapping[str, Any]) -> list[str]:
    """Names of the data sets that `custom_networks`, and those derived from them, are trained on."""
    used = {row.dataset for row in custom_networks(factorial)}
    used_here = [name for name in factorial["datasets"] if name in used]
    return list(dict.fromkeys([*used_here, *finetuning_datasets(factorial.get("derived", []))]))


def published_networks(
    names: Sequence[str], own: Sequence[Mapping[str, Any]], table: str | Path, schema: str | Path
) -> list[NetworkRow]:
    """Rows of the entries of ``table`` (YAML) with these names, in their order, and of the user's ``own`` networks.

    Entries with ``optional_package`` have no row where their package is not installed (see `left_out`).
    Raises `InputError` for an entry that violates ``schema`` and for a name that is not in the table.
    """
    entries = yaml.load(Path(table).read_text(encoding="utf-8"), yaml.CSafeLoader)
    validator = jsonschema.Draft202012Validator(json.loads(Path(schema).read_text(encoding="utf-8")))
    for name, entry in entries.items():
        if wrong := first_error(validator, entry, root=name):
            raise InputError(f"{table}: {wrong}")
    for name in names:
        if name not in entries:
            allowed = f"entries of {table}: {', '.join(entries)}"
            raise InputError(f"configuration: networks.published: found {name!r}; allowed: {allowed}")
    for row, network in enumerate(own):
        for key in ("weights", "param", "bin"):
            if is_url(network.get(key, "")) and (wrong := url_problem(network[key])):
                raise InputError(f"configuration: networks.own.{row}.{key}: {wrong}, or a path")
        others, kind = (NCNN_OPTIONS, "param and bin") if "weights" in network else (WEIGHTS_OPTIONS, "weights")
        if options := [key for key in others if key in network]:
            found = f"found {network[options[0]]!r}; allowed: only with {kind}"
            raise InputError(f"configuration: networks.own.{row}.{options[0]}: {found}")
        if wrong := _contradiction(network.get("network_g", {}), network["scale"]):
            raise InputError(f"configuration: networks.own.{row}.network_g.{wrong}")
    available = [
        name
        for name in names
        if not entries[name].get("optional_package") or all(map(find_spec, _packages(entries[name])))
    ]
    return [_row(name, entries[name]) for name in available] + [_own_row(**network) for network in own]


def left_out(names: Sequence[str], rows: Sequence[NetworkRow], table: str | Path) -> dict[str, Any]:
    """What of the published networks ``names`` a study with these ``rows`` is without, for its report and the screen.

    Has the ``networks``, entries of ``table`` with ``optional_package`` whose package is not installed, and the
    ``reason`` in words.
    """
    found = {row.network for row in rows}
    missing = [name for name in names if name not in found]
    if not missing:
        return {"networks": [], "reason": ""}
    entries = yaml.load(Path(table).read_text(encoding="utf-8"), yaml.CSafeLoader)
    packages = sorted({package for name in missing for package in _packages(entries[name])})
    machine = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    reason = (
        f"{' and '.join(packages)}, with their weights, is not installed; it has wheels for some versions of Python "
        f"and machines alone, and this is {machine}"
    )
    return {"networks": missing, "reason": reason}


def _packages(entry: Mapping[str, Any]) -> set[str]:
    """The packages that have the files of a network."""
    return {source["package"] for file in entry["files"].values() for source in file["sources"]}


def is_url(place: str) -> bool:
    """Whether ``place`` begins with the scheme of a URL, allowed or not."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", place) is not None


FRAMEWORKS = {"torch", "ncnn", "spandrel", "basicsr"}
"""Frameworks of published networks. An entry of the table has one of these keys, with options for the framework."""


def _row(name: str, entry: Mapping[str, Any]) -> NetworkRow:
    (framework,) = FRAMEWORKS & entry.keys()
    described = {key: value for key, value in entry.items() if key not in (framework, "in_paper", "optional_package")}
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
    runs, where these settings have no effect, for one that is entered twice, and for settings that do not differ.
    """
    known = {row.network: row for row in rows}
    found: list[NetworkRow] = []
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
        if any(row.weights_of == name for row in found):
            raise InputError(f"{key}.network: found {name!r} twice; allowed: each network once")
        path = ", ".join(f"{setting.replace('_', ' ')} {value}" for setting, value in other.items())
        for number, (words, settings) in enumerate([(ORDINARY, {}), (path, other)], 1):
            twin_name = f"{name}-twin{number}"
            found.append(
                replace(known[name], network=twin_name, origin="twin", weights_of=name, path=words, generate=settings)
            )
    return found


REAL = NetworkRow("real", NOT_APPLICABLE, origin="real")
"""Row of the photos themselves."""


def processed_photos(rows: Sequence[Mapping[str, Any]]) -> list[NetworkRow]:
    """Rows of the photos that somebody processed and nobody enlarged, by ``rows`` of a name and a chain."""
    return [
        NetworkRow(
            row["name"], NOT_APPLICABLE, origin="real", run={"chain": row["chain"]}, how=in_words(row["chain"])
        )
        for row in rows
    ]


def interpolated(scales: Sequence[int], kernels: Sequence[str] = ("bicubic",)) -> list[NetworkRow]:
    """Rows of the photos downscaled by each of the ``scales`` and upscaled again, by each of the ``kernels``.

    They are resampled as the images of networks are, without a network. Scale 1 has no row: those would be the
    photos.
    """
    return [
        NetworkRow(f"{kernel}-x{scale}", NOT_APPLICABLE, scale=scale, origin="interpolated", kernel=kernel)
        for kernel in kernels
        for scale in scales
        if scale > 1
    ]


NCNN_OPTIONS = ("input_blob", "output_blob", "padding", "padding_mode", "multiple_of", "skip", "constants")
"""Options of an own network for ncnn, as those of an entry of the table."""

WEIGHTS_OPTIONS = ("classes", "network_g")
"""Options of an own network in one file of weights."""


def _own_row(
    network: str,
    scale: int,
    weights: str = "",
    param: str = "",
    bin: str = "",
    sha256: str = "",
    trial: str = "resemblance",
    **described: Any,
) -> NetworkRow:
    """Row of a user's own network, given as a path or URL of weights, or of a pair of files for ncnn.

    ``sha256`` is the digest of the weights, of a pair that of the file ``bin``. Nobody vouches for the network: it is
    tried.
    """
    run = {"trial": trial}
    run |= {key: described.pop(key) for key in (*NCNN_OPTIONS, *WEIGHTS_OPTIONS) if key in described}
    places = {"param": param, "bin": bin} if param else {_suffix(weights): weights}
    files: dict[str, dict[str, Any]] = {
        suffix: {"sources": [_own_source(network, suffix, place)]} for suffix, place in places.items()
    }
    if sha256:
        files[suffix_of_weights(files)]["sha256"] = sha256
    entry = {
        "architecture": network,
        "dataset": "NA",
        "scale": scale,
        "loss": "NA",
        "ncnn" if param else "basicsr" if "network_g" in run else "spandrel": run,
        "files": files,
    }
    return _row(network, entry | described)


COLOUR_CHANNELS = ("num_in_ch", "num_out_ch", "in_chans")
"""BasicSR's names for the channels that a network reads and writes."""


def _contradiction(network_g: Mapping[str, Any], scale: int) -> str:
    """The option of BasicSR's that does not go with the row, and what is allowed, or an empty string."""
    expected = dict.fromkeys(COLOUR_CHANNELS, 3) | dict.fromkeys(("scale", "upscale"), scale)
    for option, value in network_g.items():
        if expected.get(option, value) != value:
            why = "as `scale` of the row" if "scale" in option else "for RGB images"
            return f"{option}: found {value!r}; allowed: {expected[option]}, {why}"
    return ""


def _own_source(network: str, suffix: str, place: str) -> dict[str, str]:
    """The source of one file. The name that a download is kept under is of its URL too: folders of downloads are
    shared by studies, and another URL is another file."""
    if not is_url(place):
        return {"path": place}
    digits = hashlib.sha256(place.encode()).hexdigest()[:8]
    return {"url": place, "name": f"{network}-{digits}.{suffix}"}


def _suffix(weights: str) -> str:
    """The suffix of a file of weights, in lower case and without a ``.tar`` after it."""
    name = urlsplit(weights).path if is_url(weights) else weights
    return Path(name.lower().removesuffix(".tar")).suffix.lstrip(".")

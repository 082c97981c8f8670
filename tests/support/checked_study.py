"""The checks of rules/study.smk, on a configuration in memory."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sr_fingerprints.networks.downloading import local_files
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study import configuration, derived, network_table
from sr_fingerprints.study import networks as studied
from sr_fingerprints.study.photographs_table import read_photographs
from sr_fingerprints.study.source_photos import source_photos

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas/config.schema.yaml"
BACKBONES = ROOT / "resources/backbones.tsv"
DEMO: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(changes: Mapping[str, object], config: Mapping[str, Any] = DEMO) -> dict[str, Any]:
    """A copy of a configuration with some values replaced or added, by their full keys."""
    config = copy.deepcopy(dict(config))
    for path, value in changes.items():
        *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        place: Any = config
        for key in parents:
            place = place[key]
        if isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return config


def check(config: dict[str, Any]) -> None:
    """Everything that is checked before any job, in the same order."""
    configuration.check_configuration(config, SCHEMA)
    configuration.check_backbones(config, BACKBONES)
    networks = config["networks"]
    table = ROOT / "resources/networks.yaml"
    given = studied.published_networks(
        networks["published"], networks["own"], table, ROOT / "schemas/networks.schema.json"
    )
    own = [row["network"] for row in networks["own"]]
    rows = studied.custom_networks(networks) + local_files.with_digests(given, own, table, Path("digests"))
    twins = studied.twin_networks(networks["twins"], rows, config["generate"])
    interpolated = studied.interpolated(sorted({row.scale for row in rows}), networks["interpolations"])
    changed_ones = derived.derived_networks(networks["derived"], rows)
    photos = [studied.REAL, *studied.processed_photos(networks["processed"])]
    table = network_table.network_table([*rows, *twins, *changed_ones, *photos, *interpolated])
    configuration.check_sizes(config, table)
    configuration.check_experiments(config, table)
    photographs = read_photographs(ROOT / "resources/photographs.yaml", ROOT / "schemas/photographs.schema.json")
    configuration.check_fetched(config, photographs)
    source = source_photos(config["photos"], photographs, config["downloads"])
    configuration.check_sources(config, source.names, len(source))


def refused(changes: Mapping[str, object]) -> str:
    """What is told of a configuration that differs from the demo in some values, without its first word."""
    with pytest.raises(InputError) as caught:
        check(changed(changes))
    told = str(caught.value)
    assert "\n" not in told and "; allowed" in told
    return told.removeprefix("configuration: ")


def nodes(schema: Mapping[str, Any], config: Any, node: Mapping[str, Any], path: str = "") -> Iterator[Any]:
    """Yield the full key and the schema of every value of a configuration, `$ref` resolved."""
    while "$ref" in node:
        target: Any = schema
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        properties = target.get("properties", {}) | node.get("properties", {})
        node = target | {key: value for key, value in node.items() if key != "$ref"}
        node |= {"properties": properties} if properties else {}
    if path:
        yield path, node
    if isinstance(config, Mapping):
        for key, value in config.items():
            inner = node.get("properties", {}).get(key, node.get("additionalProperties"))
            yield from nodes(schema, value, inner, f"{path}.{key}".lstrip("."))
    elif isinstance(config, list):
        for index, value in enumerate(config):
            if index == 0 or isinstance(value, Mapping):
                yield from nodes(schema, value, node["items"], f"{path}.{index}")

"""Errors of the schemas are told in words, whatever keyword of the schema they are of."""

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.networks import published_networks
from sr_fingerprints.study.schema_errors import first_error

ROOT = Path(__file__).parents[2]
CONFIGURATION = yaml.safe_load((ROOT / "schemas/config.schema.yaml").read_text())
NETWORKS = json.loads((ROOT / "schemas/networks.schema.json").read_text())
DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())
OWN = {"network": "mine", "scale": 2}
PAIR = "allowed: weights, or param and bin"


def told(place, value):
    """The message for the demo's configuration with one value changed."""
    config = copy.deepcopy(DEMO)
    *parents, last = place.split(".")
    where = config
    for key in parents:
        where = where[int(key) if key.isdigit() else key]
    where[int(last) if last.isdigit() else last] = value
    return first_error(jsonschema.Draft202012Validator(CONFIGURATION), config)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"param": "a.param"}, f"found param; {PAIR}"),
        ({"bin": "a.bin"}, f"found bin; {PAIR}"),
        ({}, f"found none of weights, param, bin; {PAIR}"),
        ({"weights": "a.pth", "param": "a.param"}, f"found weights and param; {PAIR}"),
        ({"weights": "a.pth", "param": "a.param", "bin": "a.bin"}, f"found weights and param and bin; {PAIR}"),
    ],
)
def test_the_files_of_an_own_network_are_weights_or_a_pair(own, message):
    assert told("networks.own", [OWN | own]) == f"networks.own.0: {message}"


@pytest.mark.parametrize("name", ["a.onnx", "a.h5", "a.bin", "a.tflite", "a.npz", "a.zip", "a.pth.gz", "a", "a.pth "])
def test_weights_in_another_format_are_refused_with_what_to_give_instead(name):
    assert re.fullmatch(
        rf"networks\.own\.0\.weights: found '{re.escape(name)}'; allowed: a path or URL that ends in \.pth, \.pt, .*"
        r"ONNX.* as param and bin",
        told("networks.own", [OWN | {"weights": name}]),
    )


@pytest.mark.parametrize(
    "name",
    ["a.PTH", "A.Pt", "a.SafeTensors", "a.ckpt", "a.pth.tar", "a.PTH.TAR", "https://example.org/a.PTH?x=1.zip"],
)
def test_suffixes_may_be_in_upper_case(name):
    assert told("networks.own", [OWN | {"weights": name}]) == ""


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (
            "networks.twins",
            [{"network": "a"}],
            "found none of batch_size, memory, precision; allowed: batch_size, or",
        ),
        ("networks.scales", [2, 2], "networks.scales: found [2, 2]; allowed: each value once"),
        ("networks.seeds", [], "networks.seeds: found []; allowed: 1 or more values"),
        ("datasets", {}, "datasets: found {}; allowed: 1 or more keys"),
        ("datasets.A B", {}, "datasets: found 'A B'; allowed: a name of up to 50 of a-z, 0-9 and _"),
        ("experiments.0.only", {"seed": 1, "scale": 2}, "'scale': 2}; allowed: 1 or fewer keys"),
        ("prnu.shift", [1], "prnu.shift: found [1]; allowed: 2 or more values"),
        ("prnu.shift", [1, 2, 3], "prnu.shift: found [1, 2, 3]; allowed: 2 or fewer values"),
        ("downloads", "x" * 4000, "xxx... (4,002 characters); allowed: "),
        ("stands_for", {"a": "b"}, "stands_for.a: found 'b'; allowed: div2k, flickr2k"),
        (
            "networks.own",
            [OWN | {"weights": "a.pth", 5: 6}],
            "networks.own.0.5: unknown key; allowed: network, scale",
        ),
    ],
)
def test_no_keyword_of_the_schema_is_shown(place, value, message):
    assert message in told(place, value)


def keywords(schema):
    """The keywords of a schema that can fail, by walking through it."""
    if isinstance(schema, list):
        return set().union(*map(keywords, schema))
    if not isinstance(schema, dict):
        return set()
    named = [schema.get(key, {}) for key in ("properties", "$defs", "patternProperties", "dependentSchemas")]
    inner = [each for group in named for each in group.values()]
    rest = {key: value for key, value in schema.items() if key not in ("properties", "$defs", "enum", "const")}
    found = {key for key in schema if key in jsonschema.Draft202012Validator.VALIDATORS} - {
        "properties",
        "items",
        "$ref",
    }
    return found.union(*map(keywords, [*inner, *rest.values()]))


FAILING = {
    "additionalProperties": (
        {"properties": {"b": {}}, "additionalProperties": False},
        {"a": 1},
        "a: unknown key; allowed: b",
    ),
    "anyOf": (
        {"anyOf": [{"required": ["a"]}, {"required": ["b", "c"]}]},
        {},
        "found none of a, b, c; allowed: a, or b and c",
    ),
    "enum": ({"enum": [1, None]}, 2, "found 2; allowed: 1, null"),
    "exclusiveMaximum": ({"exclusiveMaximum": 1}, 1, "allowed: less than 1"),
    "exclusiveMinimum": ({"exclusiveMinimum": 1}, 1, "allowed: more than 1"),
    "maxItems": ({"maxItems": 1}, [1, 2], "allowed: 1 or fewer values"),
    "maxLength": ({"maxLength": 1}, "ab", "allowed: 1 or fewer characters"),
    "maxProperties": ({"maxProperties": 0}, {"a": 1}, "allowed: 0 or fewer keys"),
    "maximum": ({"maximum": 1}, 2, "allowed: 1 or less"),
    "minItems": ({"minItems": 1}, [], "allowed: 1 or more values"),
    "minLength": ({"minLength": 1}, "", "allowed: 1 or more characters"),
    "minProperties": ({"minProperties": 1}, {}, "allowed: 1 or more keys"),
    "minimum": ({"minimum": 1}, 0, "allowed: 1 or more"),
    "oneOf": (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": 1, "b": 1},
        "found a and b; allowed: a, or b",
    ),
    "pattern": ({"pattern": "^a", "description": "an a"}, "b", "found 'b'; allowed: an a"),
    "propertyNames": (
        {"propertyNames": {"pattern": "^a", "description": "an a"}},
        {"b": 1},
        "found 'b'; allowed: an a",
    ),
    "required": ({"required": ["a", "b"]}, {"a": 1}, "b is missing; allowed: all of a, b"),
    "type": ({"type": "integer"}, "a", "found 'a' (str); allowed: integer"),
    "uniqueItems": ({"uniqueItems": True}, [1, 1], "allowed: each value once"),
}
"""For each keyword a schema, a value that fails, and what is told."""


def test_every_keyword_of_the_schemas_has_words_of_its_own():
    assert keywords(CONFIGURATION) | keywords(NETWORKS) <= FAILING.keys()
    for keyword, (schema, value, message) in FAILING.items():
        line = first_error(jsonschema.Draft202012Validator(schema), value)
        assert message in line, keyword
        assert keyword not in line or keyword in ("required", "pattern"), line


def test_a_wrong_entry_of_the_table_of_networks_is_told_in_words_too(tmp_path):
    table = yaml.safe_load((ROOT / "resources/networks.yaml").read_text())
    name, entry = next((name, entry) for name, entry in table.items() if "spandrel" in entry or "ncnn" in entry)
    (tmp_path / "networks.yaml").write_text(yaml.safe_dump({name: entry | {"torch": {}}}))
    with pytest.raises(InputError, match=rf"networks\.yaml: {name}: found torch and \w+; allowed: torch, or"):
        published_networks([], [], tmp_path / "networks.yaml", ROOT / "schemas/networks.schema.json")

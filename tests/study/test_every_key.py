"""Every key of the schema, with values that it does not allow: one line that names it, and no job."""

import copy
import math
import re

import pytest
import yaml
from checked_study import DEMO, SCHEMA, changed, nodes

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.configuration import check_configuration

EXPERIMENT = {"name": "all", "task": "network", "train_on": ["custom"], "only": {"scale": 2}, "withhold": {"seed": 3},
              "evaluate_on": ["custom"], "method": "classifier", "initialised_from": None, "shuffle_labels": False,
              "control_of": None, "training_photos": None, "seeds": [1]}  # fmt: skip
OWN = {
    "network": "a",
    "scale": 2,
    "weights": "a.pth",
    "classes": ["a.B"],
    "sha256": "0" * 64,
    "network_g": {"type": "EDSR"},
} | dict.fromkeys(
    ("architecture", "dataset", "loss", "family", "variant", "licence", "source", "training_data", "notes"), "x"
)
NCNN = {"trial": "size", "padding": 1, "padding_mode": "edge", "multiple_of": 2, "skip": "none", "constants": [0.5],
        "input_blob": "in", "output_blob": "out"}  # fmt: skip
TRAINING = {key: value for key, value in DEMO["training"].items() if key != "overrides"}
CHAIN = [
    *({"jpeg": value} for value in ([60, 90], {"quality": [60, 90], "subsampling": "any"})),
    *({"webp": value} for value in ([60, 90], {"quality": [60, 90]})),
    *({"resize": value} for value in ([0.5, 2], {"factor": [0.5, 2], "longest_side": [16, 32], "kernel": "any"})),
    {"crop": {"top": [0, 7], "left": [0, 7]}}, {"rotate": 90}, {"mirror": "vertical"}, {"blur": [0, 1]},
    {"noise": [0, 1]},
    *({"sharpen": value} for value in ([0, 100], {"percent": [0, 100], "sigma": [1, 2]})),
    {"gamma": [0.5, 2]}, {"chroma": 2}, {"palette": [16, 256]}, {"denoise": [1, 5]}, {"median": 3},
]  # fmt: skip
AUGMENTATION = {"share": 0.5, "tiers": ["training"], "names": ["all"]}
PATH = {"name": "every_key", "rounding": "down", "precision": "float16", "tile": 64, "overlap": 8, "threads": 2,
        "batch_size": 1, "device": "cpu", "framework": "ncnn"}  # fmt: skip
FULL = changed(
    {
        "photos.tiles": {"train": 2, "validation": 5, "test": 5},
        "photos.fetch": ["kodak", "set14"],
        "degradations": [{"name": "all", "tier": "training", "chain": CHAIN}],
        "pipelines.paths": [PATH],
        "pipelines.classifier": dict(DEMO["classifiers"]),
        "photo_sources.classifier": dict(DEMO["classifiers"]),
        "generate.inputs": [{"name": "every", "share": 1, "native": False, "chain": copy.deepcopy(CHAIN)}],
        "networks.processed": [{"name": "every", "chain": copy.deepcopy(CHAIN)}],
        "networks.own": [OWN, {"network": "b", "scale": 2, "param": "b.param", "bin": "b.bin"} | NCNN],
        "networks.twins": [{"network": "a", "memory": 1, "batch_size": 1, "precision": "float16"}],
        "networks.derived": [
            {
                "of": ["a"],
                "by": "prune",
                "dataset": "natural",
                "iterations": [1],
                "learning_rate": 0.1,
                "share": [0.5],
            }
            | {"mode": "static", "precision": ["float16"], "with": "b"}
        ],
        "networks.settings.SwinIR": {"depths": [2], "num_heads": [2], "embed_dim": 4},
        "training.overrides": [{"only": {"scale": 4}, "settings": TRAINING}],
        "experiments": [
            EXPERIMENT | {"classifier": DEMO["classifiers"] | {"augmentation": AUGMENTATION}, "prnu": DEMO["prnu"]}
        ],
    }
)
"""Not a study that could run: it has every key of the schema."""

SAMPLES = {"string": "x", "integer": 7, "number": 2.5, "boolean": True, "null": None, "array": [], "object": {}}
NEVER = 987654321.5


def wrong_values(node):
    """Yield values that a schema does not allow: of other types, out of bounds, with unknown keys."""
    types = node.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "enum" in node:
        yield from ("no such", "", NEVER, math.nan, [], {}, *([] if None in node["enum"] else [None]))
        return
    for kind, sample in SAMPLES.items():
        if kind not in types and not (kind == "integer" and "number" in types):
            yield sample
    if {"integer", "number"} & set(types):
        yield from (math.nan, math.inf, -math.inf, 10**400, "1e-4", "many")
    if "integer" in types and "number" not in types:
        yield from (8.0, 64.5)
    bounds = {"minimum": -1, "maximum": 1, "exclusiveMinimum": 0, "exclusiveMaximum": 0}
    yield from (node[bound] + more for bound, more in bounds.items() if bound in node)
    if "pattern" in node:
        yield from (text for text in ("", "\n", "\x00") if not re.search(node["pattern"], text))
    if node.get("minItems"):
        yield []
    if node.get("uniqueItems"):
        yield ["x", "x"]
    if node.get("additionalProperties") is False:
        yield {"no_such_key": 1}
    if isinstance(node.get("items"), dict):
        yield [None]
    if "object" in types:
        yield {1: 1}


SCHEMA_TREE = yaml.safe_load(SCHEMA.read_text())
KEYS = dict(nodes(SCHEMA_TREE, FULL, SCHEMA_TREE))


def declared(node, path=""):
    """Full keys of all properties that the schema names directly, through references once."""
    found = set()
    for part in (node, *node.get("$defs", {}).values()):
        for key, value in part.get("properties", {}).items():
            found.add(key)
            found |= declared(value)
        for inner in ("items", "additionalProperties"):
            if isinstance(part.get(inner), dict):
                found |= declared(part[inner])
    return found


def test_every_key_of_the_schema_is_tried():
    assert declared(SCHEMA_TREE) <= {name for path in KEYS for name in path.split(".")}
    assert len(KEYS) > 200


SHORT = DEMO | {key: DEMO[key][:1] for key in ("degradations", "experiments")}
SHORT["networks"] = DEMO["networks"] | {key: [] for key in ("derived", "published", "twins")}
"""Valid by the schema, in a twentieth of the time."""


@pytest.mark.parametrize("section", SCHEMA_TREE["properties"])
def test_a_wrong_value_is_refused_in_one_line_that_names_its_key(section):
    tried = 0
    config = SHORT | {section: copy.deepcopy(FULL[section])} if section in FULL else SHORT
    for path, node in KEYS.items():
        if path.split(".")[0] != section:
            continue
        for value in wrong_values(node):
            with pytest.raises(InputError) as refused:
                check_configuration(changed({path: value}, config), SCHEMA)
            told = str(refused.value)
            assert told.startswith(f"configuration: {path}"), (path, value, told)
            assert "\n" not in told and len(told) < 1000, (path, value, told)
            assert "; allowed: " in told, (path, value, told)
            tried += 1
    assert tried >= 5

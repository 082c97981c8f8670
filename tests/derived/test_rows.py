"""Rows of `networks.derived`: what they are called, what they say, and what is refused before any job."""

import pytest
from checked_study import DEMO, changed, check, refused

from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.study.derived import BITS, KINDS, LINEAR, derived_networks, further_trainings
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table, read_network_table, write_network_table
from sr_fingerprints.study.networks import custom_networks, training_datasets

PARENT, OTHER, AT_2X = "EDSR-natural-x4-L1-s1", "EDSR-natural-x4-L1-s2", "EDSR-natural-x2-L1-s1"
ENTRIES = [
    {"of": [PARENT], "by": "finetune", "dataset": "texture", "iterations": [0, 25]},
    {"of": [PARENT], "by": "checkpoint", "share": [0.125, 1]},
    {"of": [PARENT], "by": "quantise"},
    {"of": [PARENT, OTHER], "by": "prune", "share": [0.3]},
    {"of": [PARENT], "by": "half", "precision": ["float32", "bfloat16"]},
    {"of": [PARENT], "by": "average", "with": OTHER},
]
ROWS = custom_networks(DEMO["networks"])
DERIVED = derived_networks(ENTRIES, ROWS)


def test_names_and_columns_say_how_a_network_was_derived():
    assert [row.network.removeprefix(f"{PARENT}-") for row in DERIVED] == [
        *["finetune-texture-0", "finetune-texture-25", "at-12.5", "at-100", "int8-static", "pruned-30"],
        *[f"{OTHER}-pruned-30", "float32", "bfloat16", f"mean-{OTHER}"],
    ]
    assert [row.amount for row in DERIVED] == [0, 25, 0.125, 1, 8, 0.3, 0.3, 32, 16, 0.5]
    assert [row.how for row in DERIVED] == [*["texture"] * 2, "", "", "static", "", "", "float32", "bfloat16", OTHER]
    assert {row.by for row in DERIVED} == set(KINDS) and {row.origin for row in DERIVED} == {"derived"}
    for row in DERIVED:
        assert (row.architecture, row.scale, row.loss, row.dataset) == ("EDSR", 4, "L1", "natural")
        assert row.for_images().run["parent"]["network"] == row.parent


def test_the_table_of_networks_has_these_columns(tmp_path):
    write_network_table(network_table([*ROWS, *DERIVED]), tmp_path / "networks.csv")
    table = read_network_table(tmp_path / "networks.csv").set_index("network")
    assert table.loc[f"{PARENT}-finetune-texture-25", ["parent", "by", "how"]].tolist() == [
        *[PARENT, "finetune", "texture"]
    ]
    assert table.amount[table.by != ""].astype(float).tolist() == [row.amount for row in DERIVED]
    assert set(table.parent[table.origin == "custom"]) == {""}


def test_data_sets_of_further_training_are_part_of_the_study():
    lists = {"datasets": ["natural"], "derived": ENTRIES}
    assert training_datasets(DEMO["networks"] | lists) == ["natural", "texture"]
    assert training_datasets(DEMO["networks"] | lists | {"derived": []}) == ["natural"]


def test_further_training_is_as_the_parent_s_but_for_its_constant_low_rate():
    config = changed({"networks.derived": [ENTRIES[0], ENTRIES[0] | {"of": [OTHER], "learning_rate": 0.3}]})
    first, second = further_trainings(config, {row.network: row for row in ROWS})
    changes = {"iterations": 25, "learning_rate": 0.0002, "schedule": "constant", "ema": 0}
    settings = {key: value for key, value in DEMO["training"].items() if key not in ("overrides", "initialised_from")}
    assert first["settings"] == settings | changes | {"discriminator_learning_rate": 0.0002}
    assert second["settings"]["learning_rate"] == second["settings"]["discriminator_learning_rate"] == 0.3
    assert first["iterations"] == {row.network: row.amount for row in DERIVED[:2]}
    assert first["row"]["network"] == f"{PARENT}-finetune-texture" and first["row"]["seed"] == 1


def test_architectures_with_linear_layers_are_those_that_have_some():
    found = []
    for architecture in TRAINED:
        settings = {"SwinIR": {"img_size": 8, "depths": [2], "embed_dim": 8, "num_heads": [2]}}.get(architecture, {})
        modules = build_trainable(architecture, 2, **settings).modules()
        found += [architecture] if any(type(module).__name__ == "Linear" for module in modules) else []
    assert tuple(found) == LINEAR and set(BITS) == {"float32", "float16", "bfloat16"}


def test_the_demo_has_every_kind():
    check(DEMO)
    assert {entry["by"] for entry in DEMO["networks"]["derived"]} == set(KINDS)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"by": "prune"}, "0.share: missing; allowed: a value, since networks are derived by prune"),
        ({"by": "finetune", "iterations": [1]}, "0.dataset: missing; "),
        ({"by": "half"}, "0.precision: missing; "),
        ({"by": "average"}, "0.with: missing; "),
        ({"by": "quantise", "share": [0.5]}, "0.share: found [0.5] with by 'quantise'; allowed: mode"),
        ({"by": "checkpoint", "share": [0, 1]}, "0.share: found [0, 1]; allowed with by 'checkpoint': above 0"),
        ({"of": ["nobody"], "by": "quantise"}, "0.of: found 'nobody'; allowed: custom or published networks of"),
        (
            {"of": ["Real_CUGAN_SE-NA-x2-GAN-NA-pretrained"], "by": "quantise"},
            "0.of: found 'Real_CUGAN_SE-NA-x2-GAN-NA-pretrained', which ncnn runs; allowed: networks that torch runs",
        ),
        ({"by": "quantise", "mode": "dynamic"}, "0.mode: found 'dynamic' for EDSR, which has no linear layers; "),
        (
            {"by": "average", "with": PARENT},
            f"0.with: found '{PARENT}'; allowed: another network of the architecture",
        ),
        ({"by": "average", "with": AT_2X}, f"0.with: found '{AT_2X}'; allowed: another network of the architecture"),
        (
            {"by": "finetune", "dataset": "none", "iterations": [1]},
            "0.dataset: found 'none'; allowed: natural, texture",
        ),
    ],
)
def test_rows_that_cannot_be_derived_are_refused(entry, told):
    assert refused({"networks.derived": [{"of": [PARENT]} | entry]}).startswith(f"networks.derived.{told}")


def test_the_same_twice_is_refused():
    entry = {"of": [PARENT], "by": "prune", "share": [0.1]}
    told = refused({"networks.derived": [entry, entry | {"share": [0.2]}]})
    assert told == f"networks.derived.1.of: found '{PARENT}' by 'prune' twice; allowed: one row, with a list"


def test_networks_that_are_not_trained_here_are_not_trained_further():
    own = NetworkRow("mine", "mine", scale=4, origin="published", framework="spandrel")
    for entry in ({"by": "finetune", "dataset": "natural", "iterations": [1]}, {"by": "checkpoint", "share": [0.5]}):
        with pytest.raises(Exception, match=f"found 'mine' with by '{entry['by']}'; allowed: custom networks"):
            derived_networks([{"of": ["mine"]} | entry], [own])


def test_nothing_is_trained_on_derived_networks():
    told = refused({"experiments.0.train_on": ["custom", "derived"]})
    assert told.startswith("experiments.0.train_on.1: found 'derived'")
    told = refused({"networks.derived": []})
    assert told.startswith("experiments.0.evaluate_on: found 'derived', of which there are none")

"""Which networks an experiment learns from: a withheld value never reaches training, whatever the factorial."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_fingerprints.errors import InputError
from sr_fingerprints.experiments import (
    Experiment,
    evaluated_networks,
    experiment_table,
    files_by_experiment,
    training_networks,
    withheld_networks,
)
from sr_fingerprints.network_table import REAL, custom_networks, network_table, twin_networks

VALUES = {
    "architectures": ["EDSR", "RDN", "RCAN", "SwinIR", "NLSN"],
    "scales": [2, 3, 4],
    "losses": ["L1", "VGG_GAN", "ResNet_GAN"],
    "datasets": ["div2k", "flickr2k", "quarter_div2k", "quarter_flickr2k"],
    "seeds": [1, 2, 3, 10],
}
COLUMN = {
    "architectures": "architecture",
    "scales": "scale",
    "losses": "loss",
    "datasets": "dataset",
    "seeds": "seed",
}
PUBLISHED = {"network": "P", "architecture": "RCAN", "dataset": "NA", "scale": 4, "loss": "L1", "seed": "NA"}
PUBLISHED |= {"origin": "published", "framework": "ncnn", "files": {}, "run": {}}


@st.composite
def factorials(draw):
    """Networks of a random factorial with two twins, a published network and the photos; and a value withheld."""
    lists = {key: draw(st.lists(st.sampled_from(of), min_size=1, unique=True)) for key, of in VALUES.items()}
    rows = custom_networks(lists)
    twins = twin_networks([draw(st.sampled_from([row["network"] for row in rows]))], rows)
    key = draw(st.sampled_from(list(lists)))
    withheld = {COLUMN[key]: draw(st.sampled_from(VALUES[key]))}
    return network_table([*rows, PUBLISHED, *twins, REAL]), withheld


@given(factorials(), st.sampled_from(["scale", "loss", "architecture", "dataset", "network"]), st.booleans())
def test_withheld_values_never_reach_training(factorial, task, first_seed_only):
    networks, withheld = factorial
    only = {"seed": 1} if first_seed_only else {}
    experiment = Experiment("e", task, only=only, withhold=withheld)
    ((column, value),) = withheld.items()
    learned, unseen = training_networks(experiment, networks), withheld_networks(experiment, networks)
    assert value not in set(learned[column])
    assert set(unseen[column]) <= {value}
    custom = networks[networks.origin == "custom"]
    taking_part = custom[custom.seed == 1] if first_seed_only else custom
    assert sorted([*learned.network, *unseen.network]) == sorted(taking_part.network)
    assert set(evaluated_networks(experiment, networks).network) == set(unseen.network)


@given(factorials())
def test_the_table_of_networks_as_read_from_a_file_gives_the_same(factorial):
    """There seeds are text."""
    networks, withheld = factorial
    experiment = Experiment("e", "loss", withhold=withheld)
    text = networks.astype(str)
    assert (
        training_networks(experiment, text).network.tolist()
        == training_networks(experiment, networks).network.tolist()
    )


def test_what_an_experiment_is_follows_from_its_row():
    rows = [
        {"name": "a", "task": "network"},
        {"name": "p", "task": "network", "train_on": ["published"]},
        {"name": "b", "task": "network", "train_on": ["published", "custom"]},
        {"name": "s", "task": "scale", "withhold": {"seed": 3}},
        {"name": "n", "task": "network", "method": "prnu_correlation"},
        {"name": "l", "task": "network", "shuffle_labels": True},
        {"name": "t", "task": "network", "train_on": ["twin"]},
        {"name": "r", "task": "network", "train_on": ["custom", "published", "real"]},
    ]
    kinds = [row.kind for row in experiment_table(rows).values()]
    assert kinds == ["attribution", "attribution", "backbone", "parser", "prnu", "control", "control", "control"]


def test_evaluation_is_on_all_networks_of_the_origins_that_are_named():
    rows = custom_networks({key: values[:2] for key, values in VALUES.items()})
    networks = network_table([*rows, PUBLISHED])
    experiment = Experiment("e", "loss", withhold={"scale": 2}, evaluate_on=["custom", "published"])
    assert len(evaluated_networks(experiment, networks)) == len(networks)
    seeds = evaluated_networks(
        Experiment("e", "loss", only={"seed": 1}, evaluate_on=["custom", "published"]), networks
    )
    assert set(seeds.seed) == {1, "NA"}


def test_twins_are_two_rows_of_the_same_weights():
    rows = custom_networks({key: values[:1] for key, values in VALUES.items()})
    first, second = twin_networks([rows[0]["network"]], rows)
    assert first["weights_of"] == second["weights_of"] == rows[0]["network"]
    assert first["network"] != second["network"] and first["origin"] == "twin"
    with pytest.raises(InputError, match="twins: found 'EDSR'"):
        twin_networks(["EDSR"], rows)


def test_files_are_grouped_by_experiment():
    assert files_by_experiment(["a", "a", "b"], ["1", "2", "3"]) == {"a": ["1", "2"], "b": ["3"]}


def test_networks_of_no_origin_are_no_rows():
    networks = network_table([PUBLISHED])
    assert isinstance(training_networks(Experiment("e", "loss"), networks), pd.DataFrame)
    assert training_networks(Experiment("e", "loss"), networks).empty

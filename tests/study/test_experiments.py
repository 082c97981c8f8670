"""Which networks an experiment learns from: a withheld value never reaches training, whatever the factorial."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.experiments import (
    Experiment,
    control_problems,
    evaluated_networks,
    experiment_table,
    group_by_experiment,
    training_networks,
    withheld_networks,
)
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import REAL, custom_networks, interpolated, twin_networks

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
PUBLISHED = NetworkRow("P", "RCAN", scale=4, loss="L1", origin="published", framework="ncnn")
GENERATE = {"batch_size": 8, "memory": 6, "precision": "float32"}


@st.composite
def factorials(draw):
    """Networks of a random factorial with two twins, a published network and the photos; and a value withheld."""
    lists = {key: draw(st.lists(st.sampled_from(of), min_size=1, unique=True)) for key, of in VALUES.items()}
    rows = custom_networks(lists)
    twin = {"network": draw(st.sampled_from([row.network for row in rows])), "memory": 1}
    twins = twin_networks([twin], rows, GENERATE)
    key = draw(st.sampled_from(list(lists)))
    withheld = {COLUMN[key]: draw(st.sampled_from(VALUES[key]))}
    return network_table([*rows, PUBLISHED, *twins, REAL, *interpolated(lists["scales"])]), withheld


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
        {"name": "l", "task": "network", "shuffle_labels": True, "control_of": "a"},
        {"name": "t", "task": "network", "train_on": ["twin"]},
        {"name": "r", "task": "network", "train_on": ["custom", "published", "real"]},
        {"name": "i", "task": "network", "train_on": ["custom", "published", "interpolated"]},
    ]
    kinds = [row.kind for row in experiment_table(rows).values()]
    assert kinds == ["attribution", "attribution", "backbone", "parser", "prnu", *["control"] * 4]


def test_a_control_has_the_settings_of_the_experiment_that_it_is_of():
    """Its budget above all: labels that teach nothing in a tenth of the steps might in all of them."""
    main = {"name": "a", "task": "network", "classifier": {"epochs": 7, "steps_per_epoch": 800}}
    control = {"name": "c", "task": "network", "shuffle_labels": True, "control_of": "a"}
    found = experiment_table([main, control])
    assert found["c"].classifier == found["a"].classifier == main["classifier"]
    assert list(control_problems(Experiment(**control), {"a": Experiment(**main)})) == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"control_of": None}, ".control_of: missing; allowed: with shuffle_labels, the row"),
        ({"shuffle_labels": False}, ".control_of: found 'a' without shuffle_labels"),
        ({"control_of": "p"}, ".control_of: found 'p'; allowed: an earlier row that has classifiers: a"),
        ({"control_of": "c"}, ".control_of: found 'c'; allowed: an earlier row"),
        ({"classifier": {"epochs": 1}}, ".classifier: found {'epochs': 1}; allowed: nothing, since a has"),
        ({"task": "scale"}, ".task: found 'scale'; allowed: 'network', as in a"),
        ({"train_on": ["published"]}, ".train_on: found ['published']; allowed: ('custom',), as in a"),
        ({"initialised_from": "a"}, ".initialised_from: found 'a'; allowed: None, as in a"),
    ],
)
def test_a_control_that_differs_in_more_than_its_labels_is_refused(settings, problem):
    earlier = experiment_table(
        [{"name": "a", "task": "network"}, {"name": "p", "task": "network", "method": "prnu_euclidean"}]
    )
    control = {"name": "c", "task": "network", "shuffle_labels": True, "control_of": "a"} | settings
    (found,) = control_problems(Experiment(**control), earlier)
    assert found.startswith(problem)


def test_evaluation_is_on_all_networks_of_the_origins_that_are_named():
    rows = custom_networks({key: values[:2] for key, values in VALUES.items()})
    networks = network_table([*rows, PUBLISHED])
    experiment = Experiment("e", "loss", withhold={"scale": 2}, evaluate_on=["custom", "published"])
    assert len(evaluated_networks(experiment, networks)) == len(networks)
    seeds = evaluated_networks(
        Experiment("e", "loss", only={"seed": 1}, evaluate_on=["custom", "published"]), networks
    )
    assert set(seeds.seed) == {1, "NA"}


def test_twins_are_two_rows_of_the_same_weights_by_two_paths():
    rows = custom_networks({key: values[:1] for key, values in VALUES.items()})
    name = rows[0].network
    first, second = twin_networks([{"network": name, "memory": 0.5, "batch_size": 1}], rows, GENERATE)
    assert first.weights_of == second.weights_of == name
    assert first.network != second.network and first.origin == second.origin == "twin"
    assert (first.path, first.generate) == ("ordinary", {})
    assert (second.path, second.generate) == ("memory 0.5, batch size 1", {"memory": 0.5, "batch_size": 1})


@pytest.mark.parametrize(
    ("twin", "problem"),
    [
        ({"network": "EDSR", "memory": 1}, r"twins\.1\.network: found 'EDSR'; allowed: networks of this study"),
        ({"network": "P", "memory": 1}, r"twins\.1\.network: found 'P', which ncnn runs"),
        (
            {"precision": "float32"},
            r"twins\.1\.precision: found 'float32'; allowed: a value other than that of generate",
        ),
        ({"batch_size": 1}, r"twins\.1\.network: found 'EDSR-.*' twice; allowed: each network once"),
    ],
)
def test_twins_whose_paths_cannot_differ_are_refused(twin, problem):
    rows = [*custom_networks({key: values[:1] for key, values in VALUES.items()}), PUBLISHED]
    good = {"network": rows[0].network, "memory": 1}
    with pytest.raises(InputError, match=problem):
        twin_networks([good, good | twin], rows, GENERATE)


def test_interpolated_photos_are_one_class_a_scale():
    rows = interpolated([2, 4])
    assert [(row.network, row.scale, row.origin) for row in rows] == [
        ("bicubic-x2", 2, "interpolated"),
        ("bicubic-x4", 4, "interpolated"),
    ]


def test_files_are_grouped_by_experiment():
    assert group_by_experiment(["a", "a", "b"], ["1", "2", "3"]) == {"a": ["1", "2"], "b": ["3"]}


def test_networks_of_no_origin_are_no_rows():
    networks = network_table([PUBLISHED])
    assert isinstance(training_networks(Experiment("e", "loss"), networks), pd.DataFrame)
    assert training_networks(Experiment("e", "loss"), networks).empty


def test_an_attribution_from_fewer_photos_is_of_a_kind_of_its_own():
    assert Experiment("few", "network", training_photos=1).kind == "fewer_photos"
    assert Experiment("few", "loss", training_photos=1).kind == "parser"
    assert Experiment("all", "network").kind == "attribution"

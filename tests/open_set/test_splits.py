"""What is unknown to a classifier, and which of it thresholds are set and tested on."""

import pytest
from custom_networks import CUSTOM

from sr_fingerprints.open_set.splits import unknown_networks
from sr_fingerprints.study.experiments import Experiment, training_networks

EVERYTHING = ("custom", "published", "twin", "real", "interpolated")


def test_unknown_are_all_that_it_was_not_trained_on_but_twins(networks):
    found = unknown_networks(Experiment("a", "network", evaluate_on=EVERYTHING), networks)
    assert found.groupby("unknown", sort=False).network.size().to_dict() == {
        "published networks": 3,
        "interpolated photos": 4,
        "real photos": 1,
    }
    assert not set(found.network) & {row.network for row in CUSTOM}
    assert not found.network.str.contains("twin").any()


@pytest.mark.parametrize(
    ("withhold", "families"),
    [
        ({"architecture": "RCAN"}, {"GAN", "L1"}),
        ({"loss": "GAN"}, {"EDSR", "RCAN"}),
        ({"seed": 2}, {"EDSR", "RCAN"}),
    ],
)
def test_withheld_networks_are_unknown_and_halved_by_what_they_differ_in(networks, withhold, families):
    experiment = Experiment("a", "network", withhold=withhold, evaluate_on=("custom",))
    found = unknown_networks(experiment, networks)
    ((column, value),) = withhold.items()
    assert set(found.unknown) == {f"{column} {value}"}
    assert set(found.network) == set(networks.network[(networks[column] == value) & (networks.origin == "custom")])
    assert not set(found.network) & set(training_networks(experiment, networks).network)
    assert set(found.family) == families
    assert found.groupby("half").family.unique().map(list).tolist() == [[name] for name in sorted(families)]


def test_no_family_is_in_both_halves_and_kernels_are_families(networks):
    found = unknown_networks(Experiment("a", "network", evaluate_on=EVERYTHING), networks)
    assert (found.groupby(["unknown", "family"]).half.nunique() == 1).all()
    kernels = found[found.unknown == "interpolated photos"]
    assert set(zip(kernels.family, kernels.half, strict=True)) == {("bicubic", 0), ("lanczos", 1)}
    assert found[found.unknown == "real photos"].half.tolist() == [0]


def test_an_experiment_that_is_shown_nothing_unknown(networks):
    assert unknown_networks(Experiment("a", "network"), networks).empty

"""Rows of classifiers that networks are withheld from: a kind of their own, refused where they would mislead."""

import pytest
from checked_study import DEMO, refused

from sr_fingerprints.photos.interpolation import interpolate
from sr_fingerprints.study import tabulated
from sr_fingerprints.study.experiments import Experiment, experiment_table
from sr_fingerprints.study.networks import interpolated

ROW = {"name": "open", "task": "network", "withhold": {"architecture": "RCAN"}, "evaluate_on": ["custom"]}


def with_row(**changes):
    return refused({"experiments": [*DEMO["experiments"], ROW | changes]})


def test_its_kind_and_that_tables_of_attribution_are_not_about_it():
    assert Experiment(**ROW).kind == "open_set"
    assert Experiment(**ROW | {"task": "loss"}).kind == "parser"
    assert tabulated.attribution(experiment_table([ROW]), "custom", "custom") == []
    demo = experiment_table(DEMO["experiments"])
    assert [name for name, row in demo.items() if row.kind == "open_set"] == [
        "attribution_without_seed_3",
        "attribution_without_texture",
        "attribution_without_RCAN",
        "attribution_without_VGG_GAN",
    ]


def test_it_must_be_shown_known_networks_as_well():
    assert "evaluate_on: found ['published']; allowed: with those of train_on among them" in with_row(
        evaluate_on=["published"]
    )
    row = {key: value for key, value in ROW.items() if key != "evaluate_on"}
    assert "allowed: with evaluate_on" in refused({"experiments": [*DEMO["experiments"], row]})


def test_it_must_not_begin_with_a_classifier_that_saw_what_is_withheld():
    told = with_row(initialised_from="custom_attribution")
    assert "initialised_from: found 'custom_attribution', which withholds nothing; allowed: a row that" in told
    told = with_row(initialised_from="loss_without_seed_3")
    assert "found 'loss_without_seed_3', which withholds {'seed': 3}" in told


@pytest.mark.parametrize("kernel", ["bilinear", "lanczos", "nearest"])
def test_kernels_differ_from_bicubic_and_keep_a_flat_image(kernel):
    import numpy as np

    image = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    made = interpolate(image, 2, kernel)
    assert made.shape == (24, 32, 3) and made.dtype == np.uint8
    assert (made != interpolate(image, 2)).any()
    assert (interpolate(np.full_like(image, 77), 2, kernel) == 77).all()


def test_each_kernel_has_a_row_of_each_scale_but_1x():
    rows = interpolated([1, 2, 4], ["bicubic", "lanczos"])
    assert [row.network for row in rows] == ["bicubic-x2", "bicubic-x4", "lanczos-x2", "lanczos-x4"]
    assert {row.kernel for row in rows} == {"bicubic", "lanczos"} and {row.origin for row in rows} == {"interpolated"}

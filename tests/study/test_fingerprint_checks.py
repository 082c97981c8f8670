"""Crops that hold too few periods of the upsampling grids are refused; and whose attribution is taken apart."""

import pandas as pd
import pytest

from sr_fingerprints.fingerprints.spectra import LEAST_SPACING
from sr_fingerprints.study.checks import fingerprints
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.tabulated import crop_taken_apart, taken_apart

CUSTOM = {"name": "a", "task": "network"}
PUBLISHED = {"name": "b", "task": "network", "train_on": ["published"], "classifier": {"evaluation_crop": 48}}


def networks(custom=(), published=()):
    rows = [NetworkRow(f"c{i}", "A", scale=scale, origin="custom") for i, scale in enumerate(custom)]
    rows += [NetworkRow(f"p{i}", "A", scale=scale, origin="published") for i, scale in enumerate(published)]
    return network_table(rows).set_index("network", drop=False)


@pytest.mark.parametrize(
    ("rows", "table", "chosen"),
    [
        ([CUSTOM, PUBLISHED], networks([2, 4], [2, 4]), ["a"]),
        ([PUBLISHED, CUSTOM], networks([2], [2, 4]), ["b"]),
        ([PUBLISHED], networks([2, 4], [2, 4]), ["b"]),
        ([CUSTOM | {"task": "loss"}], networks([2, 4]), []),
    ],
)
def test_custom_networks_come_first_if_there_are_several(rows, table, chosen):
    experiments = experiment_table(rows)
    assert taken_apart(experiments, table) == chosen
    assert crop_taken_apart({"evaluation_crop": 128}, experiments, chosen) == (48 if chosen == ["b"] else 128)


@pytest.mark.parametrize(("scales", "refused"), [([2, 4], False), ([3, 4], False), ([3, 8], True), ([5, 3], True)])
def test_a_crop_has_at_least_four_periods(scales, refused):
    config = {"classifiers": {"evaluation_crop": 128}, "experiments": [PUBLISHED]}
    found = list(fingerprints.problems_with_networks(config, networks([], scales)))
    assert bool(found) == refused
    if refused:
        period = pd.Series(scales).prod()
        assert found == [
            "experiments.0.classifier.evaluation_crop: found 48, too small for the spectra of fingerprints; "
            f"allowed: 4 times {period}, the common period of all scales, or more"
        ]
    shared = list(fingerprints.problems_with_networks(config | {"experiments": []}, networks([], [5, 8])))
    assert shared[0].startswith("classifiers.evaluation_crop: found 128, too small")
    assert fingerprints.LEAST_PERIODS == LEAST_SPACING

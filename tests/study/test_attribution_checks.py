"""What is told, before any job, of an attribution stage that could not run."""

import pytest
from checked_study import DEMO, SCHEMA, changed

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.checks import attribution
from sr_fingerprints.study.configuration import check_configuration, check_experiments
from sr_fingerprints.study.experiments import experiment_table, training_networks
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table

NAME = "control_real"  # of the demo: published networks, photos and interpolations
WITHOUT = {
    "name": "without_two",
    "task": "network",
    "train_on": ["published", "real", "interpolated"],
    "evaluate_on": ["published", "real", "interpolated"],
    "withhold": {"architecture": ["SPAN_ch48", "SPAN_ch52"]},
}


def told(changes):
    settings = {f"attribution.{key}": value for key, value in changes.items() if "." not in key}
    others = {key: value for key, value in changes.items() if "." in key}
    return list(attribution.problems(changed(settings | others)))


def test_the_demo_has_none_of_it_and_may_have():
    assert DEMO["attribution"]["experiment"] is None and told({}) == []
    assert told({"experiment": NAME}) == []
    both = {f"experiments.{len(DEMO['experiments'])}": WITHOUT}
    assert told({"experiment": NAME, "without": "without_two"} | both) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"experiment": "x"}, "attribution.experiment: found 'x'; allowed: a row of experiments: custom_"),
        ({"experiment": "scale_parser"}, "attribution.experiment: found 'scale_parser', which does not tell"),
        ({"experiment": "prnu_int8"}, "attribution.experiment: found 'prnu_int8', which does not tell"),
        ({"experiment": "backbone_resnet"}, "attribution.experiment: found 'backbone_resnet', of backbone test_"),
        ({"experiment": "control_twins"}, "attribution.experiment: found 'control_twins', trained on ['twin']"),
        ({"experiment": "attribution_without_RCAN"}, "attribution.experiment: found 'attribution_without_RCAN'; al"),
        ({"experiment": NAME, "seed": 9}, "attribution.seed: found 9; allowed: seeds of control_real, [1]"),
        ({"experiment": NAME, "conditions": ["jpeg_90"]}, "attribution.conditions: found ['jpeg_90']; allowed: with"),
        (
            {"experiment": NAME, "conditions": ["pristine", "x"]},
            "attribution.conditions.1: found 'x'; allowed: names",
        ),
        ({"experiment": NAME, "tiles": [2]}, "attribution.tiles: found [2]; allowed: with 1 among them"),
        ({"experiment": NAME, "without": NAME}, "attribution.without: found 'control_real'; allowed: a row that"),
        (
            {"experiment": NAME, "without": "attribution_without_RCAN"},
            "attribution.without: found 'attribution_without_RCAN', trained on ['custom'] with only {}; allowed: the",
        ),
        ({"without": NAME}, "attribution.without: found 'control_real' without experiment; allowed"),
        ({"extends": "a.safetensors", "experiment": NAME}, "attribution.experiment: found 'control_real' and a"),
        ({"extends": "nowhere.safetensors"}, "attribution.extends: found 'nowhere.safetensors', no such file"),
        (
            {"experiment": NAME, "photos.split": {"train": 0.5, "validation": 0, "test": 0.5}},
            "photos.split.validation: found 0 with attribution; allowed: above 0",
        ),
    ],
)
def test_what_cannot_run_is_told_with_what_can(changes, expected):
    assert told(changes)[0].startswith(expected), told(changes)


def test_a_study_without_experiments_needs_a_bundle():
    config = changed({"experiments": []})
    check_configuration(config, SCHEMA)
    with pytest.raises(InputError, match=r"experiments: found \[\]; allowed: one row or more, or with attribution"):
        check_experiments(config, network_table([NetworkRow("mine", "mine", scale=2, origin="published")]))


def test_a_file_that_is_no_bundle_is_told(tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"nothing of the kind")
    table = network_table([NetworkRow("mine", "mine", scale=2, origin="published")])
    (problem,) = attribution.problems_with_networks(changed({"attribution.extends": str(path)}), table)
    assert problem.startswith(f"attribution.extends: found '{path}', which cannot be read (")
    assert "\n" not in problem


def test_a_network_that_a_bundle_has_is_told(tmp_path):
    from answering_bundles import answering_bundle

    from sr_fingerprints.attribution.bundle import write_bundle

    path = tmp_path / "b.safetensors"
    write_bundle(answering_bundle(), path)
    table = network_table([NetworkRow(name, "x", scale=2, origin="published") for name in ("N1", "mine")])
    problems = list(attribution.problems_with_networks(changed({"attribution.extends": str(path)}), table))
    assert problems == [f"networks: found 'N1', which {path} has already; allowed: a name of its own"]


def test_a_list_of_values_is_withheld_and_photos_stay_known():
    rows = [
        NetworkRow(name, architecture, scale=2, origin=origin)
        for name, architecture, origin in (
            ("a", "SPAN_ch48", "published"),
            ("b", "SPAN_ch52", "published"),
            ("c", "X", "published"),
            ("real", "NA", "real"),
        )
    ]
    experiment = experiment_table([WITHOUT])["without_two"]
    assert training_networks(experiment, network_table(rows)).network.tolist() == ["c", "real"]
    assert experiment.kind == "open_set"

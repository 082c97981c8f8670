"""Studies of a part: some origins of networks, some kinds of experiments. What one lacks is left out, and no more.

The files of rules that have no rules are Python; they are run here by themselves for every combination.
In tests/long/test_parts.py, Snakemake plans some of these and runs some to the end.
"""

import json
from functools import cache
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from parts_of_studies import ANSWERS, ORIGINS, PUBLISHED, ROWS, SMOKE, config_of, expected_items, possible
from smoke_study import ROOT, snakemake

from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study import experiments, network_table, networks
from sr_fingerprints.study.checks import experiments as checks

DEMO = yaml.safe_load((ROOT / "config.yaml").read_text())


@cache
def given_networks(published_and_own):
    """Rows of published and own networks, from lists in JSON: the table of networks takes its time to read."""
    tables = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
    return networks.published_networks(*json.loads(published_and_own), *tables)


@cache
def compiled():
    """Files of rules that have no rules, in their order, which is that of the Snakefile."""
    names = ("inputs", "chosen", "chosen_beyond", "contents_beyond", "contents")
    return [compile((ROOT / f"rules/{name}.smk").read_text(), name, "exec") for name in names]


def contents_of(config, demo=DEMO):
    """What rules/contents.smk and the files before it define for a study, by name: ``ITEMS`` and the like."""
    config = demo | {key: config[key] for key in ("networks", "experiments", "degradations")}
    config["networks"] = {"own": []} | config["networks"]
    given = json.dumps([config["networks"]["published"], config["networks"]["own"]])
    rows = networks.custom_networks(config["networks"]) + given_networks(given)
    twins = networks.twin_networks(config["networks"]["twins"], rows, config["generate"])
    everything = [*rows, *twins, networks.REAL, *networks.interpolated([2], config["networks"]["interpolations"])]
    table = network_table.network_table(everything).set_index("network", drop=False)
    found = {
        **{"config": config, "STUDIED": rows, "ROWS": everything, "NETWORKS": table, "DATASETS": {}, "RESULTS": "r"},
        "PHOTOS": SimpleNamespace(groups=DEMO["photos"]["bundled"], folder=None),
        "EXPERIMENTS": experiments.experiment_table(config["experiments"]),
        **{"experiments": experiments, "studied": networks, "prnu": prnu, "Path": Path, "ROOT": ROOT},
        "UNAVAILABLE": {"networks": [], "reason": ""},
    }
    for code in compiled():
        exec(code, found)  # noqa: S102
    return found


@pytest.fixture(scope="module")
def studies():
    """Contents of each study, by origins and kinds: every origin alone and with others, every subset of kinds."""
    found = {}
    for origins in ORIGINS:
        kinds = possible(origins)
        for size in range(1, len(kinds) + 1):
            for some in combinations(kinds, size):
                if "own" not in origins or size in (1, len(kinds)):  # they are published ones, to the experiments
                    found[origins, some] = contents_of(config_of(origins, some))
    return found


def test_a_study_has_what_its_experiments_are_about_and_tells_what_it_has_not(studies):
    assert len(studies) > 500
    for (origins, kinds), found in studies.items():
        assert set(found["ITEMS"]) == expected_items(kinds, origins), kinds
        assert set(found["LEFT_OUT"]["items"]) == set(found["PAPER_ITEMS"]) - set(found["ITEMS"])


def test_every_experiment_is_in_a_table_or_a_figure_or_is_told_to_be_in_none(studies):
    assert not any(found["LEFT_OUT"]["experiments"] for found in studies.values())
    second = ROWS["custom"] | {"name": "second"}
    found = contents_of(SMOKE | {"experiments": [ROWS["custom"], second, ROWS["prnu"]]})
    assert found["LEFT_OUT"]["experiments"] == ["second"]


def test_derived_networks_are_in_a_table_if_a_classifier_of_their_parents_is_shown_them():
    shown = {"name": "shown", "task": "network", "evaluate_on": ["custom", "derived"]}
    items = {"tables/derived_networks", "figures/derived_networks"}
    for rows in ([shown], [ROWS["custom"], shown], [shown | {"evaluate_on": ["derived"]}]):
        found = contents_of(SMOKE | {"experiments": rows})
        assert items <= set(found["ITEMS"]) and found["DERIVED_ATTRIBUTION"] == ["shown"]
        assert not found["LEFT_OUT"]["experiments"]
    given = ROWS["published"] | {"evaluate_on": ["published", "derived"]}
    assert contents_of(SMOKE | {"experiments": [given, shown]})["DERIVED_ATTRIBUTION"] == ["shown", "a3"]
    parser = ROWS["parser"] | {"evaluate_on": ["custom", "derived"]}
    for rows in ([ROWS["custom"]], [parser]):
        assert not items & set(contents_of(SMOKE | {"experiments": rows})["ITEMS"])


def test_experiments_are_chosen_by_what_they_are_and_by_name_where_several_are_alike():
    """Under the names that others have as a rule, an experiment is still what its row says."""
    wrong = [ROWS["published"] | {"name": "custom_attribution"}, ROWS["custom"] | {"name": "published_attribution"}]
    found = contents_of(SMOKE | {"experiments": wrong})
    assert found["CUSTOM_ATTRIBUTION"] == ["published_attribution"]
    assert found["PUBLISHED_ATTRIBUTION"] == ["custom_attribution"]
    part = ROWS["custom"] | {"name": "part", "only": {"seed": 1}}
    for names, chosen in ((["x", "custom_attribution"], "custom_attribution"), (["x", "y"], "x")):
        rows = [part, *(ROWS["custom"] | {"name": name} for name in names)]
        assert contents_of(SMOKE | {"experiments": rows})["CUSTOM_ATTRIBUTION"] == [chosen]
    others = [{"task": "scale"}, {"method": "prnu_euclidean"}, {"evaluate_on": ["published"]}]
    for other in others:
        row = {"name": "custom_attribution", "task": "network"} | other
        assert contents_of(SMOKE | {"experiments": [row]})["CUSTOM_ATTRIBUTION"] == []


def test_a_learning_curve_has_what_differs_in_nothing_but_its_training_photos():
    rows = [
        ROWS["custom"],
        ROWS["custom"] | {"name": "few", "training_photos": 1},
        ROWS["custom"] | {"name": "part", "training_photos": 1, "only": {"seed": 1}},
        ROWS["published"] | {"name": "others", "training_photos": 1},
    ]
    found = contents_of(SMOKE | {"experiments": rows})
    assert found["LEARNING_CURVE"] == ["a1", "few"] and found["CUSTOM_ATTRIBUTION"] == ["a1"]
    assert found["LEFT_OUT"]["experiments"] == ["part", "others"]
    assert contents_of(SMOKE | {"experiments": rows[:1]})["LEARNING_CURVE"] == []


def test_evidence_can_be_left_out():
    config = DEMO | {"evidence": DEMO["evidence"] | {"classifiers": 0}}
    found = contents_of(SMOKE | {"experiments": [ROWS["custom"]]}, config)
    assert "tables/calibration" in found["LEFT_OUT"]["items"] and found["CALIBRATIONS"] == []


def test_prnu_stands_beside_classifiers_of_the_same_networks_once_for_each_match():
    settings = [{}, {"prnu": {"shift": [1, 2]}}, {}, {"method": "prnu_correlation"}, {"only": {"seed": 1}}]
    rows = [ROWS["prnu"] | {"name": f"n{number}"} | other for number, other in enumerate(settings)]
    assert contents_of(SMOKE | {"experiments": [ROWS["custom"], *rows]})["CUSTOM_PRNU"] == ["n0", "n3"]
    part = ROWS["custom"] | {"only": {"seed": 1}}
    found = contents_of(SMOKE | {"experiments": [part, *rows]})
    assert found["CUSTOM_PRNU"] == ["n4"] and "tables/seed_triplets" not in found["ITEMS"]


AUGMENTED = ROWS["custom"] | {"name": "custom_attribution", "classifier": {"augmentation": {"share": 1}}}
ROBUSTNESS = {"tables/robustness", "figures/robustness", "figures/robustness_by_network"}


def test_classifiers_of_degraded_crops_are_in_the_table_of_robustness_and_in_no_other():
    rows = [AUGMENTED, ROWS["never_saw"], AUGMENTED | {"name": "part", "only": {"seed": 1}}, ROWS["published"]]
    found = contents_of(SMOKE | {"experiments": [*rows, ROWS["prnu"], ROWS["prnu"] | {"name": "n3"}]})
    assert found["CUSTOM_ATTRIBUTION"] == found["NEVER_SAW"] == ["a2"]
    assert found["ROBUST_CLASSIFIERS"] == ["a2", "custom_attribution", "a3"] and found["ROBUST_PRNU"] == ["n1"]
    methods = [(row["name"], row["method"], row["classes"]) for row in found["ROBUST_ROWS"]]
    assert methods[1:3] == [
        ("custom_attribution", "classifier, degraded in training", 4),
        ("n1", "PRNU, euclidean", 4),
    ]
    assert found["LEFT_OUT"]["experiments"] == ["part"]  # n3 is in the table of PRNU


def test_prnu_of_degraded_images_has_wavelets_whatever_the_study_has():
    wavelet = ROWS["prnu"] | {"name": "w", "prnu": {"denoiser": "wavelet"}}
    slow = ROWS["prnu"] | {"name": "slow", "prnu": {"denoiser": "bm3d"}}
    shifted = wavelet | {"name": "shifted", "prnu": {"denoiser": "wavelet", "shift": [1, 2]}}
    found = contents_of(SMOKE | {"experiments": [slow, shifted, wavelet]})
    assert found["ROBUST_PRNU"] == ["w"]


def test_without_degradations_a_study_is_without_robustness_and_tells_so():
    experiments = [ROWS["custom"], ROWS["prnu"]]
    for some in ([], [{"name": "a", "tier": "training", "chain": [{"jpeg": 90}]}]):
        found = contents_of(SMOKE | {"experiments": experiments, "degradations": some})
        assert set(found["LEFT_OUT"]["items"]) > ROBUSTNESS and not ROBUSTNESS & set(found["ITEMS"])
    assert set(contents_of(SMOKE | {"experiments": experiments})["ITEMS"]) >= ROBUSTNESS


def test_prnu_without_validation_photos_is_without_the_classifiers_of_pipelines_and_photo_sources():
    """They choose their best epoch on validation photos, which a study of PRNU alone may be without."""
    items = {f"{kind}/{name}" for kind in ("tables", "figures") for name in ("pipelines", "photo_sources")}
    demo = DEMO | {"photos": DEMO["photos"] | {"split": {"train": 0.5, "validation": 0, "test": 0.5}}}
    found = contents_of(SMOKE | {"experiments": [ROWS["prnu"]]}, demo)
    assert set(found["LEFT_OUT"]["items"]) > items and not items & set(found["ITEMS"])
    assert set(contents_of(SMOKE | {"experiments": [ROWS["prnu"]]})["ITEMS"]) > items


OF_ANSWERS = {f"tables/attribution{part}" for part in ("", "_groups", "_sources", "_parsers")}
OF_ANSWERS |= {f"figures/attribution_{name}" for name in ("coverage", "confusion")}


def test_answers_about_single_images_are_of_one_experiment_or_of_a_bundle():
    rows = [ROWS["custom"], {"name": "all", "task": "network", "train_on": ["published", "real", "interpolated"]}]
    assert not OF_ANSWERS & set(contents_of(SMOKE | {"experiments": rows})["ITEMS"])
    demo = DEMO | {"attribution": DEMO["attribution"] | ANSWERS | {"experiment": "all"}}
    found = contents_of(SMOKE | {"experiments": rows}, demo)
    assert set(found["ITEMS"]) >= OF_ANSWERS and "tables/attribution_own" in found["LEFT_OUT"]["items"]
    assert found["OBSERVED"] == ["all"] and set(found["ATTRIBUTED"]) >= {"real", "bicubic-x2", *PUBLISHED}
    assert [row["name"] for row in found["CONDITIONS"]] == ANSWERS["conditions"]
    assert not found["LEFT_OUT"]["experiments"]
    demo = DEMO | {"attribution": DEMO["attribution"] | {"extends": "b.safetensors"}}
    found = contents_of(config_of(["own"], []), demo)
    assert set(found["ITEMS"]) >= OF_ANSWERS | {"tables/attribution_own"}
    assert found["ATTRIBUTED"] == ["own1", "own2"] and found["SHOWN_TO_IT"] == ["own1", "own2", "real"]
    assert "figures/overview" in found["LEFT_OUT"]["items"] and found["CONDITIONS"] is None


def test_own_networks_are_called_so():
    for origins, name in (
        (["own"], "own"),
        (["published"], "published"),
        (["published", "own"], "published and own"),
    ):
        found = contents_of(config_of(origins, ["published"]))
        assert found["PUBLISHED_ARE"] == name
        numbers = found["STUDY"]["published_networks"], found["STUDY"]["own_networks"]
        assert numbers == (2 * ("published" in origins), 2 * ("own" in origins))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"train_on": ["twin"], "task": "loss"}, ".task: found 'loss' with train_on ['twin']; allowed: network, or"),
        (
            {"withhold": {"seed": 2}},
            ".withhold: found {'seed': 2} with task network; allowed: with evaluate_on, since",
        ),
        (
            {"task": "loss", "evaluate_on": ["real"]},
            ".evaluate_on: found ['real']; allowed: with custom or published",
        ),
        (
            {"train_on": ["twin"], "evaluate_on": ["custom"]},
            ".evaluate_on: found ['custom']; allowed: with twin among",
        ),
        (
            {"train_on": ["custom", "published"], "evaluate_on": ["twin"]},
            ".evaluate_on: found ['twin']; allowed: with custom or published among them",
        ),
        (
            {"train_on": ["real", "interpolated"], "evaluate_on": ["custom"]},
            ".evaluate_on: found ['custom']; allowed: with real or interpolated among them",
        ),
        (
            {"train_on": ["custom", "real"], "method": "prnu_euclidean"},
            ".train_on: found ['custom', 'real'] with PRNU; allowed: other origins",
        ),
    ],
)
def test_an_experiment_without_results_is_refused_before_any_job(change, told):
    rows = [{"name": "e", "task": "network"} | change]
    assert next(iter(checks.problems(DEMO | {"experiments": rows}))).startswith(f"experiments.0{told}")


def test_a_shuffled_control_is_evaluated_on_what_it_learned():
    row = {"name": "c", "task": "network", "shuffle_labels": True, "control_of": "a1", "evaluate_on": ["published"]}
    problems = list(checks.problems(DEMO | {"experiments": [ROWS["custom"], row]}))
    assert problems == ["experiments.1.evaluate_on: found ['published']; allowed: with custom among them"]


def test_a_study_without_any_network_is_told_so():
    with pytest.raises(
        InputError, match="networks: found neither custom nor published nor own ones; allowed: at least"
    ):
        contents_of(config_of([], ["photos"]))


def test_photos_interpolated_by_1_are_no_class_beside_the_photos():
    assert [row.network for row in networks.interpolated([1, 2, 8])] == ["bicubic-x2", "bicubic-x8"]


def test_data_sets_that_no_network_is_trained_on_are_no_part_of_a_study(tmp_path):
    """Nor need their folders be there."""
    lists = SMOKE["networks"] | {"datasets": ["natural", "texture"], "seeds": [1], "derived": []}
    assert networks.training_datasets(lists) == ["natural", "texture"]
    assert networks.training_datasets(lists | {"architectures": []}) == []
    config = config_of(["published"], ["published"]) | {"datasets": {"natural": {"folder": "nowhere", "bundled": []}}}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(config))
    told = snakemake(tmp_path, "-n", "--configfile", tmp_path / "c.yaml")
    assert told.returncode == 0, told.stderr[-2000:]

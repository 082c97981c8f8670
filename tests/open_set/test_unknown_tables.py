"""From scores to the tables of unknown networks: what is compared, thresholds, controls and groups."""

import numpy as np
import pandas as pd
import pytest
from custom_networks import CUSTOM

from sr_fingerprints.open_set.clusters import chance_of_agreement, cluster, pooled
from sr_fingerprints.open_set.names import KNOWN, NEW, SCORES
from sr_fingerprints.open_set.scored import Settings, last_layer_logits, score_experiment
from sr_fingerprints.report.findings.open_set import unknown_grouped, unknown_recognised
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.experiments import Experiment
from sr_fingerprints.tables.open_set import (
    CONTROLS,
    HALVES,
    NEW_PHOTOS,
    PRINTED,
    open_set_table,
    tabulate_open_set,
    thresholds,
)
from sr_fingerprints.tables.unknown_networks import GIVEN, unknown_networks_table
from sr_fingerprints.tables.unknown_networks import KNOWN as KNOWN_GROUPS

NAMES = [row.network for row in CUSTOM]
EXPERIMENT = Experiment("a", "network", evaluate_on=("custom", "published", "twin", "real", "interpolated"))
UNKNOWN = ["Alpha", "Beta", "Gamma", "real", "bicubic-x2", "lanczos-x2", "bicubic-x4", "lanczos-x4"]
OF_FEATURES = SCORES[2:]


@pytest.fixture
def predictions(shown):
    return {
        "train": shown(NAMES, "train", NAMES),
        "validation": shown(NAMES + UNKNOWN, "validation", NAMES),
        "test": shown([*NAMES, *UNKNOWN, "EDSR-d-x2-L1-s1-twin1"], "test", NAMES),
    }


@pytest.fixture
def scored(networks, classifier, predictions):
    return score_experiment(EXPERIMENT, networks, classifier, predictions, Settings(3, 1, 1))


def test_every_image_is_scored_once_but_twins(scored):
    test = scored[scored.photos == "test"]
    assert len(test) == (len(NAMES) + len(UNKNOWN)) * 20
    assert set(test.network[test.unknown == KNOWN]) == set(NAMES)
    assert len(scored[scored.photos == "train"]) == len(NAMES) * 12
    assert len(scored[scored.photos == NEW]) == len(NAMES) * 20
    assert scored[list(SCORES)].notna().all(axis=None)


def test_training_images_are_not_among_what_describes_the_known(networks, classifier, predictions, scored):
    """If they were, the nearest known image of each would be itself."""
    settings = Settings(1, 1, 1)
    nearest = score_experiment(EXPERIMENT, networks, classifier, predictions, settings)
    assert nearest[nearest.photos == "train"].nearest_neighbours.min() > 1e-6


def test_networks_far_from_the_known_are_recognised_and_known_ones_are_not(scored):
    table = open_set_table(scored, {"a": len(NAMES)}).set_index(["unknown", "score"])
    for score in OF_FEATURES:
        row = table.loc["published networks", score]
        assert row.auroc > 0.99 and row.fpr95 < 5 and row.auroc_low > 0.9
        assert row.auroc_of_known_low < 0.5 < row.auroc_of_known_high
        assert (row.images_known, row.images_unknown, row.networks_unknown) == (160, 60, 3)
        assert table.loc[NEW_PHOTOS, score].auroc == pytest.approx(0.5, abs=0.15)
    assert table.loc[HALVES].auroc.to_numpy() == pytest.approx(0.5, abs=0.02)
    assert (table.oscr.dropna() <= table.accuracy_mean.dropna() / 100 + 1e-9).all()
    assert table.accuracy_mean.dropna().nunique() == 1 and (table.chance.dropna() == 12.5).all()


def test_scores_that_say_nothing_are_at_chance(scored):
    """Scores exchanged among all images: no kind of unknown networks is recognised."""
    random = np.random.default_rng(0)
    shuffled = scored.assign(**{score: random.permutation(scored[score].to_numpy()) for score in SCORES})
    table = open_set_table(shuffled, {"a": len(NAMES)})
    unknown = table[~table.unknown.isin(CONTROLS)]
    assert unknown.auroc.to_numpy() == pytest.approx(0.5, abs=0.15)
    assert unknown.oscr.to_numpy() == pytest.approx(unknown.oscr_chance.to_numpy(), abs=0.1)
    lines = unknown_recognised(table.assign(score=table.score.map(PRINTED)), 5)
    assert all("Recognised by no score beyond chance" in line for line in lines[:3])


def test_a_threshold_is_set_on_other_networks_and_other_photos(scored):
    limits = thresholds(scored[scored.photos == "validation"], "energy")
    validation = scored[(scored.photos == "validation") & (scored.half == 1)]
    assert (validation.energy >= limits[0]).mean() >= 0.95
    moved = scored.assign(energy=scored.energy.where((scored.half != 1) | (scored.photos != "validation"), 1e6))
    assert thresholds(moved[moved.photos == "validation"], "energy") == {0: 1e6, 1: limits[1]}
    table = open_set_table(moved, {"a": 8}).set_index(["unknown", "score"])
    assert table.loc[("real photos", "energy"), "tpr_at_threshold"] == 0, "it is in the half that 1e6 is for"
    assert table.loc[("published networks", "energy"), "tpr_at_threshold"] < 50


def test_without_unknown_validation_networks_there_is_no_threshold(scored):
    table = open_set_table(scored[(scored.photos != "validation") | (scored.half == 0)], {"a": 8})
    assert "tpr_at_threshold" not in table


def test_predictions_of_another_classifier_are_refused(networks, classifier, predictions):
    predictions["test"].scores[:] = 1 / len(NAMES)
    with pytest.raises(InputError, match=r"classifier\.safetensors: found other probabilities"):
        score_experiment(EXPERIMENT, networks, classifier, predictions, Settings(3, 1, 1))


def test_a_damaged_classifier_is_named(tmp_path):
    (tmp_path / "c.safetensors").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"c\.safetensors: damaged, or not a trained classifier"):
        last_layer_logits(tmp_path / "c.safetensors", np.zeros((1, 6), np.float32))


def test_the_table_and_its_findings(scored, tmp_path):
    scored.to_csv(tmp_path / "scores.csv", index=False)
    tabulate_open_set(tmp_path / "scores.csv", {"a": 8}, tmp_path / "t.csv", tmp_path / "t.tex")
    table = pd.read_csv(tmp_path / "t.csv")
    assert set(table.score) == set(PRINTED.values())
    lines = unknown_recognised(table, 5)
    assert lines[0].startswith("* published networks (3), AUROC: maximum probability")
    assert "Recognised as unknown by" in lines[0] and "nearest neighbours" in lines[0]
    assert all("Undecided: 2 photos are too few" in line for line in unknown_recognised(table, 2)[:3])
    assert "nan" not in " ".join(lines)


def test_distinct_networks_form_groups_and_shuffled_names_do_not(networks, shown):
    found = shown([*NAMES, *UNKNOWN], "test", NAMES)
    table = unknown_networks_table({"a": EXPERIMENT}, networks, {"a": found}, 10, 1)
    assert set(table.unknown) == {"published networks", "interpolated photos", KNOWN_GROUPS}
    assert (table.ari > 0.9).all() and (table.ari_of_chance < 0.3).all() and (table.ari_of_photos < 0.1).all()
    assert (table.clusters == table.networks).all()
    found.network[:] = np.random.default_rng(0).permutation(found.network)
    shuffled = unknown_networks_table({"a": EXPERIMENT}, networks, {"a": found}, 10, 1)
    assert shuffled[shuffled.unit == "image"].ari.abs().max() < 0.1
    lines = unknown_grouped(table.assign(method=table.method.map(GIVEN)))
    assert lines[0].startswith("* published networks: 3 groups of 3 networks, adjusted Rand index 1.00")


def test_groups_of_a_single_photo_are_of_images(networks, shown):
    """Means would be one for each network: as many groups of one, or one of all, whatever the features are."""
    found = shown([*NAMES, *UNKNOWN], "test", NAMES)
    table = unknown_networks_table({"a": EXPERIMENT}, networks, {"a": found.select(found.source == "f")}, 10, 1)
    assert set(table.unit) == {"image"}
    lines = unknown_grouped(table.assign(method=table.method.map(GIVEN)))
    assert lines[0].startswith("* published networks: ") and "nan" not in " ".join(lines)


def test_findings_say_where_no_more_groups_were_tried(networks, shown):
    found = shown([*NAMES, *UNKNOWN], "test", NAMES)
    for most, said in ((2, "2 groups, the most that were tried, of 3 networks"), (3, "3 groups of 3 networks")):
        table = unknown_networks_table({"a": EXPERIMENT}, networks, {"a": found}, most, 1)
        lines = unknown_grouped(table.assign(method=table.method.map(GIVEN)))
        assert lines[0].startswith(f"* published networks: {said}") and "Exploratory" in lines[-1]


def test_the_mixture_is_not_told_the_number_of_networks():
    features = np.random.default_rng(0).normal(size=(60, 4)) + np.repeat(np.eye(4)[:3] * 20, 20, axis=0)
    found = [cluster("mixture", features, networks, 10, 1) for networks in (1, 3, 9)]
    assert all((each == found[0]).all() for each in found) and len(set(found[0])) == 3
    assert len(set(cluster("ward", features, 9, 10, 1))) == 9


def test_one_network_seen_in_many_photos_is_one_group():
    features = np.random.default_rng(0).normal(size=(60, 4))
    assert set(cluster("mixture", features, 1, 10, 1)) == {0}


def test_photos_are_pooled_by_network():
    features, networks, sources = pooled(
        np.array([[0.0], [2.0], [5.0], [7.0]]), np.array(["n", "n", "n", "m"]), np.array(["p", "p", "q", "p"])
    )
    assert dict(zip(zip(networks, sources, strict=True), features[:, 0], strict=True)) == {
        ("n", "p"): 1,
        ("n", "q"): 5,
        ("m", "p"): 7,
    }


def test_the_index_of_chance_is_that_of_scikit_learn():
    from sklearn.metrics import adjusted_rand_score

    random = np.random.default_rng(3)
    names, clusters = random.integers(4, size=50).astype(str), random.integers(6, size=50)
    again = np.random.default_rng(7)
    permuted = [
        adjusted_rand_score(again.permutation(np.unique(names, return_inverse=True)[1]), clusters) for _ in range(99)
    ]
    assert chance_of_agreement(names, clusters, 99, 7) == pytest.approx(np.quantile(permuted, 0.95))

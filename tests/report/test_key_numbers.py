"""The first numbers of a study: those of the findings in words, in the order of the paper, of what the study has."""

import numpy as np
import pandas as pd
import pytest
from made_up_tables import tables

from sr_fingerprints.report.findings import findings
from sr_fingerprints.report.findings.numbers import key_numbers

STUDY = {"name": "x", "published_networks": 2, "own_networks": 0, "custom_networks": 4, "expected_quality": {}}


def answers():
    """The table of attribution of single images, and those added to a bundle."""
    kinds = ["known networks", "photos", "interpolations", "networks left out"]
    named = {"named": [60.0, 1.0, 4.0, 9.0], "named_low": [50.0, 0.5, 2.5, 4.0], "named_high": [70.0, 1.9, 6.0, 15.0]}
    right = {"right": [97.0, *[np.nan] * 3], "right_low": [95.5, *[np.nan] * 3], "right_high": [99, *[np.nan] * 3]}
    rejected = {"rejected": [40.0, 99.0, 96.0, 78.0], "rejected_low": 70.0, "rejected_high": 85.0}
    return {"images_of": kinds, "condition": "pristine", "tiles": 1, **named, **right, **rejected}


def test_the_paper_s_findings_come_first_in_its_order():
    found = key_numbers(tables(), STUDY, 20)
    assert [(one.value, one.paper, one.verdict) for one in found[:5]] == [
        (70.0, pytest.approx(np.nan, nan_ok=True), "seen here"),
        (57.5, 87.5, "seen here"),
        (48.2, 10.2, "seen here"),
        (15.4, 1.2, "undecided here"),
        (84.7, 98.6, "seen here"),
    ]
    assert found[0].std == 0.8 and found[0].against == 2.1
    assert (found[3].low, found[3].high, found[3].interval) == (-2.9, 33.6, "photos and networks")


def test_each_is_in_the_findings_in_words_with_its_interval():
    """What a reader sees first is what the text says: the same numbers, and the same verdict beside them."""
    words = "\n".join(line for _, lines in findings(tables(), STUDY, 20) for line in lines)
    for one in key_numbers(tables(), STUDY, 20):
        assert one.printed(one.value) in words, one.claim
        assert f"[{one.printed(one.low)}, {one.printed(one.high)}]" in words, one.claim
        assert np.isnan(one.paper) or one.printed(one.paper) in words, one.claim
        if "distinctive" in one.claim and "PRNU" not in one.claim:
            assert f"**{one.verdict}**: {one.printed(one.value)}" in words


def test_what_each_part_of_a_loss_adds_comes_after_what_they_add_together():
    some = tables()
    groups = some["accuracy_by_hyperparameter"]
    (together,) = groups[groups.value == "adversarial - L1"].to_dict("records")
    parts = [
        together | {"value": "perceptual - L1", "accuracy_mean": 3.7},
        together | {"value": "adversarial - perceptual", "accuracy_networks_low": -1.0},
    ]
    some["accuracy_by_hyperparameter"] = pd.concat([groups, pd.DataFrame(parts)])
    found = [one for one in key_numbers(some, STUDY, 20) if "distinctive" in one.claim and "PRNU" not in one.claim]
    assert [(one.about, one.value, one.verdict) for one in found] == [
        ("accuracy, adversarial minus L1", 48.2, "seen here"),
        ("accuracy, perceptual minus L1", 3.7, "seen here"),
        ("accuracy, adversarial minus perceptual", 48.2, "undecided here"),
        ("accuracy, scale 4 minus 2", 15.4, "undecided here"),
    ]
    words = "\n".join(line for _, lines in findings(some, STUDY, 20) for line in lines)
    assert all(f"{one.claim}: **{one.verdict}**, {one.printed(one.value)}" in words for one in found[1:3])


def test_with_too_few_photos_nothing_is_decided():
    found = key_numbers(tables(), STUDY, 4)
    assert found and all(one.undecided for one in found)


def test_a_study_of_prnu_alone_begins_with_prnu():
    some = tables()
    for name in ("accuracy_by_hyperparameter", "seed_triplets"):
        some[name] = some[name].drop(columns=[key for key in some[name] if key.startswith("accuracy")])
    del some["published_networks"]
    found = key_numbers(some, STUDY, 20)
    assert len(found) == 3 and all(one.claim.startswith("PRNU, euclidean (wavelet)") for one in found)
    assert [one.paper for one in found[1:]] == [62.2, -32.4]
    assert [one.verdict for one in found] == ["seen here", "undecided here", "undecided here"]


def test_a_study_of_answers_alone_has_its_aims_decided_by_intervals():
    table = pd.DataFrame(answers()).assign(tested="all sources known")
    table.loc[3, "tested"] = "some sources left out"
    found = key_numbers({"attribution": table}, STUDY, 20)
    assert [(one.value, one.against, one.verdict) for one in found] == [
        (60.0, pytest.approx(np.nan, nan_ok=True), ""),
        (97.0, 95.0, "kept here"),
        (1.0, 2.0, "kept here"),
        (4.0, 2.0, "missed here"),
        (78.0, 80.0, "undecided here"),
    ]


def test_a_study_without_such_tables_has_none():
    assert key_numbers({}, STUDY, 20) == []

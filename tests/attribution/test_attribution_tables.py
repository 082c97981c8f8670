"""Tables of answers about single images, by hand and against the model that gave them."""

import numpy as np
import pandas as pd
import pytest
from answering_bundles import answering_bundle
from attribution_data import gaussian, separated

from sr_fingerprints.attribution.answers import (
    OWN,
    PARSED,
    TEST,
    WITHOUT,
    answers_of,
    pairs_of,
    parsed_values,
    sources_of,
)
from sr_fingerprints.attribution.observations import pooled
from sr_fingerprints.figures.attribution_confusion import decision_shares
from sr_fingerprints.figures.attribution_coverage import coverage_curve
from sr_fingerprints.report.findings.single_images import single_image_findings
from sr_fingerprints.tables.attribution import attribution_table
from sr_fingerprints.tables.attribution_groups import groups_table
from sr_fingerprints.tables.attribution_own import own_table
from sr_fingerprints.tables.attribution_parsers import attribution_parsers_table
from sr_fingerprints.tables.attribution_sources import sources_table


@pytest.fixture(scope="module")
def bundle():
    return answering_bundle()


@pytest.fixture(scope="module")
def answers(bundle):
    return answers_of(bundle.model, bundle.held_out, (1, 4), TEST)


def by_hand(rows):
    """Answers for images of network a, b and c (a and b are a group) and of photos, all else made up."""
    frame = pd.DataFrame(rows, columns=["name", "photo", "decision", "answer", "right"])
    frame["kind"] = np.where(frame.name == "photo", "photo", "network")
    constant = {"tested": TEST, "known": True, "condition": "pristine", "tier": "clean", "tiles": 1, "crops": 4}
    constant |= {"probability": 0.9, "members": 1, "classes": 4, "covered": True, "set_size": 2, "group_right": True}
    return frame.assign(**constant, likeliest_network=frame.name, group_probability=0.9)


ROWS = [
    ("a", "p1", "network", "a", True),
    ("a", "p2", "group", "a or b", True),
    ("b", "p1", "network", "c", False),
    ("b", "p2", "undecided", "", False),
    ("c", "p1", "unknown", "", False),
    ("c", "p2", "network", "c", True),
    ("photo", "p1", "not_super_resolved", "photo", True),
    ("photo", "p2", "network", "c", False),
]
SOURCES = pd.DataFrame(
    [
        (name, name, kind, "2", "L1", "f", "MIT", group)
        for name, kind, group in (
            ("a", "network", "a or b"),
            ("b", "network", "a or b"),
            ("c", "network", "c"),
            ("photo", "photo", ""),
        )
    ],
    columns=["name", "words", "kind", "scale", "loss", "family", "licence", "group"],
)


def test_shares_are_of_the_images_and_of_what_is_named():
    table = attribution_table(by_hand(ROWS)).set_index("images_of")
    networks = table.loc["known networks"]
    assert networks.images == 6 and networks.photos == 2
    assert networks.named == pytest.approx(100 * 4 / 6) and networks.right == pytest.approx(75)
    assert networks[["network", "group", "unknown", "undecided"]].tolist() == pytest.approx([50, *3 * [100 / 6]])
    assert networks.rejected == pytest.approx(100 / 3) and networks.chance == pytest.approx(25)
    assert networks.named_low < networks.named < networks.named_high
    photos = table.loc["photos"]
    assert photos.named == 50 and photos.right == 0 and photos.not_super_resolved == 50


def test_what_is_called_by_a_name_leaves_out_the_group_of_that_name():
    table = sources_table(by_hand(ROWS), SOURCES).set_index("name")
    assert table.recall_pristine.tolist() == [100, 0, 50, 50]
    assert table.falsely_named["c"] == pytest.approx(100 * 2 / 6) and table.falsely_named["a"] == 0
    assert pd.isna(table.falsely_named["photo"])


def test_decisions_count_for_the_group_of_a_network():
    shares = decision_shares(by_hand(ROWS), SOURCES)
    assert shares.loc["a or b", ["a or b", "c", "undecided"]].tolist() == [50, 25, 25]
    assert shares.loc["photo", ["c", "not_super_resolved"]].tolist() == [50, 50]
    assert (shares.sum(axis=1) == 100).all()


def test_coverage_names_all_images_of_one_probability_or_none():
    images = pd.DataFrame({"group_probability": [0.9, 0.5, 0.5, 0.2], "group_right": [True, False, True, False]})
    coverage, accuracy = coverage_curve(images)
    assert coverage.tolist() == [25, 75, 100] and accuracy == pytest.approx([100, 200 / 3, 50])


def test_answers_are_the_decisions_of_the_model_for_test_images(bundle, answers):
    one = answers[answers.tiles == 1]
    test = bundle.held_out.select(bundle.held_out.split == "test")
    decided = bundle.model.decide(test.features, test.crops)
    assert one.decision.tolist() == decided.decision.tolist() and len(one) == len(test)
    together = answers[answers.tiles == 4]
    assert len(together) == len(pooled(test, 4)) and set(together.crops) == {16}
    names = np.array([source.name for source in bundle.model.sources])
    named = (one.decision == "network").to_numpy()
    assert named.mean() > 0.3, "classes are far apart"
    assert (one.right.to_numpy()[named] == (names[decided.best] == test.name)[named]).all()
    assert (one.right[one.decision == "undecided"] == 0).all()


def test_properties_are_parsed_as_the_command_does(bundle):
    from sr_fingerprints.attribution.decisions import parse

    test = bundle.held_out.select(bundle.held_out.split == "test")
    log_posteriors = bundle.model.log_posteriors(test.features, test.crops)
    for column in PARSED:
        values = parsed_values(bundle.model, log_posteriors, column)
        for row in range(0, len(values), 7):
            parsed = parse(bundle.model, np.exp(log_posteriors[row]))
            assert parsed[column].value == values[row]
    table = attribution_parsers_table(answers_of(bundle.model, bundle.held_out, (1,), TEST))
    assert set(table.parsed) == {"scale", "family"}, "all networks have one loss"
    assert (table.accuracy > table.chance).all() and (table.chance == 50).all()


def test_unknown_images_are_right_as_unknown_and_never_as_named(bundle):
    """Images of a network that the model lacks, far from all that it knows."""
    from dataclasses import replace

    stranger = replace(bundle.model.sources[0], name="stranger")
    means = separated(1, bundle.model.means.shape[-1], 400.0, seed=9)
    images = gaussian(means, ["stranger"], "test", 4)
    found = answers_of(bundle.model, images, (1,), WITHOUT, [*bundle.model.sources, stranger])
    assert not found.known.any() and (found.decision == "unknown").all() and found.right.all()
    row = attribution_table(found).iloc[0]
    assert row.images_of == "networks left out" and row.rejected == 100 and row.named == 0 and pd.isna(row.chance)


def test_networks_that_are_one_are_grouped_and_the_evidence_is_chance():
    """Two networks with the same features are one group; far ones are none."""
    apart = answering_bundle(distance=12.0)
    pairs = pairs_of(apart.model, apart.held_out)
    assert not pairs.group.any() and (pairs.test_confusion < 0.1).all()
    assert (pairs.overlap < 0.1).all()
    alike = answering_bundle(distance=0.0)
    pairs = pairs_of(alike.model, alike.held_out)
    assert pairs.group.all() and pairs.validation_confusion.between(0.4, 0.6).all()
    answers = answers_of(alike.model, alike.held_out, (1,), TEST)
    table = groups_table(answers, pairs, sources_of(alike.model))
    assert table["size"].tolist() == [4] * 4 and (table.outside == "").all()
    assert (table.together > table.alone).all()


def test_own_networks_are_compared_with_the_bundle_before():
    now, before = by_hand(ROWS), by_hand(ROWS).assign(tested=WITHOUT)
    before.loc[before.name == "c", ["decision", "answer", "right", "known"]] = ["unknown", "", True, False]
    own = by_hand(ROWS[-2:]).assign(tested=OWN, known=False)
    table = own_table(pd.concat([now, before, own], ignore_index=True), SOURCES, ["c"])
    (row,) = table.itertuples()
    assert (row.network, row.condition, row.images) == ("c", "pristine", 2)
    assert row.recall == 50 and row.rejected_before == 100 and row.named_before == 0
    assert row.others_called_it == 25 and row.photos_called_it == 50
    assert row.own_photos_called_it == 50
    assert row.others_right == row.others_right_before == 50


def test_findings_say_what_is_named_and_whether_the_promise_holds(answers, bundle):
    tables = {
        "attribution": attribution_table(answers),
        "attribution_groups": groups_table(
            answers, pairs_of(bundle.model, bundle.held_out), sources_of(bundle.model)
        ),
    }
    lines = single_image_findings(tables, 20)
    assert any("one tile each" in line for line in lines) and any("4 tiles together" in line for line in lines)
    assert any(line.startswith("* Photos called") for line in lines) and "nan" not in "".join(lines)
    assert "All 4 networks can be told apart" in lines[-1]
    assert single_image_findings({}, 20) == []

"""Tables of answers about single images, by hand and against the model that gave them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from answering_bundles import answering_bundle
from attribution_data import gaussian, separated

from sr_fingerprints.attribution.measured_answers import (
    OWN,
    PARSED,
    TEST,
    WITHOUT,
    answers_of,
    groups_of,
    pairs_of,
    parsed_values,
    sources_of,
)
from sr_fingerprints.attribution.model import NEVER, Thresholds
from sr_fingerprints.attribution.observations import pooled
from sr_fingerprints.attribution.sources import Group
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
    constant |= {"probability": 0.9, "members": 1, "classes": 4, "covered": True, "set_size": 2}
    return frame.assign(**constant)


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
            ("c", "network", ""),
            ("photo", "photo", ""),
        )
    ],
    columns=["name", "words", "kind", "scale", "loss", "family", "licence", "group"],
)


GROUPS = pd.DataFrame(
    [("a or b", "", 0.4, "a"), ("a or b", "", 0.4, "b")], columns=["group", "parent", "confusion", "network"]
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


def test_what_is_wrongly_called_by_a_name_or_by_a_group_of_it():
    table = sources_table(by_hand(ROWS), SOURCES, GROUPS).set_index("name")
    assert table.recall_pristine.tolist() == [100, 0, 50, 50]
    assert table.falsely_named["c"] == pytest.approx(100 * 2 / 6) and table.falsely_named["a"] == 0
    assert table.falsely_named["b"] == 0, "an image of a, called a or b, is right"
    wrong = by_hand([*ROWS, ("c", "p2", "group", "a or b", False), ("a", "p2", "network", "b", False)])
    table = sources_table(wrong, SOURCES, GROUPS).set_index("name")
    assert table.falsely_named["a"] == pytest.approx(100 / 7) and table.falsely_named["b"] == pytest.approx(200 / 8)
    assert pd.isna(table.falsely_named["photo"])


def test_decisions_count_for_the_group_of_a_network():
    shares = decision_shares(by_hand(ROWS), SOURCES, GROUPS)
    assert shares.loc["a or b", ["a or b", "c", "undecided"]].tolist() == [50, 25, 25]
    assert shares.loc["photo", ["c", "not_super_resolved"]].tolist() == [50, 50]
    assert (shares.sum(axis=1) == 100).all()


def test_what_is_named_in_a_smaller_group_counts_for_the_one_around_it():
    groups = pd.DataFrame(
        [
            ("any", "", 0.1, "a"),
            ("any", "", 0.1, "b"),
            ("any", "", 0.1, "c"),
            *GROUPS.assign(parent="any").to_numpy(),
        ],
        columns=GROUPS.columns,
    )
    shares = decision_shares(by_hand(ROWS), SOURCES, groups)
    assert list(shares.index) == ["any", "photo"] and shares.columns[0] == "any"
    assert shares.loc["any", ["any", "unknown", "undecided"]].tolist() == pytest.approx([400 / 6, 100 / 6, 100 / 6])


def test_coverage_names_all_images_of_one_probability_or_none():
    images = pd.DataFrame(
        {
            "named_from": [0.9, 0.6, 0.6, 0.2],
            "wrong_from": [0.1, 0.6, 0.3, 0.1],
            "network_probability": [0.6, 0.55, 0.6, 0.2],
            "network_right": [True, False, True, True],
        }
    )
    coverage, accuracy = coverage_curve(images)
    assert coverage.tolist() == [25, 75] and accuracy == pytest.approx([100, 200 / 3])
    coverage, accuracy = coverage_curve(images, networks_alone=True)
    assert coverage.tolist() == [50, 75] and accuracy == pytest.approx([100, 200 / 3])


def test_the_coverage_curve_is_what_thresholds_give():
    """An image that is rightly named by a group is wrong where a lower threshold names a network."""
    groups = (Group("wide", (0, 1, 2), 0.1), Group("pair", (0, 1), 0.2))
    bundle = answering_bundle(distance=4.0)
    known = replace(bundle.model, groups=groups)
    answers = answers_of(known, bundle.held_out, (1,), TEST)
    answers = answers[answers.kind == "network"]
    coverage, accuracy = coverage_curve(answers)
    tried = []
    thresholds_tried = np.unique(np.concatenate([answers.named_from, answers.wrong_from]))[::-1]
    places = [place for place, threshold in enumerate(thresholds_tried) if 0.5 <= threshold <= 1]
    for place in places[::10]:
        threshold = thresholds_tried[place]
        if threshold <= answers.named_from.max():
            thresholds = (Thresholds(threshold, threshold, NEVER),) * len(known.conditions)
            accepting = np.full_like(known.open_set_thresholds, 1e9)
            model = replace(known, thresholds=thresholds, open_set_thresholds=accepting)
            found = answers_of(model, bundle.held_out, (1,), TEST)
            found = found[found.kind == "network"]
            named = found.decision.isin(["network", "group"])
            tried.append((100 * named.mean(), 100 * found.right[named].mean()))
    assert len(tried) > 10 and {"network", "group"} <= set(found.decision)
    np.testing.assert_allclose(np.array(tried), np.stack([coverage, accuracy], axis=1)[::10])
    assert min(accuracy) < 99


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
    stranger = replace(bundle.model.sources[0], name="stranger")
    means = separated(1, bundle.model.means.shape[-1], 400.0, seed=9)
    images = gaussian(means, ["stranger"], "test", 4)
    found = answers_of(bundle.model, images, (1,), WITHOUT, [*bundle.model.sources, stranger])
    assert not found.known.any() and (found.decision == "unknown").all() and found.right.all()
    row = attribution_table(found).iloc[0]
    assert row.images_of == "networks left out" and row.rejected == 100 and row.named == 0 and pd.isna(row.chance)


def test_networks_that_are_one_are_grouped_and_the_evidence_is_chance():
    """Networks with the same features are in groups, within others; far ones are in none."""
    apart = answering_bundle(distance=12.0)
    pairs = pairs_of(apart.model, apart.held_out)
    assert (pairs.group == "").all() and (pairs.test_confusion < 0.1).all()
    assert (pairs.overlap < 0.1).all() and not len(groups_of(apart.model))
    answers = answers_of(apart.model, apart.held_out, (1,), TEST)
    assert not len(groups_table(answers, pairs, groups_of(apart.model)))
    alike = answering_bundle(distance=0.0, networks=12)
    pairs, groups = pairs_of(alike.model, alike.held_out), groups_of(alike.model)
    assert pairs.validation_confusion.between(0.35, 0.65).all()
    answers = answers_of(alike.model, alike.held_out, (1,), TEST)
    table = groups_table(answers, pairs, groups)
    assert len(table) == len(alike.model.groups) > 1 and table.networks.between(2, 3).all()
    assert (
        (table.confusion > 0.4).all() and (table.outside != "").all() and table.test_confusion.between(0.3, 0.7).all()
    )
    for row in table.itertuples():
        inside = pairs[pairs.group == row.group]
        if len(inside) and inside.validation_confusion.max() < 0.5:
            assert inside.validation_confusion.mean() == pytest.approx(row.confusion)
        if row.parent:
            (parent,) = table.members[table.group == row.parent]
            assert set(row.members.split()) < set(parent.split())
    assert set(sources_of(alike.model).group) <= {*table.group, ""}


def test_own_networks_are_compared_with_the_bundle_before():
    now, before = by_hand(ROWS), by_hand(ROWS).assign(tested=WITHOUT)
    before.loc[before.name == "c", ["decision", "answer", "right", "known"]] = ["unknown", "", True, False]
    own = by_hand(ROWS[-2:]).assign(tested=OWN, known=False)
    table = own_table(pd.concat([now, before, own], ignore_index=True), SOURCES, GROUPS, ["c"])
    (row,) = table.itertuples()
    assert (row.network, row.condition, row.images) == ("c", "pristine", 2)
    assert row.recall == 50 and row.rejected_before == 100 and row.named_before == 0
    assert row.others_called_it == 25 and row.photos_called_it == 50
    assert row.own_photos_called_it == 50
    assert row.others_right == row.others_right_before == 50


def test_findings_say_what_is_named_and_whether_the_promise_holds(answers, bundle):
    tables = {
        "attribution": attribution_table(answers),
        "attribution_groups": groups_table(answers, pairs_of(bundle.model, bundle.held_out), groups_of(bundle.model)),
    }
    lines = single_image_findings(tables, 20)
    assert any("one tile each" in line for line in lines) and any("4 tiles together" in line for line in lines)
    assert any(line.startswith("* Photos called") for line in lines) and "nan" not in "".join(lines)
    assert "each is named by itself" in lines[-1] and "with 1 networks in the median" in "".join(lines)
    assert single_image_findings({}, 20) == []

"""Networks that cannot be told apart are found, and named in words."""

import numpy as np
import pytest
from attribution_data import gaussian, separated, sources
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_fingerprints.attribution.fitting import fit_model
from sr_fingerprints.attribution.groups import (
    LARGEST,
    LEAST_CONFUSION,
    find_groups,
    mean_confusion,
    pairwise_confusion,
)
from sr_fingerprints.attribution.sources import (
    LONGEST_WORDS,
    Group,
    Source,
    described_groups,
    group_words,
    parent_group,
    smallest_group,
)


def test_planted_duplicates_are_one_group():
    known = sources(12)
    means = separated(len(known), 6, 24)
    means[2], means[4] = means[0], means[0]
    names = [source.name for source in known]
    images = [gaussian(means, names, split, 20) for split in ("train", "validation", "test")]
    model = fit_model(known, images[0], images[1])
    wide = [group for group in model.groups if group.confusion > 0.4]
    assert (0, 2, 4) in [group.members for group in wide] and all(set(group.members) <= {0, 2, 4} for group in wide)
    (place,) = [place for place, group in enumerate(model.groups) if group.members == (0, 2, 4)]
    assert model.groups[place].words == "family 0 2X: level 0, level 2 or level 4"
    decided = model.decide(images[2].features, images[2].crops)
    duplicates = np.isin(images[2].name, ["N0", "N2", "N4"]) & (decided.decision != "unknown")
    assert (decided.decision[duplicates] == "group").mean() > 0.95
    assert (decided.group[duplicates] == place).mean() > 0.95
    alone = np.isin(images[2].name, ["N1", "N3", "N5"]) & (decided.decision != "unknown")
    assert (decided.decision[alone] == "network").mean() > 0.95


def twins_of_twins(networks=16):
    """Sources of which N0 to N3 are near each other, and N0 and N1, and N2 and N3, still nearer."""
    known = sources(networks)
    means = separated(len(known), 8, 40)
    means[1:4] = means[0]
    means[2:4, 0] += 3.0
    means[[1, 3], 1] += 0.4
    names = [source.name for source in known]
    return known, means, names


def test_the_smallest_group_that_is_probable_enough_is_named():
    known, means, names = twins_of_twins()
    train, validation, test = (
        gaussian(means, names, split, photos) for split, photos in (("train", 20), ("validation", 60), ("test", 60))
    )
    model = fit_model(known, train, validation)
    members = [group.members for group in model.groups]
    assert {(0, 1), (2, 3), (0, 1, 2, 3)} <= set(members)
    pair, four = (model.groups[members.index(each)] for each in ((0, 1), (0, 1, 2, 3)))
    assert pair.confusion > 0.3 > four.confusion > 0.02
    decided = model.decide(test.features, test.crops)
    images = np.isin(test.name, ["N0", "N1"]) & (decided.decision == "group")
    called = [set(members[place]) for place in decided.group[images]]
    assert called.count({0, 1}) > 0.5 * len(called) and called.count({0, 1, 2, 3}) > 0
    actual = np.array([names.index(name) for name in test.name])
    grouped = decided.decision == "group"
    assert model.contains(decided.group, actual)[grouped].mean() > 0.95
    by_group = decided.probabilities @ model.membership
    sizes = model.membership.sum(axis=0)
    for row in np.flatnonzero(grouped):
        reaching = by_group[row] >= model.thresholds[decided.condition[row]].group
        assert sizes[decided.group[row]] == sizes[reaching].min()
        assert decided.probability[row] == by_group[row, decided.group[row]]


def test_no_group_is_named_where_none_is_probable_enough():
    known, means, names = twins_of_twins()
    model = fit_model(known, gaussian(means, names, "train", 5), gaussian(means, names, "validation", 5))
    even = np.full((1, len(names)), 1 / len(names))
    assert model.smallest_groups(even, 0.5).tolist() == [-1]
    assert not model.contains(np.array([-1, -1]), np.array([0, -1])).any()
    sure = np.eye(len(names))[[0]]
    assert set(model.groups[model.smallest_groups(sure, 0.9)[0]].members) == {0, 1}
    assert model.super_resolved(even)[0] == pytest.approx(16 / 18) and model.super_resolved(sure)[0] == 1


def test_confusion_of_a_pair_counts_these_two_alone():
    logits = np.log(np.array([[0.2, 0.1, 0.7], [0.1, 0.2, 0.7], [0.1, 0.3, 0.6], [0.0625, 0.125, 0.8125]]))
    found = pairwise_confusion(logits, np.array([0, 0, 1, 1]), 3)
    assert found[0, 1] == found[1, 0] == (0.5 + 0) / 2
    assert np.isnan(found[0, 2])
    assert pairwise_confusion(np.zeros((4, 2)), np.array([0, 0, 1, 1]), 2)[0, 1] == 0.5


def test_conditions_count_the_same_however_many_images_they_have():
    right, wrong = np.log([0.9, 0.1]), np.log([0.1, 0.9])
    logits = np.array([right] * 6 + [wrong] * 2 + [right[::-1]] * 8)
    actual = np.array([0] * 8 + [1] * 8)
    condition = np.array((["many"] * 6 + ["few"] * 2) + (["many"] * 6 + ["few"] * 2))
    assert pairwise_confusion(logits, actual, 2)[0, 1] == 2 / 8 / 2
    assert mean_confusion(logits, actual, condition, 2)[0, 1] == np.mean([0, 1 / 2])
    assert mean_confusion(logits[:8], actual[:8], condition[:8], 2)[0, 1] != 0, "NaN: no image of the other"


def test_groups_are_the_nodes_of_the_tree():
    confusion = np.array([[0, 0.4, 0.1, 0], [0.4, 0, 0.35, 0], [0.1, 0.35, 0, 0], [0, 0, 0, 0]])
    found = find_groups(confusion, [0, 1, 2, 3], 0.2, largest=1)
    assert [members for members, _ in found] == [(0, 1, 2), (0, 1)]
    assert [level for _, level in found] == pytest.approx([(0.1 + 0.35) / 2, 0.4])
    assert [members for members, _ in find_groups(confusion, [0, 1, 2, 3], 0.23, largest=1)] == [(0, 1)]
    assert find_groups(confusion, [0, 1, 2, 3], 0.2) == [((0, 1), pytest.approx(0.4))], "two in four at most"
    assert find_groups(confusion, [0, 2, 3], 0.2) == []
    assert find_groups(np.full((2, 2), np.nan), [0, 1]) == []
    assert find_groups(np.zeros((1, 1)), [0]) == [] and find_groups(np.zeros((0, 0)), []) == []


def test_of_networks_that_are_the_same_no_arbitrary_part_is_a_group():
    confusion = np.zeros((13, 13))
    confusion[:3, :3] = confusion[4:9, 4:9] = 0.5
    np.fill_diagonal(confusion, 0)
    assert find_groups(confusion, range(13)) == [((0, 1, 2), 0.5)], "five of thirteen are too many"


@given(st.integers(2, 24), st.integers(0, 10_000))
@settings(max_examples=60)
def test_groups_are_disjoint_or_within_each_other(networks, seed):
    confusion = np.random.default_rng(seed).beta(0.5, 2, (networks, networks))
    found = find_groups((confusion + confusion.T) / 2, range(networks))
    sets = [set(members) for members, _ in found]
    for one, other in ((a, b) for a in sets for b in sets if a is not b):
        assert not one & other or one < other or other < one
    assert all(2 <= len(members) <= max(2, networks // LARGEST) for members in sets)
    assert all(LEAST_CONFUSION - 1e-6 <= level <= 0.5 for _, level in found)
    for members, level in found:
        assert all(level <= inner for part, inner in found if set(part) < set(members))


def test_the_smallest_group_and_its_parent():
    groups = [Group("wide", (0, 1, 2), 0.1), Group("pair", (0, 1), 0.2), Group("other", (5, 6), 0.3)]
    assert [smallest_group(groups, members) for members in ([0], [0, 2], [6], [3], [0, 5])] == [1, 0, 2, None, None]
    assert [parent_group(groups, place) for place in range(3)] == [None, 0, None]


def test_words_that_agree_are_told_apart_by_a_number():
    members = [member("cunet", scale, variant) for scale in (2, 4) for variant in ("level 0", "level 1")]
    words = [group.words for group in described_groups(members, [((0, 1), 0.2), ((2, 3), 0.1)])]
    assert words == ["cunet 2X: level 0 or level 1", "cunet 4X: level 0 or level 1"]
    same = described_groups(members, [((0, 3), 0.2), ((0, 1, 2, 3), 0.1)])
    assert [group.words for group in same] == [f"cunet 2X or 4X: level 0 or level 1 (group {n})" for n in (1, 2)]


def member(family, scale, variant):
    return Source(
        f"{family}{scale}{variant}", f"{family} {scale}X {variant}", "network", scale, None, family, variant, ""
    )


@pytest.mark.parametrize(
    "members, words",
    [
        ([member("cunet", 2, "level 1")], "cunet 2X level 1"),
        ([member("cunet", 2, "level 0"), member("cunet", 2, "level 1")], "cunet 2X: level 0 or level 1"),
        ([member("cunet", 2, None), member("cunet", 4, None)], "cunet 2X or 4X"),
        ([member("cunet", 2, None), member("photo", 2, "level 1")], "cunet 2X None; or photo 2X level 1"),
    ],
)
def test_words(members, words):
    assert group_words(members) == words


def test_words_of_large_groups_are_shortened_to_what_a_bundle_takes():
    """A study of 55 upscalers had a group of 25, and no bundle for the length of its words."""
    levels = [
        Source(
            f"{family} {level}",
            f"{family} 2X, level {level}",
            "network",
            2,
            "L1",
            f"family {family}",
            f"level {level}",
            "MIT",
        )
        for family in range(5)
        for level in range(9)
    ]
    assert group_words(levels) == "; or ".join(f"family {family} 2X" for family in range(5))
    alone = [
        Source(str(number), f"a rather long name, number {number}", "network", 2, "L1", None, None, "MIT")
        for number in range(40)
    ]
    words = group_words(alone)
    assert (
        len(words) <= LONGEST_WORDS and words.startswith("a rather long name, number 0") and words.endswith(" others")
    )

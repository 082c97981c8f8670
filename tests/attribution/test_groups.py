"""Networks that cannot be told apart are found, and named in words."""

import numpy as np
import pytest
from attribution_data import gaussian, separated, sources

from sr_fingerprints.attribution.fitting import fit_model
from sr_fingerprints.attribution.groups import find_groups, pairwise_confusion
from sr_fingerprints.attribution.sources import LONGEST_WORDS, Source, group_words


def test_planted_duplicates_are_one_group():
    known = sources(5)
    means = separated(len(known), 6, 14)
    means[2], means[4] = means[0], means[0]
    names = [source.name for source in known]
    images = [gaussian(means, names, split, 20) for split in ("train", "validation", "test")]
    model = fit_model(known, images[0], images[1])
    assert [group.members for group in model.groups] == [(0, 2, 4), (1,), (3,)]
    assert model.groups[0].words == "family 0 2X: level 0, level 2 or level 4"
    decided = model.decide(images[2].features, images[2].crops)
    duplicates = np.isin(images[2].name, ["N0", "N2", "N4"]) & (decided.decision != "unknown")
    assert (decided.decision[duplicates] == "group").mean() > 0.95
    assert set(decided.group[duplicates]) == {0}
    alone = np.isin(images[2].name, ["N1", "N3"]) & (decided.decision != "unknown")
    assert (decided.decision[alone] == "network").mean() > 0.95


def test_confusion_of_a_pair_counts_these_two_alone():
    logits = np.log(np.array([[0.2, 0.1, 0.7], [0.1, 0.2, 0.7], [0.1, 0.3, 0.6], [0.0625, 0.125, 0.8125]]))
    found = pairwise_confusion(logits, np.array([0, 0, 1, 1]), 3)
    assert found[0, 1] == found[1, 0] == (0.5 + 0) / 2
    assert np.isnan(found[0, 2])
    assert pairwise_confusion(np.zeros((4, 2)), np.array([0, 0, 1, 1]), 2)[0, 1] == 0.5


def test_networks_join_while_the_mean_confusion_is_enough():
    confusion = np.array([[0, 0.4, 0.1, 0], [0.4, 0, 0.35, 0], [0.1, 0.35, 0, 0], [0, 0, 0, 0]])
    assert find_groups(confusion, [0, 1, 2, 3], 0.2) == [(0, 1, 2), (3,)]
    assert find_groups(confusion, [0, 1, 2, 3], 0.23) == [(0, 1), (2,), (3,)]
    assert find_groups(confusion, [0, 2, 3], 0.2) == [(0,), (2,), (3,)]
    assert find_groups(np.full((2, 2), np.nan), [0, 1]) == [(0,), (1,)]
    assert find_groups(np.zeros((1, 1)), [0]) == [(0,)] and find_groups(np.zeros((0, 0)), []) == []


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

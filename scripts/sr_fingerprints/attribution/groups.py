"""Networks that are mistaken for each other, in groups within groups, by how often validation images show it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

Floats = npt.NDArray[np.float64]

LEAST_CONFUSION = 0.02
"""Mean pairwise confusion from which networks are a group: 0.5 if two cannot be told apart at all, 0 if always.

So small that an image between any two networks which are ever mistaken can still be answered with both. A group is
named only where its networks together reach a threshold, so that groups too many cost nothing.
"""

LARGEST = 4
"""A group has at most one in so many of all networks, but may always have two: more would hardly be an answer."""

SAME = 1e-9
"""Difference of two confusions that are the same."""


def pairwise_confusion(log_posteriors: Floats, actual: npt.NDArray[np.intp], classes: int) -> Floats:
    """How often two classes are mistaken for each other where only these two come into question, (c, c).

    The mean of the share of the one's images for which the other is likelier, and the reverse: symmetric, 0 on the
    diagonal; NaN for a class without images. ``log_posteriors`` are (n, c), ``actual`` (n,) the images' classes.
    """
    taken = np.full((classes, classes), np.nan)
    for own in range(classes):
        rows = log_posteriors[actual == own]
        if len(rows):
            difference = rows - rows[:, [own]]
            taken[own] = (difference > 0).mean(axis=0) + 0.5 * (difference == 0).mean(axis=0)
    np.fill_diagonal(taken, 0.0)
    return np.asarray((taken + taken.T) / 2)


def mean_confusion(
    log_posteriors: Floats, actual: npt.NDArray[np.intp], condition: npt.NDArray[np.str_], classes: int
) -> Floats:
    """The mean of `pairwise_confusion` over conditions, (c, c), each with equal weight; ``condition`` is (n,).

    NaN for two classes that have no condition in common.
    """
    each = [
        pairwise_confusion(log_posteriors[condition == name], actual[condition == name], classes)
        for name in sorted(set(condition.tolist()))
    ]
    counts = np.sum([~np.isnan(found) for found in each], axis=0)
    sums = np.sum([np.nan_to_num(found) for found in each], axis=0)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def find_groups(
    confusion: Floats, members: Sequence[int], least: float = LEAST_CONFUSION, largest: int = LARGEST
) -> list[tuple[tuple[int, ...], float]]:
    """Groups of the classes ``members``, and the confusion of each, from the ``confusion`` (c, c) of their pairs.

    Nodes of the tree of average linkage: two parts become one at the mean confusion between them. Kept are those of
    at least ``least``, with at most one in ``largest`` of all members, or two. Any two are disjoint, or the one lies
    in the other. Of parts that join at the confusion of the whole, whose order is arbitrary, none is kept. A class
    without images (NaN) is in no group. In order of their first members, larger ones first.
    """
    if len(members) < 2:
        return []
    distances = 0.5 - np.nan_to_num(confusion[np.ix_(members, members)])
    np.fill_diagonal(distances, 0.0)
    # Beyond chance, a pair may be confused more than half of the time.
    tree = linkage(squareform(np.maximum(distances, 0.0), checks=False), "average")
    parts: list[tuple[int, ...]] = [(member,) for member in members]
    joined_at = [0.5] * len(members)
    found: dict[tuple[int, ...], float] = {}
    for one, other, distance, size in tree:
        level = 0.5 - float(distance)
        parts.append(tuple(sorted(int(member) for member in (*parts[int(one)], *parts[int(other)]))))
        joined_at.append(level)
        for part in (int(one), int(other)):
            if joined_at[part] - level < SAME:
                found.pop(parts[part], None)
        if level >= least - SAME and size <= max(2, len(members) // largest):
            found[parts[-1]] = level
    return sorted(found.items(), key=lambda each: (each[0][0], -len(each[0]), each[0]))

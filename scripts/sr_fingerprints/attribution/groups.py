"""Networks that cannot be told apart, found by how often validation images of one are taken for the other's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

Floats = npt.NDArray[np.float64]

CONFUSION = 0.2
"""Mean pairwise confusion from which networks are one group: 0.5 if two cannot be told apart at all, 0 if always."""


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


def find_groups(confusion: Floats, members: Sequence[int], least: float = CONFUSION) -> list[tuple[int, ...]]:
    """Groups of the classes ``members``, each in one, by average linkage of their pairwise ``confusion`` (c, c).

    Two groups become one while the mean confusion between them is at least ``least``. In order of their first
    members. A class without images (NaN) is a group of its own.
    """
    if len(members) < 2:
        return [tuple(members)] if members else []
    distances = 0.5 - np.nan_to_num(confusion[np.ix_(members, members)])
    np.fill_diagonal(distances, 0.0)
    # Beyond chance, a pair may be confused more than half of the time.
    tree = linkage(squareform(np.maximum(distances, 0.0), checks=False), "average")
    labels = fcluster(tree, 0.5 - least + 1e-12, "distance")
    found = [tuple(int(member) for member in np.array(members)[labels == label]) for label in set(labels.tolist())]
    return sorted(found)

"""Separation R of classes in a classifier's features (section 4.1.3 and Figure 6 of the paper).

    R(A, B) = (E|a1 - a2| + E|b1 - b2|) / (2 E|a - b|)

with the Euclidean norm, over features a, a1, a2 of images of A and b, b1, b2 of images of B, all drawn independently.
It is 1 if A and B have the same distribution, never more (the energy distance of Székely and Rizzo is not negative),
and near 0 if two classes are far apart relative to their spread. This is the paper's definition; the code that its
authors released computes another quantity: the ratio of the mean squared distances to the centroids of the own and of
the other class, averaged over both orders.
"""

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist


def separation(features: npt.NDArray[np.float32], labels: np.ndarray) -> npt.NDArray[np.float64]:
    """R of every pair of classes, symmetric float64 (c, c) from 0 to 1, in the sorted order of the labels.

    ``features`` are float32 (n, d), ``labels`` (n,) are the classes of the images. Expectations are exact
    means over all pairs of images, including each image with itself (independent draws may coincide), so the
    diagonal is exactly 1. Where E|a - b| is 0, all images of both classes are the same point, and R is 1, as for any
    class with itself. Distances are computed from differences, not inner products, so images with equal features
    have distance exactly 0.
    """
    _, class_index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    in_order = np.asarray(features, np.float64)[np.argsort(class_index, kind="stable")]
    distances = mean_distances(np.split(in_order, np.cumsum(sizes)[:-1]))
    within = distances.diagonal()
    own = within[:, None] + within
    separations: npt.NDArray[np.float64] = np.ones_like(own)
    np.divide(own, 2 * distances, out=separations, where=distances != 0)
    return separations


def mean_distances(classes: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Mean Euclidean distance between each pair of ``classes``, each float64 (n, d): symmetric float64 (c, c)."""
    distances = np.empty((len(classes), len(classes)))
    for i, a in enumerate(classes):
        for j, b in enumerate(classes[: i + 1]):
            distances[i, j] = distances[j, i] = cdist(a, b).mean()
    return distances

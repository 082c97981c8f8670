"""Groups of images among those of unknown networks: is one group one network?

Images are grouped by the features of a classifier that saw none of these networks.
"""

import numpy as np
import numpy.typing as npt
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

Features = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]

LEAST_VARIANCE = 0.1
"""Added to the variances of a Gaussian, a share of that of all images: one around a single image would fit best. It
decides how many groups are found, and was chosen with results of the demo in view: see docs/open_set.md."""

PATIENCE = 3
"""Numbers of Gaussians in a row that are no better, after which no larger ones are tried."""


def ward(features: Features, clusters: int) -> Labels:
    """Cluster of each image, (n,), by Ward's criterion, of ``features`` (n, d), when the number is known."""
    return np.asarray(AgglomerativeClustering(clusters, linkage="ward").fit_predict(features))


def mixture(features: Features, most: int, seed: int) -> Labels:
    """Cluster of each image by a mixture of spherical Gaussians.

    Their number, 1 to ``most``, is that with the lowest Bayesian information criterion (Schwarz, The Annals of
    Statistics 6, 1978); larger numbers are tried until `PATIENCE` of them in a row have been no better.
    """
    variance = LEAST_VARIANCE * float(features.var(axis=0).mean()) + np.finfo(np.float64).tiny
    best, least, worse = np.zeros(len(features), np.int64), np.inf, 0
    for count in range(1, min(most, len(features) - 1) + 1):
        found = GaussianMixture(count, covariance_type="spherical", reg_covar=variance, random_state=seed)
        criterion = float(found.fit(features).bic(features))
        if criterion < least:
            best, least, worse = np.asarray(found.predict(features)), criterion, 0
        else:
            worse += 1
        if worse == PATIENCE:
            break
    return best


METHODS = ("ward", "mixture")
"""Names of the methods in tables: told the number of networks, and finding it."""


def cluster(method: str, features: Features, networks: int, most: int, seed: int) -> Labels:
    """Cluster of each image by one of `METHODS`; ``networks`` is the true number, which only ``ward`` is told."""
    given = features.astype(np.float64)
    return ward(given, networks) if method == "ward" else mixture(given, most, seed)


def chance_of_agreement(names: npt.NDArray[np.str_], clusters: Labels, times: int, seed: int) -> float:
    """The adjusted Rand index that 95 % of random assignments of ``names`` (n,) to images stay below."""
    random = np.random.default_rng(seed)
    _, name = np.unique(names, return_inverse=True)
    _, group = np.unique(clusters, return_inverse=True)
    groups = group.max() + 1

    def pairs(counts: npt.NDArray[np.int64]) -> float:
        return float((counts * (counts - 1) // 2).sum())

    # Sizes stay the same, so only the pairs of images that are alike in both change.
    ours, theirs = pairs(np.bincount(name)), pairs(np.bincount(group))
    expected = ours * theirs / max(pairs(np.array([len(names)])), 1)
    if (ours + theirs) / 2 == expected:
        return float(adjusted_rand_score(names, clusters))
    both = [pairs(np.bincount(random.permutation(name) * groups + group)) for _ in range(times)]
    return float((np.quantile(both, 0.95) - expected) / ((ours + theirs) / 2 - expected))


def pooled(
    features: Features, networks: npt.NDArray[np.str_], sources: npt.NDArray[np.str_]
) -> tuple[Features, npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    """Mean features of the images of each network and photo, with the network and the photo of each."""
    pairs, which = np.unique(np.stack([networks, sources]), axis=1, return_inverse=True)
    sums = np.zeros((pairs.shape[1], features.shape[1]))
    np.add.at(sums, which.ravel(), features)
    return sums / np.bincount(which.ravel())[:, None], pairs[0], pairs[1]

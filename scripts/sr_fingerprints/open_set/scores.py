"""Scores of how unlike an image is to those of all known networks; the larger, the likelier is an unknown network.

They need no images: the probabilities, logits and features of a classifier suffice. Known images are those that the
classifier was trained on. Scores of different functions are on scales of their own. scikit-learn and scipy compute
them, rather than pytorch-ood, which needs torch for the same; tests compare the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp
from sklearn.covariance import LedoitWolf
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from sr_fingerprints.open_set.names import SCORES

Floats = npt.NDArray[np.float64]


def maximum_probability(probabilities: npt.NDArray[np.floating]) -> Floats:
    """Minus the highest probability, (n,), from -1 to 0, of ``probabilities`` (n, classes) that add up to 1.

    Hendrycks and Gimpel, "A baseline for detecting misclassified and out-of-distribution examples", ICLR 2017.
    """
    return np.asarray(-probabilities.max(axis=1), np.float64)


def energy(logits: npt.NDArray[np.floating]) -> Floats:
    """Free energy at temperature 1, (n,), of ``logits`` (n, classes): minus the logarithm of their exponentials' sum.

    Liu et al., "Energy-based out-of-distribution detection", NeurIPS 2020, equation 4.
    """
    return -np.asarray(logsumexp(logits.astype(np.float64), axis=1))


@dataclass(frozen=True)
class Known:
    """Features of known images, and how they are spread within networks.

    ``whitened`` are the features, float64 (m, d), in coordinates in which their covariance within networks is the
    identity; ``labels`` are the networks, int (m,), from 0.
    """

    features: Floats
    labels: npt.NDArray[np.int64]
    whitened: Floats
    whitening: Floats  # (d, d)

    def whiten(self, features: npt.NDArray[np.floating]) -> Floats:
        """Map features (n, d) to those coordinates."""
        return features.astype(np.float64) @ self.whitening


def describe_known(features: npt.NDArray[np.floating], networks: npt.NDArray[np.str_]) -> Known:
    """Describe known images by their ``features``, (m, d), and the ``networks`` that made them, str (m,).

    The covariance within networks is shared by all (Lee et al. 2018, below), and shrunk as in Ledoit and Wolf, "A
    well-conditioned estimator for large-dimensional covariance matrices", Journal of Multivariate Analysis 88, 2004,
    since backbones may have more features than there are images.
    """
    given: Floats = features.astype(np.float64)
    _, labels = np.unique(networks, return_inverse=True)
    means = np.stack([given[labels == label].mean(axis=0) for label in range(labels.max() + 1)])
    covariance = LedoitWolf(assume_centered=True).fit(given - means[labels]).covariance_
    values, vectors = np.linalg.eigh(covariance)
    least = np.finfo(np.float64).eps * max(values.max(), 1.0) * len(values)  # features that never vary
    whitening = vectors / np.sqrt(np.maximum(values, least))
    return Known(given, labels.astype(np.int64), given @ whitening, whitening)


def mahalanobis(known: Known, features: npt.NDArray[np.floating]) -> Floats:
    """Squared Mahalanobis distance to the mean of the nearest known network, (n,), of ``features`` (n, d).

    Lee et al., "A simple unified framework for detecting out-of-distribution samples and adversarial attacks",
    NeurIPS 2018, equation 2, without their perturbation of the image.
    """
    count = known.labels.max() + 1
    means = np.stack([known.whitened[known.labels == label].mean(axis=0) for label in range(count)])
    distances, _ = NearestNeighbors(n_neighbors=1).fit(means).kneighbors(known.whiten(features))
    return np.asarray(distances[:, 0], np.float64) ** 2


def nearest_neighbours(known: Known, features: npt.NDArray[np.floating], neighbours: int = 5) -> Floats:
    """Euclidean distance to the k-th nearest known image, k = ``neighbours``, of features scaled to a norm of 1.

    (n,), from 0 to 2, of ``features`` (n, d). k is at most the number of images of the known network that has the
    fewest. Sun et al., "Out-of-distribution detection with deep nearest neighbors", ICML 2022.
    """
    k = min(neighbours, np.bincount(known.labels).min())
    found = NearestNeighbors(n_neighbors=k).fit(_unit(known.features))
    distances, _ = found.kneighbors(_unit(features.astype(np.float64)))
    return np.asarray(distances[:, -1], np.float64)


def gaussian_mixture(known: Known, features: npt.NDArray[np.floating], components: int = 2, seed: int = 1) -> Floats:
    """Minus the log density, (n,), of ``features`` (n, d) under the mixture of the likeliest known network.

    Each network has a mixture of so many Gaussians with diagonal covariances, of whitened features, as Forensic
    Self-Descriptions (Nguyen et al., CVPR 2025) has one of each source; fewer where it has fewer than two images for
    each. ``seed`` is that of the first means. Variances are at least a tenth of those within all networks.
    """
    given = known.whiten(features)
    likelihoods = []
    for label in range(known.labels.max() + 1):
        own = known.whitened[known.labels == label]
        mixture = GaussianMixture(
            max(1, min(components, len(own) // 2)),
            covariance_type="diag",
            reg_covar=0.1,
            random_state=seed,
            init_params="k-means++",
        )
        # A single image has no variance: a Gaussian around it with that of all networks.
        own = own if len(own) > 1 else np.concatenate([own - 1, own + 1])
        likelihoods.append(mixture.fit(own).score_samples(given))
    return np.asarray(-np.max(likelihoods, axis=0), np.float64)


def all_scores(
    known: Known,
    probabilities: npt.NDArray[np.floating],
    logits: npt.NDArray[np.floating],
    features: npt.NDArray[np.floating],
    neighbours: int = 5,
    components: int = 2,
    seed: int = 1,
) -> Mapping[str, Floats]:
    """Each of the `SCORES`, by name, (n,), of images with these ``probabilities``, ``logits`` and ``features``."""
    found = (
        maximum_probability(probabilities),
        energy(logits),
        mahalanobis(known, features),
        nearest_neighbours(known, features, neighbours),
        gaussian_mixture(known, features, components, seed),
    )
    return dict(zip(SCORES, found, strict=True))


def _unit(features: Floats) -> Floats:
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(norms, np.finfo(np.float64).tiny))

"""Attribution of images to the networks whose fingerprints their residuals match."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.prnu.residuals import Fingerprint, read_fingerprint, read_residuals, truncate_to_int8
from sr_fingerprints.prnu.settings import Extraction
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

Vectors = npt.NDArray[np.float32]
Scores = Callable[[Vectors], npt.NDArray[np.floating]]


def attribute_by_prnu(
    residual_files: Sequence[str | Path],
    match: str,
    output: str | Path,
    arithmetic: str = "exact",
    training_photos: int | None = None,
    shift: Sequence[int] = (0, 0),
) -> None:
    """Attribute every test residual in ``residual_files`` to one of the files' networks.

    ``residual_files`` are written by `extract_residuals`, one per network; the classes are their networks, in this
    order. ``match`` is ``euclidean`` (the paper's) or ``correlation``, and determines the scores in the
    `Predictions` written to ``output``; ``arithmetic`` is one of `settings.ARITHMETIC`, ``training_photos`` the
    number of photos that fingerprints are computed from (None: all), and ``shift`` that of the test photos' crops.
    The attributes have the settings, and ``overflowing`` and ``periodic`` of each network's `Fingerprint`, by
    network. All fingerprints (k, d) and one network's residuals (m, d) are in memory at a time. Raises `InputError`
    for damaged files, files made with different settings, two files of one network, and unknown settings.
    """
    if match not in MATCHES:
        raise InputError(f"prnu match: found {match!r}; allowed: {', '.join(MATCHES)}")
    fingerprints, settings = _read_fingerprints(residual_files, arithmetic, training_photos)
    kind, matching = MATCHES[match]
    score = matching(np.stack([fingerprint.values for fingerprint in fingerprints.values()]))
    photos, sources, scores = [], [], []
    for path in progress(residual_files, "matching the residuals of networks"):
        residuals, photo, source = read_residuals(path, shift)
        if arithmetic != "exact":
            residuals = truncate_to_int8(residuals).astype(np.float32)
        photos.append(photo)
        sources.append(source)
        scores.append(score(residuals).astype(np.float32))
    networks = list(fingerprints)
    actual = np.repeat(networks, [len(photo) for photo in photos])
    measured = {
        key: {network: getattr(fingerprint, key) for network, fingerprint in fingerprints.items()}
        for key in ("overflowing", "periodic")
    }
    settings |= {"score": kind, "match": match, "arithmetic": arithmetic, "shift": list(shift)}
    predictions = Predictions(
        photo=np.concatenate(photos),
        source=np.concatenate(sources),
        network=actual,
        actual=actual,
        classes=np.array(networks),
        scores=np.concatenate(scores),
        features=np.zeros((len(actual), 0), np.float32),
        attributes=settings | measured,
    )
    write_predictions(output, predictions)


def _read_fingerprints(
    paths: Sequence[str | Path], arithmetic: str, training_photos: int | None
) -> tuple[dict[str, Fingerprint], dict[str, Any]]:
    """Read the fingerprints, by network, and the settings that they share."""
    fingerprints: dict[str, Fingerprint] = {}
    for path in paths:
        found = read_fingerprint(path, arithmetic, training_photos)
        made_with = {key: found.attributes[key] for key in SHARED_ATTRIBUTES} | {
            "training_photos": found.training_photos
        }
        if not fingerprints:
            settings = made_with
        if made_with != settings:
            raise InputError(
                f"{path}: made with {made_with}; {paths[0]} was made with {settings}; allowed: the same settings"
            )
        network = found.attributes["network"]
        if network in fingerprints:
            raise InputError(f"{path}: a second file of network {network}; allowed: one per network")
        fingerprints[network] = found
    return fingerprints, settings


SHARED_ATTRIBUTES = [*(key for key in Extraction.__dataclass_fields__ if key != "shifts"), "seed"]
"""Attributes that must be equal in all files of residuals of one experiment."""


def euclidean(fingerprints: Vectors) -> Scores:
    """Scores by Euclidean distance from float32 ``fingerprints`` (k, d), as in the paper.

    Returns a function of residuals (m, d) that gives negative distances (m, k), through
    |r - f|^2 = |r|^2 - 2 r.f + |f|^2: one matrix product in float32, the norms in float64.
    """
    squared_norms = _squared_norms(fingerprints)

    def negative_distances(residuals: Vectors) -> npt.NDArray[np.float64]:
        squared = _squared_norms(residuals)[:, None] - 2.0 * (residuals @ fingerprints.T) + squared_norms
        np.maximum(squared, 0.0, out=squared)  # rounding may make a distance of 0 slightly negative
        distances: npt.NDArray[np.float64] = np.sqrt(squared)
        return -distances

    return negative_distances


def correlation(fingerprints: Vectors) -> Scores:
    """Scores by normalised cross-correlation with ``fingerprints`` (k, d) (Lukas et al. 2006, equation 3).

    Returns a function of residuals (m, d) that gives correlations (m, k) between -1 and 1; that of a residual
    without variation (a flat image) is 0.
    """
    standardised = _standardised(fingerprints)
    return lambda residuals: _standardised(residuals) @ standardised.T


MATCHES: dict[str, tuple[str, Callable[[Vectors], Scores]]] = {
    "euclidean": ("negative_distance", euclidean),
    "correlation": ("correlation", correlation),
}
"""Name of the scores in `Predictions`, and function that computes them, by match."""


def _squared_norms(vectors: Vectors) -> npt.NDArray[np.float64]:
    squared: npt.NDArray[np.float64] = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    return squared


def _standardised(vectors: Vectors) -> Vectors:
    centred = vectors - vectors.mean(axis=1, keepdims=True)
    norms = np.sqrt(_squared_norms(centred))[:, None]
    standardised: Vectors = np.zeros_like(centred)
    np.divide(centred, norms, out=standardised, where=norms > 0, casting="same_kind")
    return standardised

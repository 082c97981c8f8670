"""Linear classifiers of parts of the fingerprint: which of them tells networks apart, without any learned features.

Each is a linear discriminant analysis with a shrunk covariance, trained on training images; the shrinkage is the one
that is best on validation images.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.fingerprints.measured import Measured, read_measured
from sr_fingerprints.fingerprints.parts import LINEAR, SHUFFLED
from sr_fingerprints.fingerprints.spectra import ORIGIN, decibels, grid_points, near
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import versions

SHRINKAGES = (0.001, 0.01, 0.1, 0.3)
"""Shrinkages that are tried: 0 is the measured covariance, 1 a multiple of the identity."""


def classify_parts(
    measured: str | Path, networks: Sequence[str], outputs: Mapping[str, str | Path], seed: int = 0
) -> None:
    """Attribute test images to ``networks`` by each part among the keys of ``outputs``; write `Predictions` there.

    ``measured`` is a file of `measured`. ``seed`` is that of shuffled labels and of bins drawn at
    random. Raises `InputError` for a split without images.
    """
    found = read_measured(measured)
    for split in ("train", "validation", "test"):
        if not (found.split == split).any():
            raise InputError(f"{measured}: found no {split} images; linear classifiers need some of each split")
    for part, output in outputs.items():
        random = np.random.default_rng([seed, LINEAR.index(part)])
        write_predictions(output, classify_part(found, networks, part, random))


def classify_part(found: Measured, networks: Sequence[str], part: str, random: np.random.Generator) -> Predictions:
    """Predictions for the test images of ``networks``, by one of `parts.LINEAR`."""
    position = {name: number for number, name in enumerate(found.network)}
    chosen = [position[name] for name in networks]
    values = features_of(found, part, random)[chosen]
    images = {split: values[:, found.split == split] for split in ("train", "validation", "test")}
    names = np.array(networks)
    labels = {split: np.repeat(names, part_of.shape[1]) for split, part_of in images.items()}
    if part == SHUFFLED:
        labels["train"] = random.permutation(labels["train"])
    flat = {split: part_of.reshape(len(labels[split]), -1) for split, part_of in images.items()}
    model, shrinkage, accuracy = best_model(flat, labels)
    tested = found.split == "test"
    return Predictions(
        photo=np.tile(found.photo[tested], len(names)),
        source=np.tile(found.source[tested], len(names)),
        network=labels["test"],
        actual=labels["test"],
        classes=model.classes_,
        scores=model.predict_proba(flat["test"]).astype(np.float32),
        features=np.empty((len(labels["test"]), 0), np.float32),
        attributes={
            "score": "probability",
            "split": "test",
            "part": part,
            "dimensions": flat["test"].shape[1],
            "shrinkage": shrinkage,
            "validation_accuracy": accuracy,
            "versions": versions("scikit-learn", "scipy", "h5py"),
        },
    )


def features_of(found: Measured, part: str, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """What one of `parts.LINEAR` is of every image, float32 (N, M, d); ``random`` draws bins beside the grid's."""
    if part == "grid_phase":
        return found.grid.reshape(*found.grid.shape[:2], -1)
    spectrum = decibels(found.luminance)
    bins = chosen_bins(part, spectrum.shape[-2], found.attributes["period"], random)
    features: npt.NDArray[np.float32] = spectrum[:, :, bins].astype(np.float32)
    return features


def chosen_bins(part: str, side: int, period: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """The bins of a half spectrum that one of `parts.LINEAR` has, bool (side, side // 2 + 1)."""
    half = slice(None), slice(side // 2 + 1)
    every = ~near(side, ORIGIN, 1)[half]
    grid = near(side, grid_points(side, period), 1)[half] & every
    others = np.zeros_like(every)
    candidates = np.argwhere(every & ~grid)
    drawn = random.permutation(candidates)[: grid.sum()]
    others[tuple(drawn.T)] = True
    return {
        "spectrum_without_grid": every & ~grid,
        "spectrum_without_others": every & ~others,
        "spectrum_of_grid": grid,
        "spectrum_of_others": others,
    }.get(part, every)


def best_model(flat: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]) -> tuple[Pipeline, float, float]:
    """The model with the shrinkage that is best on validation images (of equals the largest); that; its accuracy."""
    models = {}
    for shrinkage in SHRINKAGES:
        analysis = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=shrinkage)
        models[shrinkage] = make_pipeline(StandardScaler(), analysis).fit(flat["train"], labels["train"])
    accuracies = {
        shrinkage: float(model.score(flat["validation"], labels["validation"])) for shrinkage, model in models.items()
    }
    best = max(SHRINKAGES, key=lambda shrinkage: (accuracies[shrinkage], shrinkage))
    return models[best], best, accuracies[best]

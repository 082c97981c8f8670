"""Scores of a made-up classifier: photos differ in how far its images are from those of others."""

import numpy as np
import pandas as pd

from sr_fingerprints.evidence.calibration import fit_evidence
from sr_fingerprints.evidence.reading import read_evidence
from sr_fingerprints.files.predictions import Predictions, write_predictions

CLASSES = ("A", "B", "C", "D")
TEST_PHOTOS = [f"t{number}" for number in range(6)]
OTHERS = {"P": "published", "real": "real", "bicubic-x2": "interpolated", "A-twin": "twin", "A-half": "derived"}
NETWORKS = pd.DataFrame(
    [(name, "custom", 2 if name in "AB" else 4, "L1" if name in "AC" else "VGG_GAN") for name in CLASSES]
    + [(name, origin, 2, "NA") for name, origin in OTHERS.items()],
    columns=["network", "origin", "scale", "loss"],
)
"""Columns of the table of networks that evidence needs."""


def predictions(split, photos, tiles=6, strength=2.0, classes=CLASSES, seed=0):
    """Predictions for ``tiles`` tiles of each photo, of every network; their probabilities are calibrated."""
    random = np.random.default_rng([seed, len(photos)])
    rows = [(name, photo, tile) for name in NETWORKS.network for photo in photos for tile in range(tiles)]
    network, source, tile = (np.array([str(row[part]) for row in rows]) for part in range(3))
    means = strength * (network[:, None] == np.array(classes))
    logits = strength * (means + random.normal(size=(len(rows), len(classes))))
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions(
        photo=np.char.add(np.char.add(source, "-"), tile),
        source=source,
        network=network,
        actual=network,
        classes=np.array(classes),
        scores=scores.astype(np.float32),
        features=np.empty((len(rows), 0), np.float32),
        attributes={
            "score": "probability",
            "split": split,
            "classifier": {"seed": 1, "settings": {}, "versions": {}, "training_photos": 3},
        },
    )


class Study:
    """Files of two classifiers of one experiment."""

    def __init__(self, folder, validation, name="e"):
        self.name = name
        self.folder, self.networks = folder, folder / "networks.csv"
        NETWORKS.to_csv(self.networks, index=False)
        self.parts = {"test": TEST_PHOTOS, "validation": validation}
        self.files = {}
        for split, photos in self.parts.items():
            self.files[split] = [folder / f"{split}-{seed}.h5" for seed in (1, 2)]
            for seed, path in enumerate(self.files[split], 1):
                write_predictions(path, predictions(split, photos, seed=seed))
        self.calibrations = [folder / f"{seed}.json" for seed in (1, 2)]
        fit_evidence(self.files["test"], self.files["validation"], self.networks, self.calibrations)

    def inputs(self):
        return {
            "test": {self.name: self.files["test"]},
            "validation": {self.name: self.files["validation"]},
        }

    def evidence(self):
        return read_evidence(**self.inputs(), networks=self.networks, calibrations={self.name: self.calibrations})[
            self.name
        ]

"""Scores of a made-up classifier: photos differ in how far its images are from those of others."""

import numpy as np
import pandas as pd

from sr_fingerprints.files.predictions import Predictions

CLASSES = ("A", "B", "C", "D")
OTHERS = {"P": "published", "real": "real", "bicubic-x2": "interpolated", "A-twin": "twin"}
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

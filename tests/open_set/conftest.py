"""A study of eight custom networks, two published ones and photos, in features whose answer is known."""

from zlib import crc32

import numpy as np
import pytest
from custom_networks import CUSTOM

from sr_fingerprints.files.predictions import Predictions
from sr_fingerprints.files.tensors import write_tensors
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import REAL, interpolated

DIMENSIONS = 6
PUBLISHED = [NetworkRow(name, name, scale=2, loss="L1", origin="published") for name in ("Alpha", "Beta", "Gamma")]
TWIN = NetworkRow("EDSR-d-x2-L1-s1-twin1", "EDSR", "d", 2, "L1", 1, "twin", weights_of="EDSR-d-x2-L1-s1")
SOURCES = {"train": ["a", "b", "c"], "validation": ["d", "e"], "test": ["f", "g", "h", "i", "j"]}


@pytest.fixture
def networks():
    return network_table([*CUSTOM, *PUBLISHED, TWIN, REAL, *interpolated([2, 4], ["bicubic", "lanczos"])])


@pytest.fixture
def classifier(tmp_path):
    """A last layer of random weights, as `save_classifier` writes it."""
    import torch

    random = np.random.default_rng(1)
    tensors = {
        "head.weight": torch.from_numpy(random.normal(size=(len(CUSTOM), DIMENSIONS)).astype(np.float32)),
        "head.bias": torch.from_numpy(random.normal(size=len(CUSTOM)).astype(np.float32)),
    }
    write_tensors(tmp_path / "classifier.safetensors", tensors, "provenance", {})
    return tmp_path / "classifier.safetensors"


@pytest.fixture
def shown(classifier):
    """Function: predictions for the photos of a split. Features of a network are far from those of all others."""
    from scipy.special import softmax

    from sr_fingerprints.open_set.scored import last_layer_logits

    def predictions(names, split, classes, apart=8.0, tiles=4):
        of_photos = [(f"{source}-{tile}", source) for source in SOURCES[split] for tile in range(tiles)]
        photo, source, network = np.array([(*tile, name) for name in names for tile in of_photos]).T
        randoms = (np.random.default_rng(crc32(name.encode())) for name in network)
        means = np.stack([random.normal(size=DIMENSIONS) for random in randoms])
        noise = np.random.default_rng([ord(split[0]), len(network)]).normal(size=means.shape)
        features = (apart * means + noise).astype(np.float32)
        scores = softmax(last_layer_logits(classifier, features), axis=1)
        return Predictions(photo, source, network, network, np.array(sorted(classes)), scores, features)

    return predictions

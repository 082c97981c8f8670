"""Applying a trained classifier to images."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from sr_fingerprints.classifiers.crops import Crops
from sr_fingerprints.classifiers.training import as_input
from sr_fingerprints.classifiers.weights import load_classifier
from sr_fingerprints.predictions import Predictions, write_predictions
from sr_fingerprints.progress import progress
from sr_fingerprints.provenance import versions


def apply_classifier(
    classifier: str | Path,
    images: Sequence[str | Path],
    networks: Sequence[str],
    labels: Sequence[str],
    split: str,
    output: str | Path,
    device: str = "cpu",
) -> None:
    """Classify the centre crop of every image of one split, and write `Predictions`.

    ``images``, ``networks`` and ``labels`` have one entry a network; labels need not be classes that the
    classifier knows.
    """
    trained = load_classifier(classifier, device)
    settings = trained.provenance["settings"]
    scores, features = [], []
    with Crops(images, range(len(images)), split, settings["evaluation_crop"]) as crops, torch.inference_mode():
        batches = -(-len(crops) // settings["batch_size"])
        for batch, _ in progress(crops.center_batches(settings["batch_size"]), "images", batches):
            found = trained.classifier.features(as_input(batch, device))
            features.append(found.cpu().numpy())
            scores.append(trained.classifier.head(found).softmax(1).cpu().numpy())
        photos = [crops.files[number].photo[row] for number, row in crops.pairs]
        sources = [crops.files[number].source[row] for number, row in crops.pairs]
        owners = [number for number, _ in crops.pairs]
    write_predictions(
        output,
        Predictions(
            photo=np.array(photos),
            source=np.array(sources),
            network=np.array(networks)[owners],
            actual=np.array(labels)[owners],
            classes=trained.classes,
            scores=np.concatenate(scores),
            features=np.concatenate(features),
            attributes={
                "score": "probability",
                "split": split,
                "device": device,
                "classifier": trained.provenance,
                "versions": versions("torch", "timm", "h5py"),
            },
        ),
    )

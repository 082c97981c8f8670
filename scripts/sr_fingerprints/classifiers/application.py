"""Application of a trained classifier to images."""

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.crops import Crops, explain_large_crop, in_advance, to_tensor
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.memory import AdaptiveBatch
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import versions


def apply_classifier(
    classifier: str | Path,
    images: Sequence[str | Path],
    networks: Sequence[str],
    labels: Sequence[str],
    split: str,
    output: str | Path,
    device: str = "cpu",
    most: int | None = None,
    names: Collection[str] | None = None,
) -> None:
    """Classify the centre crop of every image of one split, and write `Predictions`.

    ``images``, ``networks`` and ``labels`` have one entry per network; labels need not be among the classifier's
    classes. ``most`` limits the images of each network, and ``names`` are the photos whose images are used (see
    `Crops`). Raises `InputError` with the classifier's path when its outputs are not finite, and when GPU memory is
    too small for even one crop.
    """
    trained = load_classifier(classifier, device)
    settings = trained.provenance["settings"]
    batch_scores, batch_features = [], []
    adaptive_batch = AdaptiveBatch("crops")
    too_large = explain_large_crop(settings["evaluation_crop"], device)

    def classify(batch: npt.NDArray[np.uint8] | torch.Tensor, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        part_features = trained.classifier.features(to_tensor(batch[part], device))
        return part_features, trained.classifier.head(part_features).softmax(1)

    with (
        Crops(images, range(len(images)), split, settings["evaluation_crop"], most=most, names=names) as crops,
        torch.inference_mode(),
    ):
        number = -(-len(crops) // settings["batch_size"])
        unread: list[tuple[torch.Tensor, torch.Tensor]] = []

        def read(number: int) -> None:
            for part_features, part_scores in unread[:number]:
                batch_features.append(part_features.cpu().numpy())
                batch_scores.append(part_scores.cpu().numpy())
            del unread[:number]

        batches = in_advance(crops.center_batches(settings["batch_size"]), device)
        for batch, _ in progress(batches, "images", number):
            before = len(unread)
            unread += adaptive_batch(partial(classify, batch), len(batch), len(batch), too_large)
            read(before)  # of the batch before: a GPU computes this one meanwhile
        read(len(unread))
        photos = [crops.files[number].photo[row] for number, row in crops.pairs]
        sources = [crops.files[number].source[row] for number, row in crops.pairs]
        file_numbers = [number for number, _ in crops.pairs]
    scores, features = np.concatenate(batch_scores), np.concatenate(batch_features)
    for row in np.flatnonzero(~(np.isfinite(scores).all(1) & np.isfinite(features).all(1)))[:1]:
        raise InputError(
            f"{classifier}: found scores that are not finite, of "
            f"{networks[file_numbers[row]]}'s image of {photos[row]}; "
            "allowed: finite ones; remove it and run again to train it from scratch"
        )
    write_predictions(
        output,
        Predictions(
            photo=np.array(photos),
            source=np.array(sources),
            network=np.array(networks)[file_numbers],
            actual=np.array(labels)[file_numbers],
            classes=trained.classes,
            scores=scores,
            features=features,
            attributes={
                "score": "probability",
                "split": split,
                "device": device,
                "precision": trained.classifier.precision,
                "classifier": trained.provenance,
                "versions": versions("torch", "timm", "h5py"),
            },
        ),
    )

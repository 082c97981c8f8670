"""The evidence of an image: the mean of the features of crops over the whole picture."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.crops import Box

if TYPE_CHECKING:
    from sr_fingerprints.classifiers.backbones import Classifier

BATCH = 16
"""Crops that are passed through a classifier together, which bounds the memory: 64 MB for crops of 128 pixels."""

Features = npt.NDArray[np.float32]


def image_evidence(
    classifier: "Classifier", image: npt.NDArray[np.uint8], boxes: Sequence[Box], device: str = "cpu"
) -> Features:
    """Features of the crops of an image, float32 (crops, d).

    ``image`` is uint8 (h, w, 3), RGB; ``boxes`` are of one size (see `crops.crop_boxes`). The classifier is in
    evaluation mode, on ``device``. The number of crops in a batch changes no feature by more than rounding.
    """
    import torch

    from sr_fingerprints.classifiers.crops import to_tensor

    found = []
    with torch.inference_mode():
        for batch in _batches(boxes):
            crops = np.stack([image[top : top + height, left : left + width] for top, left, height, width in batch])
            found.append(classifier.features(to_tensor(crops, device)).cpu().numpy())
    return np.concatenate(found)


def _batches(boxes: Sequence[Box]) -> Iterator[Sequence[Box]]:
    for start in range(0, len(boxes), BATCH):
        yield boxes[start : start + BATCH]

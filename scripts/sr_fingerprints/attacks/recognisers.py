"""What attacks are to deceive: trained classifiers, and PRNU, with one interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.attacks.samples import Pixels
from sr_fingerprints.classifiers.crops import explain_large_crop, to_tensor
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.prnu.matching import MATCHES
from sr_fingerprints.prnu.residuals import BATCH, read_fingerprint
from sr_fingerprints.runtime.memory import AdaptiveBatch


@dataclass(frozen=True)
class Answers:
    """What a recogniser says of ``n`` images."""

    predicted: npt.NDArray[np.str_]  # (n,), the network with the highest score
    scores: npt.NDArray[np.float32]  # (n, classes), higher is likelier; as in `files.predictions`
    features: npt.NDArray[np.float32]  # (n, d), of PRNU (n, 0)


class Recogniser(Protocol):
    """Names the network that made an image."""

    classes: npt.NDArray[np.str_]  # (c,)
    crop: int  # pixels; side of the square in the middle of an image that it looks at

    def __call__(self, images: Pixels) -> Answers:
        """What it says of ``images`` (n, side, side, 3)."""


class ClassifierRecogniser:
    """A trained classifier; its scores are probabilities."""

    def __init__(self, path: str | Path, device: str = "cpu"):
        trained = load_classifier(path, device)
        self.classifier, self.classes = trained.classifier.requires_grad_(False), trained.classes
        self.classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.crop: int = trained.provenance["settings"]["evaluation_crop"]
        self.batch_size: int = trained.provenance["settings"]["batch_size"]
        self.device = device
        self._adaptive_batch = AdaptiveBatch("crops")

    def __call__(self, images: Pixels) -> Answers:
        def classify(batch: Pixels, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.classifier.features(to_tensor(batch[part], self.device))
            return features, self.classifier.head(features).softmax(1)

        too_large = explain_large_crop(self.crop, self.device)
        crops = middle(images, self.crop)
        found: list[tuple[torch.Tensor, torch.Tensor]] = []
        with torch.inference_mode():
            for start in range(0, len(crops), self.batch_size):
                batch = np.ascontiguousarray(crops[start : start + self.batch_size])
                found += self._adaptive_batch(partial(classify, batch), len(batch), len(batch), too_large)
        features, scores = (torch.cat(parts).cpu().numpy() for parts in zip(*found, strict=True))
        return Answers(self.classes[scores.argmax(axis=1)], scores, features)


class PrnuRecogniser:
    """The nearest fingerprint, of the files of residuals of one experiment; scores as its match has them."""

    def __init__(self, files: Sequence[str | Path], match: str):
        fingerprints = [read_fingerprint(path) for path in files]
        self.classes = np.array([fingerprint.attributes["network"] for fingerprint in fingerprints])
        settings = fingerprints[0].attributes
        self.crop: int = settings["crop"]
        self.denoiser: str = settings["denoiser"]
        self.sigma: float = settings["sigma"]
        self._score = MATCHES[match][1](np.stack([fingerprint.values for fingerprint in fingerprints]))

    def __call__(self, images: Pixels) -> Answers:
        crops = middle(images, self.crop)
        batches = [crops[start : start + BATCH] for start in range(0, len(crops), BATCH)]
        residuals = [noise_residuals(batch, self.denoiser, self.sigma).reshape(len(batch), -1) for batch in batches]
        scores = self._score(np.concatenate(residuals)).astype(np.float32)
        return Answers(self.classes[scores.argmax(axis=1)], scores, np.zeros((len(scores), 0), np.float32))


def middle(images: Pixels, side: int) -> Pixels:
    """The central squares (n, side, side, 3) of ``images``."""
    top, left = ((length - side) // 2 for length in images.shape[1:3])
    return images[:, top : top + side, left : left + side]

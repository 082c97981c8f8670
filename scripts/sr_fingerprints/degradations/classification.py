"""Classifiers applied to degraded images."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.crops import to_tensor
from sr_fingerprints.classifiers.saving import TrainedClassifier, load_classifier
from sr_fingerprints.degradations.answers import Row, answer_rows, write_answers
from sr_fingerprints.degradations.degraded_images import Degradation, common_side, degraded_crops, spread_rows
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.memory import AdaptiveBatch
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.study.timm_backbones import timm_backbones

logger = logging.getLogger(__name__)

SMALLEST_SIDE = 16
"""Pixels; the least crop that the configuration allows."""

HIGHPASS_BORDER = 2
"""Pixels by which high-passing makes a crop smaller."""


def classify_degraded(
    classifiers: Mapping[str, str | Path],
    networks: Mapping[str, Sequence[str]],
    images: Mapping[str, str | Path],
    degradations: Sequence[Degradation],
    backbones: str | Path,
    output: str | Path,
    most: int | None = None,
    seed: int = 0,
    split: str = "test",
    device: str = "cpu",
) -> None:
    """Classify centre crops of degraded images, and write the answers (CSV; `answers.COLUMNS`).

    Parameters
    ----------
    classifiers, networks
        A trained classifier, and the networks whose images it is asked about, by name of the experiment.
    images
        The collection of images (HDF5) of every one of these networks, by name.
    degradations
        Rows of the configuration.
    backbones
        The table of timm's backbones, which says what crops they accept.
    most
        Number of images of each network, spread over the source photos; None: all.

    All degradations are judged by crops of the same side, also images that nothing was done to: the largest that fits
    into every degraded image, and that the classifier accepts, up to the one that it is evaluated with elsewhere.
    Raises `InputError` if there is none.
    """
    trained = {name: load_classifier(path, device) for name, path in classifiers.items()}
    largest = common_side(list(images.values()), degradations, split, most, seed)
    sides = {name: crop_side(found, largest, backbones) for name, found in trained.items()}
    logger.info("sides of the crops: %s", sides)
    adaptive_batch = AdaptiveBatch("crops")

    def answers() -> Iterator[Row]:
        for network, path in progress(list(images.items()), "degraded images of networks"):
            asked = [name for name in classifiers if network in networks[name]]
            with ImageFile(path) as file:
                rows = spread_rows(file, split, most, seed)
                crops = [degraded_crops(file, row, network, degradations, max(sides.values()), seed) for row in rows]
            for name in asked:
                inner = np.concatenate([_center(each, sides[name]) for each in crops])
                scores = _probabilities(trained[name], inner, device, adaptive_batch)
                yield from answer_rows(
                    name, file, rows, network, degradations, trained[name].classes, scores, sides[name]
                )

    write_answers(answers(), output)


def crop_side(trained: TrainedClassifier, largest: int, backbones: str | Path) -> int:
    """Side in pixels of the crops that a classifier is given, at most the ``largest`` that fits.

    Raises `InputError` if its backbone accepts none of them.
    """
    settings = trained.provenance["settings"]
    accepts = accepted_sides(settings["backbone"], settings["input"], backbones)
    for side in range(min(largest, settings["evaluation_crop"]), SMALLEST_SIDE - 1, -1):
        if accepts(side):
            return side
    raise InputError(
        f"degradations: found one that leaves crops of {largest} pixels, of which backbone {settings['backbone']} "
        f"accepts none; allowed: chains that leave larger images (classifiers.evaluation_crop is "
        f"{settings['evaluation_crop']})"
    )


def accepted_sides(backbone: str, input: str, backbones: str | Path) -> Callable[[int], bool]:
    """Whether a backbone accepts crops of a side; our own accepts any."""
    row = timm_backbones(backbones)[1].get(backbone.partition(".")[0])
    border = HIGHPASS_BORDER if input == "highpass" else 0
    return (lambda side: row.accepts(side - border)) if row else (lambda side: True)


def _center(crops: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    start = (crops.shape[1] - side) // 2
    return crops[:, start : start + side, start : start + side]


def _probabilities(
    trained: TrainedClassifier, crops: npt.NDArray[np.uint8], device: str, adaptive_batch: AdaptiveBatch
) -> npt.NDArray[np.float32]:
    """Probabilities of the classes, float32 (n, c)."""
    size = trained.provenance["settings"]["batch_size"]
    found: list[npt.NDArray[np.float32]] = []

    def classify(part: slice) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            logits = trained.classifier(to_tensor(crops[part], device))
            probabilities: npt.NDArray[np.float32] = logits.softmax(1).cpu().numpy()
        return probabilities

    too_large = (
        f"degradations: found crops of {crops.shape[1]} pixels, of which not one fits into the memory of {device}"
    )
    for probabilities in adaptive_batch(
        classify, len(crops), size, f"{too_large}; allowed: a smaller evaluation_crop"
    ):
        found.append(probabilities)
    return np.concatenate(found)

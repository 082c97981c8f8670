"""Scores of one classifier for crops of several sizes, and for several crops of an image together."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.crops import explain_large_crop, to_tensor
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.evidence.growth_file import CROPS, SIDE, Growth, write_growth
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.memory import AdaptiveBatch
from sr_fingerprints.runtime.progress import progress

logger = logging.getLogger(__name__)


class Image(NamedTuple):
    """An image that is looked at: the number of its file, its row there, and its number among the chosen photos."""

    file: int
    row: int
    photo: int


def measure_growth(
    classifier: str | Path,
    images: Sequence[str | Path],
    networks: Sequence[str],
    sides: Sequence[int],
    crop: int,
    numbers: Sequence[int],
    images_per_photo: int,
    seed: int,
    output: str | Path,
    device: str = "cpu",
) -> None:
    """Classify crops of validation and test images, and write the scores as `Growth`.

    Centre crops of each of ``sides``, in pixels; and the first of ``numbers`` of crops of ``crop`` pixels, which do
    not overlap and come in an order drawn with ``seed``, the same for all networks: the logarithms of their
    probabilities are added up. Sides and numbers that the smallest image has no room for are left out, and logged.
    ``images`` has one file per network. Of each photo, ``images_per_photo`` tiles are drawn, the same for all
    networks. Raises `InputError` for scores that are not finite, and when no side is left.
    """
    trained = load_classifier(classifier, device)
    batch_size = trained.provenance["settings"]["batch_size"]
    adaptive_batch = AdaptiveBatch("crops")

    def log_probabilities(crops: npt.NDArray[np.uint8], part: slice) -> npt.NDArray[np.float32]:
        logits: torch.Tensor = trained.classifier(to_tensor(crops[part], device))
        scores: npt.NDArray[np.float32] = logits.log_softmax(1).cpu().numpy()
        return scores

    def classify(crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        too_large = explain_large_crop(crops.shape[1], device)
        return np.concatenate(
            list(adaptive_batch(partial(log_probabilities, crops), len(crops), batch_size, too_large))
        )

    with ExitStack() as opened, torch.inference_mode():
        files = [opened.enter_context(ImageFile(path)) for path in images]
        chosen = list(_chosen(files, images_per_photo, seed))
        smallest = min(int(files[image.file].size[image.row].min()) for image in chosen)
        room = [side for side in sides if side <= smallest]
        if not room:
            raise InputError(f"evidence.sides: found {list(sides)}; allowed: up to {smallest}, the smallest image")
        cells = [number for number in numbers if number <= (smallest // crop) ** 2]
        if left_out := [*(set(sides) - set(room)), *(set(numbers) - set(cells))]:
            logger.warning("images of %d pixels have no room for: %s", smallest, sorted(left_out))
        scores = [np.empty((len(chosen), len(trained.classes)), np.float32) for _ in (*room, *cells)]
        for first in progress(range(0, len(chosen), batch_size), "batches of images"):
            part = slice(first, first + batch_size)
            for number, side in enumerate(room):
                crops = [files[image.file].center_crop(image.row, side) for image in chosen[part]]
                scores[number][part] = classify(np.stack(crops))
            for at, image in enumerate(chosen[part], first) if cells else ():
                places = _places(files[image.file].size[image.row], crop, max(cells), [seed, image.photo])
                crops = [files[image.file].crop(image.row, top, left, crop, crop) for top, left in places]
                sums = np.cumsum(classify(np.stack(crops)), axis=0)
                for number, cell in enumerate(cells, len(room)):
                    scores[number][at] = sums[cell - 1]
        described = {
            key: np.array([getattr(files[image.file], key)[image.row] for image in chosen])
            for key in ("photo", "source", "split")
        }
    found = np.stack(scores)
    if not np.isfinite(found).all():
        raise InputError(f"{classifier}: found scores that are not finite; remove it and run again to train it anew")
    write_growth(
        output,
        Growth(
            grows_with=np.array([SIDE] * len(room) + [CROPS] * len(cells)),
            amount=np.array([*room, *cells]),
            scores=found,
            classes=trained.classes,
            network=np.array(networks)[[image.file for image in chosen]],
            **described,
        ),
        {"classifier": trained.provenance, "crop": crop, "seed": seed, "device": device},
    )


def _chosen(files: Sequence[ImageFile], images_per_photo: int, seed: int) -> Iterator[Image]:
    """Yield the images of validation and test photos to look at, file by file."""
    first = files[0]
    random = np.random.default_rng(seed)
    names: list[str] = []
    for source in sorted({str(name) for name in first.source[first.split != "train"]}):
        tiles = sorted(str(name) for name in first.photo[first.source == source])
        names += [tiles[index] for index in random.permutation(len(tiles))[:images_per_photo]]
    for number, file in enumerate(files):
        rows = {str(name): row for row, name in enumerate(file.photo)}
        yield from (Image(number, rows[name], photo) for photo, name in enumerate(names))


def _places(size: npt.NDArray[np.int32], crop: int, number: int, seed: Sequence[int]) -> list[tuple[int, int]]:
    """Top and left of ``number`` crops of an image of this height and width, in random order, without overlap."""
    rows, columns = (int(length) // crop for length in size)
    cells = np.random.default_rng(seed).permutation(rows * columns)[:number]
    return [(int(cell) // columns * crop, int(cell) % columns * crop) for cell in cells]

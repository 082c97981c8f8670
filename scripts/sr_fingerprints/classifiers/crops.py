"""Crops of super-resolved images, read directly from HDF5 chunks."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.augmentation import Augmentation
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
"""Crops (n, side, side, 3), and their classes (n,)."""


class Crops:
    """Square crops of one split of several networks' images, each with its class index.

    ``paths`` are the networks' files and ``targets`` their class indices, in the same order. ``photos`` restricts
    the images to those of as many source photos, the first in an order drawn with ``order``; the attribute of that
    name has those in use. ``most`` is the largest number of images of a network, which are then taken at regular
    distances, so that all photos have their share. None of either stands for all. Use it in a ``with`` block. Raises
    `InputError` when a file has an image smaller than ``side``, none of the split, or fewer photos.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        targets: Sequence[int],
        split: str,
        side: int,
        photos: int | None = None,
        order: int = 0,
        most: int | None = None,
    ):
        self.side = side
        self._closing = ExitStack()
        self.files = [self._closing.enter_context(ImageFile(path)) for path in paths]
        self.pairs: list[tuple[int, int]] = []  # (index of the file, row in it)
        for number, file in enumerate(self.files):
            rows = file.indices(split)
            if not len(rows):
                raise InputError(f"{file.path}: found no images of the split {split!r}; allowed: one or more")
            if photos is not None:
                rows = rows[np.isin(file.source[rows], _first_photos(file, rows, photos, order))]
            if file.size[rows].min() < side:
                raise InputError(f"{file.path}: found an image smaller than a crop of {side} pixels")
            if most is not None and most < len(rows):
                rows = rows[np.linspace(0, len(rows), most, endpoint=False).astype(int)]
            self.pairs += [(number, int(row)) for row in rows]
        self.photos = sorted({str(self.files[number].source[row]) for number, row in self.pairs})
        self.targets = np.array([targets[number] for number, _ in self.pairs], np.int64)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._closing.__exit__(*error)

    def __len__(self) -> int:
        return len(self.pairs)

    def shuffle_targets(self, random: np.random.Generator) -> None:
        """Shuffle the classes of the images: a control, in which images carry no information about their class."""
        self.targets = random.permutation(self.targets)

    def random_batches(
        self,
        batch_size: int,
        random: np.random.Generator,
        batches: int | None = None,
        augmentation: Augmentation | None = None,
    ) -> Iterator[Batch]:
        """Batches of random crops, uint8 (batch_size, side, side, 3), and their classes, int64 (batch_size,).

        Images come in random order, each once before any is repeated. ``batches`` is the number of batches; None for
        one pass over the images (without the last, incomplete batch, unless it is the only one). With an
        ``augmentation``, a share of the crops is degraded.
        """
        random_crop = augmentation.random_crop if augmentation else ImageFile.random_crop
        if batches is None:
            batches = max(1, len(self) // batch_size)
        order = np.empty(0, np.int64)
        for _ in range(batches):
            while len(order) < batch_size:
                order = np.concatenate([order, random.permutation(len(self))])
            chosen, order = order[:batch_size], order[batch_size:]
            crops = [random_crop(self._file(index), self._row(index), self.side, random) for index in chosen]
            yield np.stack(crops), self.targets[chosen]

    def center_batches(self, batch_size: int) -> Iterator[Batch]:
        """Centre crops of all images in order, in batches like those of `random_batches`."""
        for start in range(0, len(self), batch_size):
            chosen = range(start, min(start + batch_size, len(self)))
            crops = [self._file(index).center_crop(self._row(index), self.side) for index in chosen]
            yield np.stack(crops), self.targets[start : start + batch_size]

    def _file(self, index: int) -> ImageFile:
        return self.files[self.pairs[index][0]]

    def _row(self, index: int) -> int:
        return self.pairs[index][1]


def _first_photos(file: ImageFile, rows: npt.NDArray[np.intp], photos: int, order: int) -> list[str]:
    """Names of the first source photos of these images, in an order drawn with the seed ``order``."""
    names = sorted({str(name) for name in file.source[rows]})
    if len(names) < photos:
        raise InputError(
            f"training_photos: found {photos}; allowed: up to {len(names)}, the training photos there are"
        )
    return [names[index] for index in np.random.default_rng([order, len(names)]).permutation(len(names))[:photos]]


def to_tensor(crops: np.ndarray, device: str) -> torch.Tensor:
    """Convert 8-bit levels, uint8 or float32 (n, side, side, 3), to float32 (n, 3, side, side) in [0, 1]."""
    return torch.from_numpy(crops).to(device).permute(0, 3, 1, 2).float().div(255)


def explain_large_crop(side: int, device: str) -> str:
    """Message for when the memory of ``device`` is too small for even one evaluation crop."""
    return (
        f"classifiers.evaluation_crop: found {side}, with which not even one crop fits into the memory of {device}; "
        "allowed: a smaller one, or a GPU with fewer other jobs"
    )

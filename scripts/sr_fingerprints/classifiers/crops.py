"""Crops of super-resolved images, read directly from HDF5 chunks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.augmentation import Augmentation
from sr_fingerprints.files.images import CHUNK, ImageFile
from sr_fingerprints.runtime.background_io import made_ahead
from sr_fingerprints.runtime.errors import InputError

Item = TypeVar("Item")

Batch = tuple[npt.NDArray[np.uint8] | torch.Tensor, npt.NDArray[np.int64]]
"""Crops (n, side, side, 3), and their classes (n,)."""

HELD_BYTES = 2**30
"""Most bytes of images that are kept in the machine's memory; a job requests several times as much."""

HELD_SHARE = 0.25
"""Most of a GPU's free memory that images are kept in: the larger part is for training."""


class Crops:
    """Square crops of one split of several networks' images, each with its class index.

    ``paths`` are the networks' files and ``targets`` their class indices, in the same order. ``photos`` restricts
    the images to those of as many source photos, the first in an order drawn with ``order``; the attribute of that
    name has those in use. ``most`` is the largest number of images of a network, which are then taken at regular
    distances, so that all photos have their share. ``names`` are those of the photos (or tiles) whose images are
    used. None of these stands for all. Use it in a ``with`` block. Raises `InputError` when a file has an image
    smaller than ``side``, none of the split, or fewer photos.
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
        names: Collection[str] | None = None,
    ):
        self.side = side
        self._closing = ExitStack()
        self.files = [self._closing.enter_context(ImageFile(path)) for path in paths]
        self.pairs: list[tuple[int, int]] = []  # (index of the file, row in it)
        for number, file in enumerate(self.files):
            rows = file.indices(split)
            if names is not None:
                rows = rows[np.isin(file.photo[rows], list(names))]
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
        self._on_device: DeviceImages | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._closing.__exit__(*error)

    def __len__(self) -> int:
        return len(self.pairs)

    def hold(self, crops: int, device: str, augmented: bool = False) -> None:
        """Keep the images in memory if they fit, and if ``crops`` random ones would read more than all images.

        That is the memory of ``device``, from which crops are then cut there, except if some are ``augmented``. The
        crops stay the same.
        """
        sizes = [self.files[number].size[row] for number, row in self.pairs]
        chunks = sum(int(np.prod(-(-size // CHUNK))) for size in sizes)
        if crops * (1 + self.side / CHUNK) ** 2 < chunks:
            return
        size = sum(3 * int(np.prod(size)) for size in sizes)
        if device != "cpu" and not augmented and size <= torch.cuda.mem_get_info(device)[0] * HELD_SHARE:
            images = (self._file(index).image(self._row(index)) for index in range(len(self)))
            self._on_device = DeviceImages(images, size, device)
        elif size <= HELD_BYTES:
            for number, file in enumerate(self.files):
                file.hold(row for of_file, row in self.pairs if of_file == number)

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

        Crops are tensors on the device if the images are there (`hold`), else arrays.

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
            if self._on_device and not augmentation:
                places = [self._file(index).random_place(self._row(index), self.side, random) for index in chosen]
                yield self._on_device.crops(chosen, np.array(places), self.side), self.targets[chosen]
                continue
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


class DeviceImages:
    """8-bit images in the memory of ``device``, from which crops are cut there; ``size`` in bytes of all of them."""

    def __init__(self, images: Iterable[npt.NDArray[np.uint8]], size: int, device: str):
        self._pixels = torch.empty((size // 3, 3), dtype=torch.uint8, device=device)
        starts, widths, start = [], [], 0
        for image in images:
            number = image.shape[0] * image.shape[1]
            self._pixels[start : start + number] = torch.from_numpy(image).view(number, 3).to(device)
            starts.append(start)
            widths.append(image.shape[1])
            start += number
        self._starts, self._widths, self._device = np.array(starts), np.array(widths), device

    def crops(self, images: npt.NDArray[np.int64], places: npt.NDArray[np.int64], side: int) -> torch.Tensor:
        """Squares of these images with these tops and lefts (n, 2), uint8 (n, side, side, 3) on the device."""
        widths = self._widths[images]
        corners = self._starts[images] + places[:, 0] * widths + places[:, 1]
        corner, width = torch.from_numpy(np.stack([corners, widths])).to(self._device)[:, :, None, None]
        along = torch.arange(side, device=self._device)
        return self._pixels[corner + along[:, None] * width + along]


def in_advance(batches: Iterable[Item], device: str) -> Iterator[Item]:
    """The same batches, read by another thread while the device computes, or while the other threads do."""
    alone = device == "cpu" and torch.get_num_threads() == 1
    yield from batches if alone else made_ahead(batches)


def to_tensor(crops: np.ndarray | torch.Tensor, device: str) -> torch.Tensor:
    """Convert 8-bit levels, uint8 or float32 (n, side, side, 3), to float32 (n, 3, side, side) in [0, 1]."""
    levels = crops if isinstance(crops, torch.Tensor) else torch.from_numpy(crops)
    if device != "cpu" and levels.device.type == "cpu":
        levels = levels.pin_memory()  # else the program would wait for the copy
    return levels.to(device, non_blocking=True).permute(0, 3, 1, 2).float().div(255)


def explain_large_crop(side: int, device: str) -> str:
    """Message for when the memory of ``device`` is too small for even one evaluation crop."""
    return (
        f"classifiers.evaluation_crop: found {side}, with which not even one crop fits into the memory of {device}; "
        "allowed: a smaller one, or a GPU with fewer other jobs"
    )

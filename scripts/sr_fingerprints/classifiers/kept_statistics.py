"""Crops of which only the statistics are kept, so that training can look at them more than once."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.augmentation import Augmentation
from sr_fingerprints.classifiers.backbones import StatisticsBackbone
from sr_fingerprints.classifiers.crops import Batch, Crops, to_tensor
from sr_fingerprints.runtime.progress import progress

BATCH = 32
"""Crops whose statistics are computed together."""

KeptBatch = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]
"""Statistics (n, number) of crops, and their classes (n,)."""


class KeptStatistics:
    """The statistics of crops, ``values`` float16 (n, number), and their classes, in batches as of `Crops`."""

    def __init__(self, values: npt.NDArray[np.float16], targets: npt.NDArray[np.int64], side: int):
        self.values, self.targets, self.side = values, targets, side

    def __len__(self) -> int:
        return len(self.targets)

    def random_batches(self, batch_size: int, random: np.random.Generator, batches: int) -> Iterator[KeptBatch]:
        """Batches in random order, each crop once before any is repeated."""
        order = np.empty(0, np.int64)
        for _ in range(batches):
            while len(order) < batch_size:
                order = np.concatenate([order, random.permutation(len(self))])
            chosen, order = order[:batch_size], order[batch_size:]
            yield self.values[chosen].astype(np.float32), self.targets[chosen]

    def center_batches(self, batch_size: int) -> Iterator[KeptBatch]:
        """All in order."""
        for start in range(0, len(self), batch_size):
            part = slice(start, start + batch_size)
            yield self.values[part].astype(np.float32), self.targets[part]


def keep_random_crops(
    crops: Crops,
    number: int,
    backbone: StatisticsBackbone,
    random: np.random.Generator,
    augmentation: Augmentation | None,
    device: str,
) -> KeptStatistics:
    """The statistics of ``number`` random crops, perhaps degraded; those of every image before any image's second."""
    batches = crops.random_batches(BATCH, random, -(-number // BATCH), augmentation)
    return _kept(crops, batches, number, backbone, device, "statistics of training crops")


def keep_center_crops(crops: Crops, backbone: StatisticsBackbone, device: str) -> KeptStatistics:
    """The statistics of the centre crops of all images, in order."""
    return _kept(crops, crops.center_batches(BATCH), len(crops), backbone, device, "statistics of validation crops")


def _kept(
    crops: Crops, batches: Iterable[Batch], number: int, backbone: StatisticsBackbone, device: str, name: str
) -> KeptStatistics:
    values = np.empty((number, backbone.statistics.number), np.float16)
    targets = np.empty(number, np.int64)
    start = 0
    for found, of_batch in progress(_computed(iter(batches), backbone, device), name, -(-number // BATCH)):
        part = slice(start, min(start + len(of_batch), number))
        values[part], targets[part] = found[: part.stop - start], of_batch[: part.stop - start]
        start = part.stop
    return KeptStatistics(values, targets, crops.side)


def _computed(batches: Iterator[Batch], backbone: StatisticsBackbone, device: str) -> Iterator[KeptBatch]:
    """Statistics of batches in order, of as many at a time as torch has threads: counting alone uses only one."""

    def compute(batch: Batch) -> KeptBatch:
        with torch.inference_mode():
            return backbone.statistics(to_tensor(batch[0], device)).cpu().numpy(), batch[1]

    threads = torch.get_num_threads() if device == "cpu" else 1
    if threads == 1:
        yield from map(compute, batches)
        return
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            while several := list(islice(batches, 4 * threads)):  # not all: they would all be in memory
                yield from pool.map(compute, several)
    finally:
        torch.set_num_threads(threads)

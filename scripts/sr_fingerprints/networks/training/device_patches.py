"""Training patches on a GPU: cut there from images in its memory, or copied to it ahead of time."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.networks.training.patches import Patch, PatchPairs

logger = logging.getLogger(__name__)

SHARE_OF_FREE_MEMORY = 0.3
"""Of a GPU, that the images may take; where they are more, patches are cut on the CPU and copied."""

QUARTER_TURNS = ((1, 0, 0, 0, 1, 0), (0, 1, 0, -1, 0, 1), (-1, 0, 1, 0, -1, 1), (0, -1, 1, 1, 0, 0))
"""Row and column of the source for row i and column j of a square turned by 0 to 3 quarters, as ``numpy.rot90`` does:
the factors of i, of j and of the largest index for the row, then for the column."""


Batch = tuple[torch.Tensor, torch.Tensor]
"""Low- and high-resolution patches, uint8 (n, 3, side, side) RGB."""


def batches_on(device: str, pairs: PatchPairs, start: int, stop: int) -> Iterator[Batch]:
    """Yield the batches of ``pairs`` from iteration ``start`` to ``stop`` (exclusive), on a ``device``.

    They are the same wherever they are cut.
    """
    if torch.device(device).type == "cpu":
        for low, high in pairs.batches(start, stop):
            yield torch.from_numpy(low), torch.from_numpy(high)
        return
    free, _ = torch.cuda.mem_get_info()
    if pairs.bytes <= SHARE_OF_FREE_MEMORY * free:
        logger.info("patches are cut on the GPU, from %.2f GB of images in its memory", pairs.bytes / 1e9)
        yield from PatchCutter(pairs, device).batches(start, stop)
        return
    logger.info("patches are cut on the CPU: the images, %.2f GB, are too many for the GPU", pairs.bytes / 1e9)
    for low, high in pairs.batches(start, stop):
        yield _copied(torch.from_numpy(low), device), _copied(torch.from_numpy(high), device)


class PatchCutter:
    """The images of ``pairs`` in the memory of a ``device``, which cuts the patches of an iteration all at once."""

    def __init__(self, pairs: PatchPairs, device: str):
        self._pairs, self._device = pairs, device
        self._low = _Images(pairs.low, 1, device)
        self._high = _Images(pairs.high, pairs.scale, device)

    def batches(self, start: int, stop: int) -> Iterator[Batch]:
        """Yield the batch of every iteration from ``start`` to ``stop`` (exclusive); a thread draws one ahead."""
        with ThreadPoolExecutor(max_workers=1) as reader:
            ahead = reader.submit(self._pairs.drawn, start)
            for iteration in range(start, stop):
                patches = ahead.result()
                if iteration + 1 < stop:
                    ahead = reader.submit(self._pairs.drawn, iteration + 1)
                yield self.cut(patches)

    def cut(self, patches: Sequence[Patch]) -> Batch:
        """Cut the ``patches``, which lie in memory as (n, side, side, 3)."""
        rows = [[each.image, each.top, each.left, each.turns, each.flip, *each.colours] for each in patches]
        drawn = _copied(torch.tensor(rows), self._device)
        return self._low.cut(drawn, self._pairs.low_side), self._high.cut(drawn, self._pairs.low_side)


class _Images:
    """The pixels of all images of a file, one after another, on a device."""

    def __init__(self, file: ImageFile, factor: int, device: str):
        sizes = torch.from_numpy(file.size).to(torch.int64)
        ends = sizes.prod(dim=1).cumsum(0)
        starts = ends - sizes.prod(dim=1)
        self._pixels = torch.empty(int(ends[-1]), 3, dtype=torch.uint8, device=device)
        for index, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
            self._pixels[start:end] = torch.from_numpy(file.image(index)).flatten(0, 1).to(device)
        self._starts, self._widths, self._factor = starts.to(device), sizes[:, 1].to(device), factor
        self._turns = torch.tensor(QUARTER_TURNS, device=device)

    def cut(self, drawn: torch.Tensor, low_side: int) -> torch.Tensor:
        """Patches, uint8 (n, 3, side, side); ``drawn`` has the fields of a `Patch` as int64 (n, 8)."""
        last = low_side * self._factor - 1
        image, top, left, turns, flip = (column[:, None, None] for column in drawn[:, :5].T)
        i = torch.arange(last + 1, device=drawn.device)[None, :, None]
        j = torch.arange(last + 1, device=drawn.device)[None, None]
        j = torch.where(flip > 0, last - j, j)
        row_i, row_j, row_last, column_i, column_j, column_last = self._turns[turns].unbind(-1)
        row = self._factor * top + row_i * i + row_j * j + row_last * last
        column = self._factor * left + column_i * i + column_j * j + column_last * last
        cut = self._pixels[self._starts[image] + row * self._widths[image] + column]
        return cut.gather(3, drawn[:, None, None, 5:].expand_as(cut)).permute(0, 3, 1, 2)


def _copied(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """Copy to the device without waiting for it."""
    if torch.device(device).type == "cpu":
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)

"""Random pairs of low- and high-resolution patches of a training data set."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import file_stamps

IN_MEMORY = 1e9
"""Bytes of images, without padding, up to which those that are drawn are kept in memory: a pair of patches of 32 to
128 pixels then takes 30 to 110 microseconds of one core, in place of 60 to 130."""


@dataclass(frozen=True)
class Patch:
    """Where a pair of patches lies, and how it is turned; ``top`` and ``left`` are low-resolution pixels."""

    image: int
    top: int
    left: int
    turns: int  # quarter turns counter-clockwise, before the flip
    flip: bool  # of left and right
    colours: tuple[int, ...]  # order of the channels


class PatchPairs:
    """Batches of aligned patches from two files; ``low`` holds the images of ``high`` downscaled by ``scale``.

    Images and positions in them are drawn uniformly, and for each pair one of the eight flips and quarter turns. With
    ``permute_colours``, one of the six orders of the colour channels is drawn too. The batch of an iteration is drawn
    from ``(seed, iteration)`` alone, so that training can resume at any iteration.

    ``patch_size`` is in high-resolution pixels. Raises `InputError` if it is not a multiple of ``scale``, if the
    files do not match, or if an image is smaller than a patch.
    """

    def __init__(
        self,
        high: ImageFile,
        low: ImageFile,
        scale: int,
        patch_size: int,
        batch_size: int,
        permute_colours: bool,
        seed: int,
    ):
        if patch_size % scale:
            raise InputError(f"patch_size: {patch_size} is not a multiple of the scale, {scale}")
        if len(high) != len(low) or (high.size != low.size * scale).any() or (high.photo != low.photo).any():
            raise InputError(f"{low.path}: does not hold the images of {high.path} downscaled by {scale}")
        if len(high) == 0 or high.size.min() < patch_size:
            smallest = f"one of {high.size.min()} pixels" if len(high) else "none"
            raise InputError(f"{high.path}: every image must hold a patch of {patch_size} pixels; found {smallest}")
        self.high, self.low, self.scale, self.low_side = high, low, scale, patch_size // scale
        self._batch_size, self._seed = batch_size, seed
        self._permute_colours = permute_colours
        self._kept: tuple[dict[int, npt.NDArray[np.uint8]], ...] = ({}, {})
        self._in_memory = self.bytes <= IN_MEMORY

    def drawn(self, iteration: int) -> list[Patch]:
        """Draw the patches of one iteration."""
        random = np.random.default_rng([self._seed, iteration])
        return [self._draw(random) for _ in range(self._batch_size)]

    @property
    def bytes(self) -> int:
        """Of all images of both files, without padding."""
        return sum(3 * int(file.size.astype(np.int64).prod(axis=1).sum()) for file in (self.high, self.low))

    def batch(self, iteration: int) -> tuple[np.ndarray, np.ndarray]:
        """Low- and high-resolution patches of one iteration, uint8 (n, 3, side, side) RGB."""
        pairs = [self._cut(patch) for patch in self.drawn(iteration)]
        low, high = (np.stack(patches).transpose(0, 3, 1, 2) for patches in zip(*pairs, strict=True))
        return np.ascontiguousarray(low), np.ascontiguousarray(high)

    def batches(self, start: int, stop: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the `batch` of every iteration from ``start`` to ``stop`` (exclusive); a thread reads one ahead."""
        with ThreadPoolExecutor(max_workers=1) as reader:
            ahead = reader.submit(self.batch, start)
            for iteration in range(start, stop):
                batch = ahead.result()
                if iteration + 1 < stop:
                    ahead = reader.submit(self.batch, iteration + 1)
                yield batch

    def identity(self) -> str:
        """Identifier of the pair of files, which changes when they are written again."""
        return str(file_stamps([self.high.path, self.low.path]))

    def image(self, file: ImageFile, index: int) -> npt.NDArray[np.uint8]:
        """A whole image of one of the two files, which is read once."""
        kept = self._kept[file is self.high]
        if index not in kept:
            kept[index] = file.image(index)
        return kept[index]

    def _draw(self, random: np.random.Generator) -> Patch:
        index = int(random.integers(len(self.low)))
        top, left = random.integers(self.low.size[index] - self.low_side + 1)
        turns, flip = int(random.integers(4)), bool(random.integers(2))
        colours = random.permutation(3) if self._permute_colours else np.arange(3)
        return Patch(index, int(top), int(left), turns, flip, tuple(map(int, colours)))

    def _cut(self, patch: Patch) -> list[np.ndarray]:
        pair = []
        for file, factor in ((self.low, 1), (self.high, self.scale)):
            top, left, side = (factor * value for value in (patch.top, patch.left, self.low_side))
            if self._in_memory:
                pixels = self.image(file, patch.image)[top : top + side, left : left + side]
            else:
                pixels = file.crop(patch.image, top, left, side, side)
            turned = np.rot90(pixels, patch.turns)
            turned = turned[:, ::-1] if patch.flip else turned
            pair.append(turned[..., patch.colours] if self._permute_colours else turned)
        return pair

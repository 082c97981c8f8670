"""Random pairs of low- and high-resolution patches of a training data set."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import file_stamps


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
        self._high, self._low, self._scale = high, low, scale
        self._low_side, self._batch_size, self._seed = patch_size // scale, batch_size, seed
        self._permute_colours = permute_colours

    def batch(self, iteration: int) -> tuple[np.ndarray, np.ndarray]:
        """Low- and high-resolution patches of one iteration, uint8 (n, 3, side, side) RGB."""
        random = np.random.default_rng([self._seed, iteration])
        pairs = [self._pair(random) for _ in range(self._batch_size)]
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
        return str(file_stamps([self._high.path, self._low.path]))

    def _pair(self, random: np.random.Generator) -> list[np.ndarray]:
        index = int(random.integers(len(self._low)))
        top, left = random.integers(self._low.size[index] - self._low_side + 1)
        turns, flip = int(random.integers(4)), int(random.integers(2))
        colours = random.permutation(3) if self._permute_colours else np.arange(3)
        pair = []
        for file, factor in ((self._low, 1), (self._high, self._scale)):
            side = self._low_side * factor
            patch = np.rot90(file.crop(index, top * factor, left * factor, side, side), turns)
            pair.append((patch[:, ::-1] if flip else patch)[..., colours])
        return pair

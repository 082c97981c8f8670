"""The images that attacks are tried on: some of each network, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

Pixels = npt.NDArray[np.uint8]
"""Images, RGB (n, side, side, 3)."""


@dataclass(frozen=True)
class Sample:
    """Crops of images of several networks."""

    images: Pixels  # (n, side, side, 3)
    network: npt.NDArray[np.str_]  # (n,), the network that made the image
    photo: npt.NDArray[np.str_]  # (n,)
    source: npt.NDArray[np.str_]  # (n,), the photo that ``photo`` is a tile of, or the same

    def __len__(self) -> int:
        return len(self.network)

    def select(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Self:
        """Some of the images; ``rows`` are their indices, or bool (n,)."""
        return type(self)(self.images[rows], self.network[rows], self.photo[rows], self.source[rows])


def read_sample(files: Mapping[str, str | Path], split: str, number: int, side: int, seed: int) -> Sample:
    """Read ``number`` images of one split of each network (all if there are fewer), cropped to ``side`` pixels.

    ``files`` are collections of images by network. Photos are drawn for each network by itself, one after the other
    in turn, so that every photo has about as many tiles in the sample. Crops are central, as the recognisers'. Raises
    `InputError` for a damaged file, a split without images, and images smaller than a crop.
    """
    images: list[Pixels] = []
    names: dict[str, list[str]] = {"network": [], "photo": [], "source": []}
    for index, (network, path) in enumerate(files.items()):
        with ImageFile(path) as file:
            rows = file.indices(split)
            if not len(rows):
                raise InputError(f"{path}: found no images of the split {split!r}; allowed: one or more")
            for row in rows[in_turn(file.source[rows], np.random.default_rng([seed, index]))[:number]]:
                if file.size[row].min() < side:
                    raise InputError(f"{path}: found an image smaller than a crop of {side} pixels")
                images.append(file.center_crop(row, side))
                for key, value in (("network", network), ("photo", file.photo[row]), ("source", file.source[row])):
                    names[key].append(str(value))
    return Sample(np.stack(images), **{key: np.array(values) for key, values in names.items()})


def in_turn(sources: npt.NDArray[np.str_], random: np.random.Generator) -> npt.NDArray[np.intp]:
    """A random order, int (n,), in which the ``sources`` (n,) take turns: none comes again before all others have."""
    shuffled = random.permutation(len(sources))
    turns: dict[str, int] = {}
    turn = np.empty(len(sources), np.intp)
    for row in shuffled:
        turn[row] = turns[sources[row]] = turns.get(sources[row], -1) + 1
    order: npt.NDArray[np.intp] = shuffled[np.argsort(turn[shuffled], kind="stable")]
    return order

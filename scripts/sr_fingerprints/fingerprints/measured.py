"""HDF5 file with what is measured of the images of every network, each read once.

``network``     the name of each of N networks (``real`` for the photos themselves).
``photo``, ``source``, ``split``   of each of the M images of a network; the same photos for all networks.
``luminance``   float32 (N, M, side, side // 2 + 1), `power_spectrum` of an image's luminance.
``grid``        float32 (N, M, period, period, 3), `periodic_part` of an image.
``residual``    float32 (N, crop, crop, 3), mean residual of the test images, in 8-bit levels.
``residual_power``   float32 (N, T, side, side // 2 + 1), `power_spectrum` of the residuals of the T test images, mean
                over the channels.

A residual is what the wavelet denoiser of PRNU removes. Crops are those that a classifier is evaluated on, moved up
and left to a multiple of ``period``, which all scales divide. Attributes: the fields of `Measurement`, and the seed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import open_hdf5, read_attributes
from sr_fingerprints.files.images import SPLITS, ImageFile
from sr_fingerprints.fingerprints.spectra import Array
from sr_fingerprints.photos.input_kinds import comparable_rows, rows_to_compare

NAMES = ("photo", "source", "split")


@dataclass(frozen=True)
class Measured:
    """What the file has; see above."""

    network: npt.NDArray[np.str_]
    photo: npt.NDArray[np.str_]
    source: npt.NDArray[np.str_]
    split: npt.NDArray[np.str_]
    luminance: Array
    grid: Array
    residual: Array
    residual_power: Array
    attributes: dict[str, Any]


def read_measured(path: str | Path) -> Measured:
    """Read what `measurements.measure` wrote. Raises `InputError` when the file is damaged or not of this layout."""
    with open_hdf5(path, "a file of fingerprints") as file:
        text = {key: file[key].asstr()[:].astype(str) for key in ("network", *NAMES)}
        numbers = {key: file[key][:] for key in ("luminance", "grid", "residual", "residual_power")}
        return Measured(**text, **numbers, attributes=read_attributes(file))


def chosen_rows(images: ImageFile, most: Mapping[str, int | None], seed: int) -> npt.NDArray[np.intp]:
    """Rows of at most so many images of each split (None: all), of as many source photos as there are, ascending.

    Images are taken from the source photos in turn, those of one photo in random order. Photos whose low resolution
    is not the photo downscaled and nothing else are left out, as the measurements are compared with those of photos.
    """
    random = np.random.default_rng(seed)
    chosen: list[np.intp] = []
    for split in SPLITS:
        rows = (
            comparable_rows if split == "validation" else rows_to_compare
        )  # nothing is learned or measured on those
        shuffled = random.permutation(rows(images, split))
        taken: Counter[str] = Counter()  # images of each source photo
        order = []
        for source in images.source[shuffled]:
            order.append(taken[source])
            taken[source] += 1
        chosen += shuffled[np.argsort(order, kind="stable")][: most[split]].tolist()
    return np.sort(np.array(chosen, np.intp))

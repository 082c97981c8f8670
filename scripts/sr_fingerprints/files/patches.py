"""Patches of a few test photos as every network super-resolved them: small enough to stay when images are deleted.

One HDF5 file. With P patches of ``side`` pixels, N networks and S scales, all images uint8 RGB:

``photo``     (P, side, side, 3), the photos themselves.
``bicubic``   (S, P, side, side, 3), bicubic interpolation of their low resolutions.
``images``    (N, P, side, side, 3), the networks' images.
``network``   names of the networks; ``scale`` int (S,), the scales; ``of``, the photo (or tile) of each patch.
``corner``    int (P, 2), top and left of each patch in its photo, in pixels.

Attribute ``made``: for each network what its file of images records of how it was made (see `images`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5, read_attributes, write_attributes

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Patches:
    """What the file has; see above."""

    photo: Image
    bicubic: Image
    images: Image
    network: list[str]
    scale: list[int]
    of: list[str]
    corner: npt.NDArray[np.int64]
    made: Mapping[str, Mapping[str, Any]]


def write_patches(path: str | Path, patches: Patches) -> None:
    """Write the file; it appears when it is complete."""
    with create_hdf5(path) as file:
        for key in ("photo", "bicubic", "images", "corner"):
            file.create_dataset(key, data=getattr(patches, key), fletcher32=True)
        file.create_dataset("scale", data=np.array(patches.scale, np.int64))
        for key in ("network", "of"):
            file.create_dataset(key, data=getattr(patches, key), dtype=h5py.string_dtype())
        write_attributes(file, {"made": patches.made})


def read_patches(path: str | Path) -> Patches:
    """Read what `write_patches` wrote. Raises `InputError` when the file is damaged or not of this layout."""
    with open_hdf5(path, "a file of patches") as file:
        return Patches(
            **{key: file[key][:] for key in ("photo", "bicubic", "images", "corner")},
            **{key: file[key].asstr()[:].tolist() for key in ("network", "of")},
            scale=file["scale"][:].tolist(),
            made=read_attributes(file)["made"],
        )

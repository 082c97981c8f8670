"""The file of scores for crops of several sizes and numbers; reading it needs no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5, write_attributes

SIDE, CROPS = "side of the crop", "crops of one image"


@dataclass(frozen=True)
class Growth:
    """Scores of ``n`` images for ``c`` classes in ``k`` ways of looking at them."""

    grows_with: npt.NDArray[np.str_]  # (k,), `SIDE` or `CROPS`
    amount: npt.NDArray[np.int64]  # (k,), the side in pixels, or the number of crops
    scores: npt.NDArray[np.float32]  # (k, n, c), log-probabilities, added up over crops
    classes: npt.NDArray[np.str_]  # (c,)
    photo: npt.NDArray[np.str_]  # (n,)
    source: npt.NDArray[np.str_]  # (n,), the photo that ``photo`` is a tile of
    split: npt.NDArray[np.str_]  # (n,)
    network: npt.NDArray[np.str_]  # (n,)


def write_growth(path: str | Path, growth: Growth, attributes: Mapping[str, Any]) -> None:
    """Write ``growth`` as HDF5."""
    with create_hdf5(path) as file:
        for field in fields(growth):
            values = getattr(growth, field.name)
            if values.dtype.kind == "U":
                file.create_dataset(field.name, data=[str(value) for value in values], dtype=h5py.string_dtype())
            else:
                file.create_dataset(field.name, data=values)
        write_attributes(file, attributes)


def read_growth(path: str | Path) -> Growth:
    """Read what `write_growth` wrote. Raises `InputError` with the file's name when it is damaged or another file."""
    with open_hdf5(path, "a file of scores by the size of crops") as file:
        return Growth(
            **{
                field.name: file[field.name][:]
                if field.name in ("amount", "scores")
                else file[field.name].asstr()[:].astype(str)
                for field in fields(Growth)
            }
        )

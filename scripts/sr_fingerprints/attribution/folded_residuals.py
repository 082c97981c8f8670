"""Folded residuals of a study's images, and their file: what residual fingerprints of a bundle are made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np

from sr_fingerprints.attribution.bundle import read_bundle
from sr_fingerprints.attribution.collection import conditions_of
from sr_fingerprints.attribution.residual_fingerprints import Folded, FoldedResiduals, folded_residual
from sr_fingerprints.degradations.degraded_images import Degradation, degraded_image, spread_rows
from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.progress import progress

SPLITS = ("train", "validation")


def fold_residuals(
    images: Mapping[str, str | Path],
    period: int | None,
    conditions: Sequence[Degradation] | None,
    numbers: Mapping[str, int | None],
    seed: int,
    output: str | Path,
    bundle: str | Path | None = None,
) -> None:
    """Write the folded residuals of the ``images`` (HDF5 by source): of training images as they are, and of
    validation images under all ``conditions``, rows of ``degradations``.

    Without ``conditions``, these and the ``period`` (pixels) are those of the fingerprints of ``bundle``. ``numbers``
    are the most images of a source, by split; None: all. Images of less than two periods are left out, and with a
    bundle without fingerprints, or a period of 1, all.
    """
    if conditions is None and bundle is not None:
        extended = read_bundle(bundle)
        conditions = conditions_of(extended)
        period = extended.residuals.period if extended.residuals else 1
    folded: list[Folded] = []
    name: list[str] = []
    is_train: list[bool] = []
    for source, path in progress(list(images.items()), "residuals of sources") if (period or 1) > 1 else ():
        with ImageFile(path) as file:
            for split in SPLITS:
                for row in spread_rows(file, split, numbers[split], seed):
                    for each in [None] if split == "train" else conditions or ():
                        image = file.image(row)
                        if each is not None:
                            image = degraded_image(image, each, f"{source}/{file.photo[row]}", seed)
                        found = folded_residual(image, int(period or 1))
                        if found is not None:
                            folded.append(found)
                            name.append(source)
                            is_train.append(split == "train")
    with create_hdf5(output) as file:
        file.create_dataset("folded", data=np.array(folded, np.float32), fletcher32=bool(folded))
        file.create_dataset("name", data=name, dtype=h5py.string_dtype())
        file.create_dataset("is_train", data=np.array(is_train, bool))


def read_folded(path: str | Path) -> FoldedResiduals:
    """Read what `fold_residuals` wrote.

    Raises `InputError` with the file's name when it is something else.
    """
    with open_hdf5(path, "a file of folded residuals") as file:
        return FoldedResiduals(file["folded"][:], file["name"].asstr()[:].astype(str), file["is_train"][:])

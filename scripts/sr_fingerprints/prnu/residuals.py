"""One network's fingerprint, and the residuals of its test images, in one HDF5 file.

``fingerprint``  float32 (crop, crop, 3), the mean residual of the training photos' centre crops.
``residuals``    float16 (m, crop, crop, 3), one a test photo. Their relative error of 2^-11 is far below that
                 of the 8-bit images.
``photo``        the name of each test photo, and in ``source`` that of the photo it is a tile of.

Residuals are in 8-bit levels. Attributes: network, denoiser, sigma, crop, and the number of training photos.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sr_fingerprints.errors import InputError
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.progress import progress
from sr_fingerprints.storage import ImageFile, checked_file, damage_named, new_file, read_attributes, write_attributes

BATCH = 32  # crops denoised at a time: bounds the memory, about 110 MB for crops of 224 pixels


def extract_residuals(
    super_resolved: str | Path, output: str | Path, denoiser: str, crop: int, sigma: float = 5.0
) -> None:
    """Write the fingerprint and the test residuals of the network that made ``super_resolved``.

    ``super_resolved`` is a collection of images with the attribute ``network``; of each photo the centre crop
    of ``crop`` pixels is used. ``denoiser`` and ``sigma`` are those of `noise_residuals`. Raises `InputError`
    for a damaged file, for photos smaller than the crop, and for a split without photos.
    """
    with ImageFile(super_resolved) as images:
        with damage_named(images.path, "the output of a network"):
            network = images.attributes["network"]
        train, test = (_usable(images, split, crop) for split in ("train", "test"))
        with new_file(output) as file:
            total = sum(
                batch.sum(axis=0, dtype=np.float64)
                for batch in _batches(images, train, denoiser, crop, sigma, "training residuals")
            )
            file.create_dataset("fingerprint", data=(total / len(train)).astype(np.float32), fletcher32=True)
            residuals = file.create_dataset(
                "residuals",
                shape=(len(test), crop, crop, 3),
                dtype=np.float16,
                chunks=(1, crop, crop, 3),
                fletcher32=True,
            )
            start = 0
            for batch in _batches(images, test, denoiser, crop, sigma, "test residuals"):
                residuals[start : start + len(batch)] = batch
                start += len(batch)
            for key in ("photo", "source"):
                file.create_dataset(key, data=list(getattr(images, key)[test]), dtype=h5py.string_dtype())
            settings = {"denoiser": denoiser, "sigma": sigma, "crop": crop}
            write_attributes(file, {"network": network, "training_photos": len(train), **settings})


def read_fingerprint(path: str | Path) -> tuple[np.ndarray, dict[str, Any]]:
    """The fingerprint, float32 (d,) with d = crop * crop * 3, and the attributes of the file.

    Raises `InputError` with the file's name when it is damaged or not of this layout.
    """
    with checked_file(path, "a file of residuals") as file:
        attributes = read_attributes(file)
        for key in ("network", "denoiser", "sigma", "crop"):
            attributes[key]
        return file["fingerprint"][:].reshape(-1), attributes


def read_residuals(path: str | Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The test residuals, float32 (m, d), and the names of their photos and of their source photos, str (m,).

    Raises `InputError` with the file's name when it is damaged or not of this layout.
    """
    with checked_file(path, "a file of residuals") as file:
        residuals = file["residuals"][:].astype(np.float32)
        photo, source = (file[key].asstr()[:].astype(str) for key in ("photo", "source"))
        return residuals.reshape(len(residuals), -1), photo, source


def _usable(images: ImageFile, split: str, crop: int) -> np.ndarray:
    rows = images.indices(split)
    if len(rows) == 0:
        raise InputError(f"{images.path}: no {split} photos; PRNU needs photos for training and for test")
    for row in rows:
        if min(images.size[row]) < crop:
            height, width = images.size[row]
            raise InputError(
                f"{images.path}: photo {images.photo[row]} has {height} x {width} pixels; PRNU crops need {crop}"
            )
    return rows


def _batches(
    images: ImageFile, rows: np.ndarray, denoiser: str, crop: int, sigma: float, label: str
) -> Iterator[np.ndarray]:
    starts = range(0, len(rows), BATCH)
    for start in progress(starts, label):
        crops = np.stack([images.center_crop(row, crop) for row in rows[start : start + BATCH]])
        yield noise_residuals(crops, denoiser, sigma)

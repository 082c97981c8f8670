"""Measurement of the images of every network: spectra, residuals and upsampling grids (see `measured`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import create_hdf5, write_attributes
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.fingerprints.measured import NAMES, chosen_rows
from sr_fingerprints.fingerprints.spectra import LUMINANCE, Array, patch_side, periodic_part, power_spectrum
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.prnu.settings import Extraction
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

BATCH = 16  # crops at a time


@dataclass(frozen=True)
class Measurement:
    """What is measured of which images; lengths are in pixels."""

    crop: int  # side
    window: int  # side of the patches of spectra, at most: see `patch_side`
    period: int  # of the upsampling grids of all networks
    sigma: float  # 8-bit levels; of the noise that the denoiser of residuals assumes
    images: Mapping[str, int | None]  # by split: how many of each network, at most

    @property
    def side(self) -> int:
        """Side of the patches whose spectra are averaged."""
        return patch_side(min(self.window, self.crop), self.period)


def measure(
    files: Sequence[str | Path], networks: Sequence[str], output: str | Path, measurement: Measurement, seed: int = 0
) -> None:
    """Measure the images of ``networks``, one of ``files`` each, and write the file that `measured` describes.

    ``seed`` determines which images are measured. Raises `InputError` for a damaged file, for one with other photos
    than the first, and for photos smaller than a crop.
    """
    with ImageFile(files[0]) as first:
        rows = chosen_rows(first, measurement.images, seed)
        everything = {key: getattr(first, key) for key in NAMES}
    names = {key: values[rows] for key, values in everything.items()}
    tested = names["split"] == "test"
    count, side, crop = len(files), measurement.side, measurement.crop
    spectrum, period = (side, side // 2 + 1), measurement.period
    with create_hdf5(output) as file:
        for key, values in {"network": networks, **names}.items():
            file.create_dataset(key, data=[str(value) for value in values], dtype=h5py.string_dtype())
        shapes = {
            "luminance": (len(rows), *spectrum),
            "grid": (len(rows), period, period, 3),
            "residual": (crop, crop, 3),
            "residual_power": (int(tested.sum()), *spectrum),
        }
        stored = {
            key: file.create_dataset(key, (count, *shape), np.float32, chunks=(1, *shape), fletcher32=True)
            for key, shape in shapes.items()
        }
        for number, path in enumerate(progress(files, "networks")):
            with ImageFile(path) as images:
                if not all(np.array_equal(getattr(images, key), values) for key, values in everything.items()):
                    raise InputError(f"{path}: found other photos than in {files[0]}; remove it and run again")
                for key, values in _measure_network(images, rows, tested, measurement).items():
                    stored[key][number] = values
        write_attributes(file, {**asdict(measurement), "seed": seed})


def _measure_network(
    images: ImageFile, rows: npt.NDArray[np.intp], tested: npt.NDArray[np.bool_], measurement: Measurement
) -> dict[str, Array]:
    extraction = Extraction("wavelet", measurement.crop, measurement.sigma, "snapped", measurement.period)
    parts: dict[str, list[Array]] = {"luminance": [], "grid": [], "residual_power": []}
    total = np.zeros((measurement.crop, measurement.crop, 3))
    for start in range(0, len(rows), BATCH):
        batch = np.stack([_crop(images, row, extraction) for row in rows[start : start + BATCH]])
        parts["luminance"].append(power_spectrum(batch @ LUMINANCE, measurement.side))
        parts["grid"].append(periodic_part(batch, measurement.period))
        if (test := tested[start : start + BATCH]).any():
            residuals = noise_residuals(batch[test], "wavelet", measurement.sigma)
            total += residuals.sum(axis=0, dtype=np.float64)
            channels = [power_spectrum(residuals[..., channel], measurement.side) for channel in range(3)]
            parts["residual_power"].append(np.mean(channels, axis=0))
    found = {key: np.concatenate(values) for key, values in parts.items()}
    return found | {"residual": (total / tested.sum()).astype(np.float32)}


def _crop(images: ImageFile, row: int, extraction: Extraction) -> npt.NDArray[np.uint8]:
    if extraction.outside(images.size[row]) is not None:
        height, width = images.size[row]
        raise InputError(
            f"{images.path}: photo {images.photo[row]} has {height} x {width} pixels; "
            f"the spectra of fingerprints need {extraction.crop}"
        )
    top, left = extraction.corner(images.size[row])
    return images.crop(row, top, left, extraction.crop, extraction.crop)

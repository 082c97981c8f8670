"""HDF5 file with sums of one network's training residuals, and the residuals of its test images.

``counts``        int32 (c,), numbers of training photos: see `settings.kept_photo_counts`.
``means``         float32 (c, crop, crop, 3), the mean residual of the first ``counts[i]`` training photos' crops.
``whole_sums``    int32 (c, crop, crop, 3), the sum of the same residuals, each truncated to int8.
``residuals``     float16 (s, m, crop, crop, 3), one per shift and test photo. Rounded towards zero, so that
                  truncation to whole levels gives the same as for the unrounded ones. Their relative error of 2^-10
                  is far below that of the 8-bit images.
``photo``         the name of each test photo, and in ``source`` that of the photo it is a tile of.

Residuals are in 8-bit levels. Attributes: network, the fields of `Extraction`, and the seed.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5, read_attributes, write_attributes
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.prnu.settings import ARITHMETIC, Extraction, kept_photo_counts
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.runtime.progress import progress

BATCH = 32  # crops denoised at a time; about 110 MB for crops of 224 pixels


def extract_residuals(super_resolved: str | Path, output: str | Path, extraction: Extraction, seed: int = 0) -> None:
    """Write the sums of the training residuals and the test residuals of the network that made ``super_resolved``.

    ``super_resolved`` is a collection of images with the attribute ``network``. ``seed`` determines the order of
    the training photos, which is the same for all networks. Raises `InputError` for a damaged file, for photos
    smaller than a crop, and for a split without photos.
    """
    with ImageFile(super_resolved) as images:
        with as_input_error(images.path, "the output of a network"):
            network = images.attributes["network"]
        train = np.random.default_rng(seed).permutation(_usable_rows(images, "train", extraction, [(0, 0)]))
        test = _usable_rows(images, "test", extraction, extraction.shifts)
        with create_hdf5(output) as file:
            _write_sums(file, images, train, extraction)
            _write_residuals(file, images, test, extraction)
            write_attributes(file, {"network": network, **asdict(extraction), "seed": seed})


def round_toward_zero(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float16]:
    """Round float ``values`` towards zero to float16."""
    rounded = values.astype(np.float16)
    beyond = np.abs(rounded.astype(values.dtype)) > np.abs(values)
    rounded[beyond] = np.nextafter(rounded[beyond], np.float16(0))
    return rounded


def truncate_to_int8(residuals: npt.NDArray[np.floating]) -> npt.NDArray[np.int8]:
    """Truncate float ``residuals`` to int8; values out of range wrap around, as in the paper's code."""
    return residuals.astype(np.int32).astype(np.int8)


@dataclass(frozen=True)
class Fingerprint:
    """A network's fingerprint, its statistics and its origin."""

    values: npt.NDArray[np.float32]  # (d,) with d = crop * crop * 3, in 8-bit levels
    overflowing: float  # share of the sums of its int8 residuals that are out of the range of int8
    periodic: float  # share of its energy that is periodic with the period of the extraction
    training_photos: int
    attributes: dict[str, Any]  # of the file


def read_fingerprint(path: str | Path, arithmetic: str = "exact", training_photos: int | None = None) -> Fingerprint:
    """Read the mean residual of the first ``training_photos`` (None: all), with one of `settings.ARITHMETIC`.

    Raises `InputError` with the file's name when it is damaged or not of this layout, or has no sum of that many.
    """
    with open_hdf5(path, "a file of residuals") as file:
        attributes = read_attributes(file)
        for key in ("network", *Extraction.__dataclass_fields__):
            attributes[key]
        kept = file["counts"][:].tolist()
        if training_photos is not None and training_photos not in kept:
            raise InputError(
                f"{path}: prnu.training_photos: found {training_photos}; allowed with {kept[-1]} training photos: "
                f"{', '.join(map(str, kept[:-1])) or 'none'}, or null for all"
            )
        index = len(kept) - 1 if training_photos is None else kept.index(training_photos)
        sums = file["whole_sums"][index]
        match arithmetic:
            case "exact":
                values = file["means"][index]
            case "int8_residuals":
                values = (sums / kept[index]).astype(np.float32)
            case "int8":
                values = (sums.astype(np.int8) / kept[index]).astype(np.float32)
            case _:
                raise InputError(f"prnu.arithmetic: found {arithmetic!r}; allowed: {', '.join(ARITHMETIC)}")
    overflowing = float((sums != sums.astype(np.int8)).mean())
    return Fingerprint(
        values.reshape(-1), overflowing, periodic_share(values, attributes["period"]), kept[index], attributes
    )


def read_residuals(
    path: str | Path, shift: Sequence[int] = (0, 0)
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    """Read the test residuals of crops with this shift, float32 (m, d), and the names of their photos and source
    photos, str (m,).

    Raises `InputError` with the file's name when it is damaged or not of this layout.
    """
    with open_hdf5(path, "a file of residuals") as file:
        row = [list(shift) for shift in read_attributes(file)["shifts"]].index(list(shift))
        residuals = file["residuals"][row].astype(np.float32)
        photo, source = (file[key].asstr()[:].astype(str) for key in ("photo", "source"))
        return residuals.reshape(len(residuals), -1), photo, source


def periodic_share(fingerprint: np.ndarray, period: int) -> float:
    """Share of the energy of ``fingerprint`` (height, width, 3) that is periodic with ``period`` pixels.

    The periodic part is the mean of its blocks of ``period`` x ``period`` pixels. White noise in a crop of n x n has
    a share of period^2 / n^2; a fingerprint of zeros has 0.
    """
    height, width = (side // period * period for side in fingerprint.shape[:2])
    blocks = fingerprint[:height, :width].reshape(height // period, period, width // period, period, 3)
    energy = float(np.mean(np.square(blocks, dtype=np.float64)))
    return float(np.mean(np.square(blocks.mean(axis=(0, 2), dtype=np.float64)))) / energy if energy else 0.0


def _write_sums(file: h5py.File, images: ImageFile, rows: npt.NDArray[np.intp], extraction: Extraction) -> None:
    kept = kept_photo_counts(len(rows))
    shape = (extraction.crop, extraction.crop, 3)
    layout = {"shape": (len(kept), *shape), "chunks": (1, *shape), "fletcher32": True}
    means = file.create_dataset("means", dtype=np.float32, **layout)
    whole_sums = file.create_dataset("whole_sums", dtype=np.int32, **layout)
    file.create_dataset("counts", data=np.array(kept, np.int32))
    total, whole = np.zeros(shape, np.float64), np.zeros(shape, np.int32)
    stops = sorted({*range(0, len(rows), BATCH), *kept})
    for start, stop in progress(list(pairwise(stops)), "training residuals"):
        batch = _residuals(images, rows[start:stop], extraction)
        total += batch.sum(axis=0, dtype=np.float64)
        whole += truncate_to_int8(batch).sum(axis=0, dtype=np.int32)
        if stop in kept:
            means[kept.index(stop)] = total / stop
            whole_sums[kept.index(stop)] = whole


def _write_residuals(file: h5py.File, images: ImageFile, rows: npt.NDArray[np.intp], extraction: Extraction) -> None:
    shape = (extraction.crop, extraction.crop, 3)
    residuals = file.create_dataset(
        "residuals",
        shape=(len(extraction.shifts), len(rows), *shape),
        dtype=np.float16,
        chunks=(1, 1, *shape),
        fletcher32=True,
    )
    for index, shift in enumerate(extraction.shifts):
        for start in progress(range(0, len(rows), BATCH), "test residuals"):
            batch = rows[start : start + BATCH]
            residuals[index, start : start + len(batch)] = round_toward_zero(
                _residuals(images, batch, extraction, shift)
            )
    for key in ("photo", "source"):
        file.create_dataset(key, data=list(getattr(images, key)[rows]), dtype=h5py.string_dtype())


def _residuals(
    images: ImageFile, rows: npt.NDArray[np.intp], extraction: Extraction, shift: Sequence[int] = (0, 0)
) -> npt.NDArray[np.float32]:
    return noise_residuals(
        np.stack([_crop(images, row, extraction, shift) for row in rows]), extraction.denoiser, extraction.sigma
    )


def _crop(images: ImageFile, row: int, extraction: Extraction, shift: Sequence[int]) -> npt.NDArray[np.uint8]:
    top, left = extraction.corner(images.size[row])
    return images.crop(row, top + shift[0], left + shift[1], extraction.crop, extraction.crop)


def _usable_rows(
    images: ImageFile, split: str, extraction: Extraction, shifts: Sequence[Sequence[int]]
) -> npt.NDArray[np.intp]:
    """Rows of one split, after checking that the crops with all ``shifts`` lie inside their photos."""
    rows = images.indices(split)
    if len(rows) == 0:
        raise InputError(f"{images.path}: no {split} photos; PRNU needs photos for training and for test")
    for row in rows:
        outside = extraction.outside(images.size[row], shifts)
        if outside is not None:
            height, width = images.size[row]
            moved = f", shifted by {list(outside)}" if any(outside) else ""
            raise InputError(
                f"{images.path}: photo {images.photo[row]} has {height} x {width} pixels; PRNU crops need "
                f"{extraction.crop}{moved}"
            )
    return rows

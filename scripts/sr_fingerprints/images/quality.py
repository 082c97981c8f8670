"""Quality of super-resolved images: PSNR, SSIM and LPIPS against the original photos.

PSNR and SSIM are computed on 8-bit RGB images; for LPIPS see `perceptual_distance`. Like the authors' code, this
measures centre crops of the photos. Pixels nearer to the photo's border than ``scale`` are left out, as in BasicSR
(``crop_border``), since a network can only guess what lies beyond. Crops well inside the photo have no such pixels.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.images.squared_error import psnr_of
from sr_fingerprints.photos.input_kinds import rows_to_compare
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress

if TYPE_CHECKING:
    from sr_fingerprints.images.perceptual_distance import PerceptualDistance

SMALLEST_SIDE = 31
"""Pixels: the strides and pooling of LPIPS' AlexNet leave nothing of smaller images."""

COLUMNS = (
    *("network", "photo", "source", "psnr", "ssim", "psnr_bicubic", "ssim_bicubic"),
    *("lpips", "lpips_bicubic", "lpips_weights"),
)

Pixels = npt.NDArray[np.uint8]
Pair = tuple[Pixels, Pixels]
"""An image and its reference."""


class Area(NamedTuple):
    """A rectangle of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int


def psnr(image: Pixels, reference: Pixels) -> float:
    """Peak signal-to-noise ratio in dB of two uint8 images over all pixels and channels; inf if they are equal."""
    error = np.mean((image.astype(np.float64) - reference) ** 2)
    return psnr_of(float(error))


def ssim(image: Pixels, reference: Pixels) -> float:
    """Structural similarity of two uint8 RGB images of 11 x 11 pixels or more, averaged over channels.

    With the Gaussian window of Wang et al., "Image quality assessment: from error visibility to structural
    similarity", IEEE Transactions on Image Processing 2004 (sigma 1.5, 11 x 11 pixels).
    """
    from skimage.metrics import structural_similarity

    return float(
        structural_similarity(
            image,
            reference,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            channel_axis=-1,
            data_range=255,
        )
    )


def measured_area(height: int, width: int, crop: int | None, border: int) -> Area:
    """Area of an image that is measured: the centre crop of side ``crop`` (None: the whole image), without pixels
    that are nearer to the image's border than ``border``."""
    (top, bottom), (left, right) = (_span(length, crop or length, border) for length in (height, width))
    return Area(top, left, bottom - top, right - left)


def measure_quality(
    photos: str | Path,
    low_resolution: Sequence[str | Path],
    super_resolved: Sequence[str | Path],
    split: str,
    output: str | Path,
    crop: int | None,
    lpips_weights: str,
    device: str = "cpu",
    batch_size: int = 16,
) -> None:
    """Compare the images of one split with the photos, and write a CSV file with one row per network and photo.

    Photos whose low resolution is not the photo downscaled and nothing else are left out (see `input_kinds`).

    Parameters
    ----------
    low_resolution
        The photos downscaled by each scale, one file per scale; upscaled bicubically they are the baseline. Scale 1
        has none, since these are the photos.
    super_resolved
        The photos super-resolved by each network, one file per network.
    crop
        Side in pixels of the centre crops that are measured (see `measured_area`); None for whole photos.
    lpips_weights
        ``imagenet`` or ``random``, for LPIPS (see `PerceptualDistance`); recorded in the column lpips_weights.
    batch_size
        Number of images of one size per LPIPS batch; it does not change the result.

    Columns: network, photo, source; psnr (dB), ssim and lpips of the network's image; those with ``_bicubic`` are of
    the baseline, and empty without one; lpips_weights. Raises `InputError` when collections are not of the same
    photos, when a network's scale has no low-resolution photos, and when a photo is too small for the crop.
    """
    from sr_fingerprints.images.perceptual_distance import (
        PerceptualDistance,
    )  # needs torch, which users of `psnr` alone do not

    distance = PerceptualDistance(lpips_weights, device)
    areas, rows = {}, []
    baseline: dict[int, list[tuple[float | str, ...]]] = {}
    with ImageFile(photos) as truth:
        indices = truth.indices(split)
        for path in low_resolution:
            with ImageFile(path) as low:
                scale = low.attributes["scale"]
                _check_rows(truth, low, scale)
                indices = rows_to_compare(low, split)
                areas[scale] = [_area(truth, index, crop, scale) for index in indices]
                if scale == 1:
                    baseline[scale] = [("", "", "")] * len(indices)
                    continue
                enlarged = (
                    upscale(low.image(index), scale)[top : top + height, left : left + width]
                    for index, (top, left, height, width) in zip(indices, areas[scale], strict=True)
                )
                references = _crops(truth, indices, areas[scale])
                baseline[scale] = list(_measure_pairs(enlarged, references, distance, batch_size))
        for path in progress(super_resolved, "measuring networks"):
            with ImageFile(path) as high:
                scale = high.attributes["scale"]
                if scale not in baseline:
                    raise InputError(
                        f"{path}: enlarged by {scale}; found low-resolution photos of {sorted(baseline)}"
                    )
                _check_rows(truth, high, 1)
                images, references = (_crops(file, indices, areas[scale]) for file in (high, truth))
                measured = _measure_pairs(images, references, distance, batch_size)
                for index, ours, bicubic in zip(indices, measured, baseline[scale], strict=True):
                    names = high.attributes["network"], truth.photo[index], truth.source[index]
                    rows.append([*names, *ours[:2], *bicubic[:2], ours[2], bicubic[2], lpips_weights])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    write_text(output, text.getvalue())


def _span(length: int, crop: int, border: int) -> tuple[int, int]:
    start = (length - crop) // 2
    return max(start, border), min(start + crop, length - border)


def _area(photos: ImageFile, index: int, crop: int | None, scale: int) -> Area:
    height, width = photos.size[index].tolist()
    area = measured_area(height, width, crop, scale)
    if (crop or 0) > min(height, width) or min(area.height, area.width) < SMALLEST_SIDE:
        raise InputError(
            f"{photos.path}: {photos.photo[index]} has {width} x {height} pixels, too few for quality: crop: {crop}; "
            f"allowed: crops of at least {SMALLEST_SIDE + 2 * scale} pixels that fit into every photo, or null"
        )
    return area


def _crops(file: ImageFile, indices: Iterable[int], areas: Iterable[Area]) -> Iterator[Pixels]:
    return (file.crop(index, *area) for index, area in zip(indices, areas, strict=True))


def _measure_pairs(
    images: Iterable[Pixels], references: Iterable[Pixels], distance: "PerceptualDistance", batch_size: int
) -> Iterator[tuple[float, float, float]]:
    """PSNR, SSIM and LPIPS of each image, in order; ``batch_size`` images are in memory at a time."""
    for batch in _equal_size_batches(zip(images, references, strict=True), batch_size):
        distances = distance(*map(np.stack, zip(*batch, strict=True))).tolist()
        for (image, reference), lpips in zip(batch, distances, strict=True):
            yield psnr(image, reference), ssim(image, reference), lpips


def _equal_size_batches(pairs: Iterable[Pair], batch_size: int) -> Iterator[list[Pair]]:
    """Lists of at most ``batch_size`` consecutive pairs of the same size."""
    batch: list[Pair] = []
    for pair in pairs:
        if batch and (len(batch) == batch_size or pair[0].shape != batch[0][0].shape):
            yield batch
            batch = []
        batch.append(pair)
    if batch:
        yield batch


def _check_rows(photos: ImageFile, images: ImageFile, scale: int) -> None:
    if not np.array_equal(photos.photo, images.photo) or not np.array_equal(photos.size, images.size * scale):
        raise InputError(f"{images.path}: not made from the photos in {photos.path}; remove it and run again")

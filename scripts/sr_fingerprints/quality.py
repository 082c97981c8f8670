"""How close super-resolved images are to the photos that they were made from.

PSNR and SSIM are those of RGB images of 8 bits, without ``scale`` pixels at every border, as BasicSR measures
them (its ``crop_border``); the paper does not say how it did.
"""

import csv
import io
from pathlib import Path

import numpy as np

from sr_fingerprints.errors import InputError
from sr_fingerprints.files import write_text
from sr_fingerprints.low_resolution import upscale
from sr_fingerprints.progress import progress
from sr_fingerprints.storage import ImageFile

COLUMNS = ("photo", "psnr", "ssim", "psnr_bicubic", "ssim_bicubic", "lpips")


def psnr(image: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB of two uint8 images over all pixels and channels; inf if they are equal."""
    error = np.mean((image.astype(np.float64) - reference) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def ssim(image: np.ndarray, reference: np.ndarray) -> float:
    """Structural similarity of two uint8 RGB images of 11 x 11 pixels or more, the mean over channels.

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


def measure_quality(
    photos: str | Path, low_resolution: str | Path, super_resolved: str | Path, split: str, output: str | Path
) -> None:
    """Compare the images of one split with the photos, and write a CSV file with one row a photo.

    Columns: photo; psnr (dB) and ssim of the super-resolved image; psnr_bicubic and ssim_bicubic of the
    ``low_resolution`` one enlarged bicubically; lpips, which is empty: not measured. Raises `InputError` when
    the three collections are not of the same photos.
    """
    rows = []
    with ImageFile(photos) as truth, ImageFile(low_resolution) as low, ImageFile(super_resolved) as high:
        scale = low.attributes["scale"]
        _check_rows(truth, low, scale)
        _check_rows(truth, high, 1)
        for index in progress(truth.indices(split), "measuring"):
            reference = _inner(truth.image(index), scale)
            row = [truth.photo[index]]
            for image in (high.image(index), upscale(low.image(index), scale)):
                row += [psnr(_inner(image, scale), reference), ssim(_inner(image, scale), reference)]
            rows.append([*row, ""])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    write_text(output, text.getvalue())


def _inner(image: np.ndarray, border: int) -> np.ndarray:
    return image[border:-border, border:-border]


def _check_rows(photos: ImageFile, images: ImageFile, scale: int) -> None:
    if not np.array_equal(photos.photo, images.photo) or not np.array_equal(photos.size, images.size * scale):
        raise InputError(f"{images.path}: not made from the photos in {photos.path}; remove it and run again")

"""Photos enlarged by interpolation: images that are resampled, but that no network made.

Kernels of one name differ between programs, in their parameter, in the borders and in rounding, so that their images
do. Of those that give the same bytes at whole scales there is one name: ``nearest`` stands for Pillow's nearest and
box, and OpenCV's nearest (both of them) and area. Pillow's bicubic has the kernel of MATLAB's, but rounds and clips
to 8 bits between the two axes.
"""

from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import versions

BICUBIC = "bicubic"
"""MATLAB's, the baseline of super-resolution: Keys' cubic, a = -1/2."""

PILLOW = {
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,  # three lobes
    "nearest": Image.Resampling.NEAREST,
    "pillow_bicubic": Image.Resampling.BICUBIC,  # a = -1/2
}
OPENCV = {
    "opencv_bicubic": "INTER_CUBIC",  # a = -3/4
    "opencv_bilinear": "INTER_LINEAR",
    "opencv_lanczos": "INTER_LANCZOS4",  # four lobes
}
KERNELS = (BICUBIC, *PILLOW, *OPENCV)


def interpolate(image: np.ndarray, scale: int, kernel: str = BICUBIC) -> np.ndarray:
    """Enlarge uint8 (h, w, 3) to uint8 (h * scale, w * scale, 3) by one of the `KERNELS`."""
    height, width = image.shape[:2]
    if kernel == BICUBIC:
        return upscale(image, scale)
    if kernel in PILLOW:
        return np.asarray(Image.fromarray(image).resize((width * scale, height * scale), PILLOW[kernel]))
    opencv = _opencv()
    method = getattr(opencv, OPENCV[kernel])
    enlarged: np.ndarray = opencv.resize(image, (width * scale, height * scale), interpolation=method)
    return enlarged


def _opencv() -> ModuleType:
    import cv2  # takes long, and most kernels are not its

    return cv2


def upscale_photos(low_resolution: str | Path, output: str | Path, network: str, kernel: str = BICUBIC) -> None:
    """Enlarge every image of a collection written by `downscale_photos` to the photo's size, in the same order.

    ``network`` is the name of the collection ``output`` in place of the network that generated it, ``kernel`` one of
    the `KERNELS`.
    """
    with ImageFile(low_resolution) as photos:
        attributes = photos.attributes | {
            "network": network,
            "kernel": kernel,
            "versions": versions("numpy", "pillow", "h5py", *(["opencv-python"] if kernel in OPENCV else [])),
        }
        with ImageWriter(output, attributes) as writer:
            for row in progress(range(len(photos)), f"upscaling by {attributes['scale']}"):
                image = interpolate(photos.image(row), attributes["scale"], kernel)
                writer.append(image, photos.photo[row], photos.source[row], photos.split[row])

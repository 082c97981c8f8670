"""Chains of degradations: what images go through between the network that made them and whoever asks about them.

`operations` explains the parameters. What Pillow does is left to Pillow.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from sr_fingerprints.degradations.operations import Chain, drawn, size_after
from sr_fingerprints.runtime.errors import InputError

Pixels = npt.NDArray[np.uint8]
"""An image, RGB (height, width, 3)."""

KERNELS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
"""Kernels of resizing. All but nearest are widened when an image is reduced, against aliasing, as Pillow does."""


def degrade(image: Pixels, chain: Chain, random: np.random.Generator) -> Pixels:
    """Apply the operations of ``chain`` in their order.

    ``image`` is uint8 (h, w, 3), RGB; the result is uint8 (h', w', 3), of another size after resizing, cropping or
    rotation. An empty chain returns the image itself. Noise, and parameters that are ranges, are drawn from
    ``random``: the same state gives the same pixels. Raises `InputError` for an image that nothing would remain of.
    """
    degraded = image
    for operation in chain:
        name, values = drawn(operation, random)
        height, width = degraded.shape[:2]
        if min(size_after(name, values, height, width)) < 1:
            raise InputError(
                f"degradations: {name}: found {values}, which leaves nothing of {height} x {width} pixels; "
                "allowed: parameters that leave a pixel"
            )
        if name == "noise":
            degraded = _noise(degraded, random, **values)
        else:
            degraded = np.asarray(FUNCTIONS[name](Image.fromarray(degraded), **values))
    return degraded


def _encoded(image: Image.Image, format: str, **options: Any) -> Image.Image:
    """The image as it is after saving and reading it in a lossy file format."""
    file = io.BytesIO()
    image.save(file, format, **options)
    file.seek(0)
    with Image.open(file) as read:
        return read.convert("RGB")


def _jpeg(image: Image.Image, quality: int, subsampling: int) -> Image.Image:
    """Baseline JPEG by libjpeg, whose scale of quality is the usual one."""
    return _encoded(image, "JPEG", quality=quality, subsampling=":".join(str(subsampling)))


def _webp(image: Image.Image, quality: int) -> Image.Image:
    """Lossy WebP, which halves the resolution of colour always."""
    return _encoded(image, "WEBP", quality=quality)


def _resize(image: Image.Image, factor: float, longest_side: int | None, kernel: str) -> Image.Image:
    values = {"factor": factor, "longest_side": longest_side}
    height, width = size_after("resize", values, image.height, image.width)
    return image if (width, height) == image.size else image.resize((width, height), KERNELS[kernel])


def _crop(image: Image.Image, top: int, left: int) -> Image.Image:
    return image.crop((left, top, image.width, image.height))


def _rotate(image: Image.Image, degrees: int) -> Image.Image:
    turns = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
    return image.transpose(turns[degrees])


def _mirror(image: Image.Image, axis: str) -> Image.Image:
    flips = {"horizontal": Image.Transpose.FLIP_LEFT_RIGHT, "vertical": Image.Transpose.FLIP_TOP_BOTTOM}
    return image.transpose(flips[axis])


def _blur(image: Image.Image, sigma: float) -> Image.Image:
    """Gaussian blur as Pillow approximates it, by three box filters."""
    return image.filter(ImageFilter.GaussianBlur(sigma))


def _sharpen(image: Image.Image, percent: float, sigma: float) -> Image.Image:
    """Unsharp mask: a share of the difference from the blurred image is added."""
    return image.filter(ImageFilter.UnsharpMask(sigma, round(percent), threshold=0))


def _gamma(image: Image.Image, exponent: float) -> Image.Image:
    """Values in [0, 1] to the power of ``exponent``: below 1 is brighter."""
    levels = np.rint(255 * (np.arange(256) / 255) ** exponent).astype(int).tolist()
    return image.point(levels * 3)


def _chroma(image: Image.Image, factor: int) -> Image.Image:
    """Colour at a fraction of the resolution, brightness as it is: subsampling as in video, without a codec."""
    brightness, *colour = image.convert("YCbCr").split()
    small = (-(-image.width // factor), -(-image.height // factor))
    colour = [
        channel.resize(small, Image.Resampling.BOX).resize(image.size, Image.Resampling.BILINEAR)
        for channel in colour
    ]
    return Image.merge("YCbCr", (brightness, *colour)).convert("RGB")


def _palette(image: Image.Image, colours: int) -> Image.Image:
    """A palette of the image's own colours, by an octree and without dithering, as of GIF and small PNG files."""
    return image.quantize(colours, Image.Quantize.FASTOCTREE).convert("RGB")


def _denoise(image: Image.Image, strength: float) -> Image.Image:
    """Non-local means of OpenCV, which finds similar patches by brightness and by colour, with its usual windows."""
    import cv2  # takes long, and other operations do not need it

    return Image.fromarray(cv2.fastNlMeansDenoisingColored(np.asarray(image), None, strength, strength, 7, 21))


def _median(image: Image.Image, side: int) -> Image.Image:
    """Median of each channel over squares of so many pixels a side."""
    return image.filter(ImageFilter.MedianFilter(side))


def _noise(image: Pixels, random: np.random.Generator, sigma: float) -> Pixels:
    """Independent Gaussian noise of each pixel and channel, rounded to grey levels."""
    noisy = np.rint(image + sigma * random.standard_normal(image.shape, np.float32))
    return np.clip(noisy, 0, 255).astype(np.uint8)


FUNCTIONS: dict[str, Callable[..., Image.Image]] = {
    "jpeg": _jpeg,
    "webp": _webp,
    "resize": _resize,
    "crop": _crop,
    "rotate": _rotate,
    "mirror": _mirror,
    "blur": _blur,
    "sharpen": _sharpen,
    "gamma": _gamma,
    "chroma": _chroma,
    "palette": _palette,
    "denoise": _denoise,
    "median": _median,
}
"""Functions of a Pillow image and the parameters, by name; noise, which has random draws, is not among them."""

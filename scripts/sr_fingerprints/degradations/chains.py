"""Chains of degradations: what images go through between the network that made them and whoever asks about them.

A chain is a sequence of operations, each a mapping with one key: ``{"jpeg": 90}``. The value is the operation's first
parameter, or a mapping of several: ``{"jpeg": {"quality": 90, "subsampling": 444}}``. `OPERATIONS` has their names
and defaults, and config.yaml explains them. A number may be a range ``[low, high]``, and a kernel or a subsampling
``any``: then it is drawn uniformly for each image. What Pillow does is left to Pillow.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from sr_fingerprints.runtime.errors import InputError

Pixels = npt.NDArray[np.uint8]
"""An image, RGB (height, width, 3)."""

Chain = Sequence[Mapping[str, Any]]

KERNELS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
"""Kernels of resizing. All but nearest are widened when an image is reduced, against aliasing, as Pillow does."""

SUBSAMPLINGS = (444, 422, 420)
"""Chroma subsamplings of JPEG: 4:4:4, 4:2:2 and 4:2:0."""

ANY: dict[str, Sequence[Any]] = {"kernel": tuple(KERNELS), "subsampling": SUBSAMPLINGS}
"""What ``any`` stands for, by parameter."""

WHOLE = ("quality", "longest_side", "top", "left", "colours")
"""Parameters of which whole numbers are drawn."""


def degrade(image: Pixels, chain: Chain, random: np.random.Generator) -> Pixels:
    """Apply the operations of ``chain`` in their order.

    ``image`` is uint8 (h, w, 3), RGB; the result is uint8 (h', w', 3), of another size after resizing, cropping or
    rotation. An empty chain returns the image itself. Noise, and parameters that are ranges, are drawn from
    ``random``: the same state gives the same pixels. Raises `InputError` for an image that nothing would remain of.
    """
    degraded = image
    for name, values in map(_drawn, chain, [random] * len(chain)):
        height, width = degraded.shape[:2]
        if min(_size_after(name, values, height, width)) < 1:
            raise InputError(
                f"degradations: {name}: found {values}, which leaves nothing of {height} x {width} pixels; "
                "allowed: parameters that leave a pixel"
            )
        if name == "noise":
            degraded = _noise(degraded, random, **values)
        else:
            degraded = np.asarray(OPERATIONS[name].apply(Image.fromarray(degraded), **values))
    return degraded


def degraded_size(size: tuple[int, int], chain: Chain) -> tuple[int, int]:
    """The least height and width that `degrade` leaves of an image of ``size`` (height, width), in pixels."""
    for operation in chain:
        name, values = parameters(operation)
        least = {key: _extreme(key, value) for key, value in values.items()}
        size = _size_after(name, least, *size)
    return size


def parameters(operation: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name of an operation, and all its parameters, with the defaults of those that it does not name."""
    ((name, given),) = operation.items()
    defaults = OPERATIONS[name].defaults
    if not isinstance(given, Mapping):
        given = {next(iter(defaults)): given}
    return name, {**defaults, **given}


def _drawn(operation: Mapping[str, Any], random: np.random.Generator) -> tuple[str, dict[str, Any]]:
    """Like `parameters`, with a value drawn for each that is a range or ``any``."""
    name, values = parameters(operation)
    for key, value in values.items():
        if value == "any":
            values[key] = ANY[key][int(random.integers(len(ANY[key])))]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            low, high = value
            drawn = random.integers(low, high + 1) if key in WHOLE else random.uniform(low, high)
            values[key] = drawn.item() if isinstance(drawn, np.generic) else drawn
    return name, values


def _extreme(key: str, value: Any) -> Any:
    """The value of a range with which the least remains of an image."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return max(value) if key in ("top", "left") else min(value)
    return value


def _size_after(name: str, values: Mapping[str, Any], height: int, width: int) -> tuple[int, int]:
    """Height and width of an image after one operation."""
    match name:
        case "resize":
            factor = values["factor"]
            if values["longest_side"] is not None:
                factor = min(1.0, values["longest_side"] / max(height, width))
            return max(1, round(height * factor)), max(1, round(width * factor))
        case "crop":
            return height - values["top"], width - values["left"]
        case "rotate" if values["degrees"] % 180:
            return width, height
    return height, width


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
    height, width = _size_after("resize", values, image.height, image.width)
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


def _noise(image: Pixels, random: np.random.Generator, sigma: float) -> Pixels:
    """Independent Gaussian noise of each pixel and channel, rounded to grey levels."""
    noisy = np.rint(image + sigma * random.standard_normal(image.shape, np.float32))
    return np.clip(noisy, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Operation:
    """A function of an image and parameters, which have defaults; the first is the shorthand's."""

    apply: Callable[..., Any]
    defaults: Mapping[str, Any]


OPERATIONS = {
    "jpeg": Operation(_jpeg, {"quality": 75, "subsampling": 420}),
    "webp": Operation(_webp, {"quality": 80}),
    "resize": Operation(_resize, {"factor": 1.0, "longest_side": None, "kernel": "bicubic"}),
    "crop": Operation(_crop, {"top": 0, "left": 0}),
    "rotate": Operation(_rotate, {"degrees": 90}),
    "mirror": Operation(_mirror, {"axis": "horizontal"}),
    "blur": Operation(_blur, {"sigma": 1.0}),
    "noise": Operation(_noise, {"sigma": 2.0}),
    "sharpen": Operation(_sharpen, {"percent": 100, "sigma": 1.0}),
    "gamma": Operation(_gamma, {"exponent": 1.0}),
    "chroma": Operation(_chroma, {"factor": 2}),
    "palette": Operation(_palette, {"colours": 256}),
}
"""All operations by name. Lengths are pixels, noise is in grey levels, sigma a standard deviation."""

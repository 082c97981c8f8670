"""A trial of a network that nobody vouches for, on small pictures, before it makes an image of the study.

The pictures are a dead leaves model (Lee, Mumford and Huang, IJCV 2001): discs that cover one another, as objects do
in a photo, coloured with gradients.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError

if TYPE_CHECKING:
    from sr_fingerprints.networks.super_resolver import SuperResolver

RESEMBLANCE = "resemblance"
"""Value of the option ``trial`` of a network that has to resemble the picture; of others only the size is checked."""

SIDES = ((33, 42), (35, 44), (37, 46), (80, 31))
"""Height and width of the pictures: all remainders of a division by 8, and a side that 16 divides and 32 does not."""

LARGEST_DIFFERENCE = 0.5
"""Of the reduced output from the picture, as a fraction of its contrast (both as standard deviations).

Of the 48 networks in the packages that the table of networks names, one for anime that darkens colours has 0.28, and
the others 0.19 or less. With a residual for the output, red and blue exchanged, or an input enlarged twice (by the
option ``skip``) they have 1.4 or more, and so they have where a U-Net gets sides that it cannot halve, except for
three of 3X (0.23 to 0.44): there `ncnn_shapes` tells.
"""

DISCS, SMALLEST, LARGEST = 120, 6, 24  # radii in pixels
SAMPLES = 4  # of each pixel, along each axis


class UnlikeError(InputError):
    """The output of a network does not resemble the picture that it is made of."""


def check_network(network: "SuperResolver", name: str, resemblance: bool = True) -> None:
    """Raise `InputError`, whose message begins with ``name``, unless pictures of all `SIDES` come out enlarged.

    Each has to be ``scale`` times as large. With ``resemblance``, each, reduced by the scale, also has to differ from
    its picture by no more than `LARGEST_DIFFERENCE`, and by less than from the picture shifted by a pixel (otherwise
    `UnlikeError`).
    """
    for height, width in SIDES:
        low, size = picture(height, width), f"{width} x {height}"
        try:
            (high,) = network(low[None], [0])
        except NonFiniteError as error:
            raise InputError(f"{name}: from a picture of {size} pixels: {error}") from error
        expected = (network.scale * height, network.scale * width, 3)
        if high.shape != expected:
            found = f"{high.shape[1]} x {high.shape[0]}"
            raise InputError(
                f"{name}: makes {found} pixels of a picture of {size}, not {expected[1]} x {expected[0]}"
            )
        if resemblance and (why := _difference(high, low, network.scale)):
            raise UnlikeError(f"{name}: {why} the picture of {size} pixels that it is made of")


def try_weights(network: "SuperResolver", name: str, resemblance: bool) -> None:
    """Check a network of one file of weights as `check_network` does, with what is allowed in the messages."""
    try:
        check_network(network, name, resemblance)
    except UnlikeError as error:
        allowed = "trained weights, or `trial: size` if its images are not meant to resemble"
        raise InputError(f"{error}; allowed: {allowed}") from error
    except InputError:
        raise
    except Exception as error:  # whatever an architecture raises for sides that it cannot divide
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(
            f"{name}: fails on a small picture ({reason}); allowed: a network for images of any size"
        ) from error


@cache
def picture(height: int, width: int) -> npt.NDArray[np.uint8]:
    """A picture of discs, uint8 (height, width, 3), with up to 80 pixels a side; always the same."""
    random = np.random.default_rng(0)
    extent = max(max(sides) for sides in SIDES)
    y, x = np.mgrid[: extent * SAMPLES, : extent * SAMPLES] / SAMPLES
    canvas = np.full((*y.shape, 3), 128.0)
    for _ in range(DISCS):
        radius = SMALLEST * (LARGEST / SMALLEST) ** random.random()
        down, right = y - extent * random.random(), x - extent * random.random()
        inside = down**2 + right**2 < radius**2
        colour, gradient = random.uniform(28, 228, 3), random.normal(0, 1.2, (2, 3))
        canvas[inside] = colour + np.stack([down[inside], right[inside]], axis=1) @ gradient
    pixels = _reduced(canvas, SAMPLES)[:height, :width]
    return pixels.round().clip(0, 255).astype(np.uint8)


def _difference(high: npt.NDArray[np.uint8], low: npt.NDArray[np.uint8], scale: int) -> str:
    """In which way ``high`` does not resemble the picture ``low``, or an empty string."""
    reduced = _reduced(high, scale)
    difference = np.sqrt(np.square(reduced - low).mean()) / low.std(axis=(0, 1)).mean()
    if difference > LARGEST_DIFFERENCE:
        most = f"at most {LARGEST_DIFFERENCE:g}"
        return f"its output, reduced, differs by {difference:.2f} times the contrast ({most}) from"
    inner = (slice(1, -1), slice(1, -1))
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    errors = {shift: np.square(np.roll(reduced, shift, (0, 1)) - low)[inner].mean() for shift in shifts}
    nearest = min(errors, key=lambda shift: float(errors[shift]))
    return "" if nearest == (0, 0) else "its output, reduced, is shifted by a pixel against"


def _reduced(image: npt.NDArray[np.generic], factor: int) -> npt.NDArray[np.float64]:
    """Means of squares of ``factor`` pixels a side: (h * factor, w * factor, 3) to (h, w, 3)."""
    height, width = image.shape[0] // factor, image.shape[1] // factor
    means: npt.NDArray[np.float64] = image.reshape(height, factor, width, factor, 3).mean(axis=(1, 3))
    return means

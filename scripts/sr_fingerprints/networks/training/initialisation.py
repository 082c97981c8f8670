"""A start of training from an interpolation: the untrained network already enlarges images.

With the stock initialisation a network makes noise at first, and takes thousands of iterations until its images are
better than bicubic ones. Here a few weights are set so that the red, the green and the blue of the input pass through
three of the features, are interpolated where the network enlarges, and come out. All other weights stay random, so
that seeds differ; nothing is frozen, and the architecture stays as it is.

Each enlarging layer puts the quadratic polynomial through three neighbouring pixels, along rows and columns: no
smoother interpolation fits into kernels of 3 x 3. Its other features start alike in all sub-pixels (ICNR: Aitken et
al., "Checkerboard artifact free sub-pixel convolution", arXiv 1707.02937, 2017).
"""

from collections.abc import Callable, Mapping
from math import isqrt

import torch
from torch import nn

from sr_fingerprints.networks.architectures import colour_path
from sr_fingerprints.networks.training.configured import FEWEST_FEATURES
from sr_fingerprints.runtime.errors import InputError

COLOURS, NEGATIVES = 0, 3
"""The first of the three features that carry the colours, and of those with their negatives before a rectifier."""

SHARE = 0.1
"""Of the random weights that is left where random features join the colours: at the end of body and network."""


def start_as_interpolation(architecture: str, network: nn.Module) -> None:
    """Change the fresh weights of a ``network`` of this trainable ``architecture``: it begins as an interpolation.

    If the random features did not reach its last layer, the network would be `interpolate`, but for the pixels near
    the border, where it sees the zeros of its padding. Nothing random is drawn. Raises `InputError` when the network
    has too few features to carry the colours.
    """
    path = colour_path(architecture, network)
    if path is None:
        raise InputError(f"training.initialisation: found 'upsampling' with {architecture}; allowed: 'default'")
    if path.first.out_channels < FEWEST_FEATURES:
        raise InputError(
            f"training.initialisation: found 'upsampling' for {architecture} of {path.first.out_channels} features; "
            f"allowed: 'default', or networks of at least {FEWEST_FEATURES}"
        )
    with torch.no_grad():
        _pass_colours(path.first, COLOURS, 1.0)
        path.after_body.weight.mul_(SHARE)
        _zero_features(path.after_body, slice(COLOURS, COLOURS + 3))
        parts = {COLOURS: 1.0}  # what the colours are the sum of: features, and their factors
        if path.before_rectifier is not None:
            _pass_colours(path.before_rectifier, COLOURS, 1.0)
            _pass_colours(path.before_rectifier, NEGATIVES, -1.0)
            # A leaky rectifier makes x of x > 0 and slope * x of x < 0; of x, less of -x, that is (1 + slope) x.
            whole = 1 / (1 + path.negative_slope)
            parts = {COLOURS: whole, NEGATIVES: -whole}
        for layer in path.enlarging:
            _interpolate(layer, parts)
            parts = {COLOURS: 1.0}
        of_random_features = path.last.weight[:, 3:] * SHARE
        _pass_colours(path.last, COLOURS, 1.0)
        path.last.weight[:, 3:] = of_random_features


INITIALISATIONS: dict[str, Callable[[str, nn.Module], None]] = {
    "default": lambda architecture, network: None,
    "upsampling": start_as_interpolation,
}
"""What is done to fresh weights before training; nothing, by default."""


def interpolate(images: torch.Tensor, scale: int) -> torch.Tensor:
    """What a network starts as: float (n, 3, h, w) to (n, 3, h * scale, w * scale), by quadratic interpolation.

    A scale of 4 or 8 is reached by doublings. Pixels beyond the border are taken for zeros.
    """
    factors = [3] if scale == 3 else [2] * (scale.bit_length() - 1)
    for factor in factors:
        kernels = _sub_pixel_kernels(factor).to(images)
        enlarged = nn.functional.conv2d(images.flatten(0, 1)[:, None], kernels[:, None], padding=1)
        images = nn.functional.pixel_shuffle(enlarged, factor).unflatten(0, images.shape[:2])[:, :, 0]
    return images


def _zero_features(layer: nn.Conv2d, features: slice) -> None:
    for parameter in layer.parameters():
        parameter[features] = 0


def _pass_colours(layer: nn.Conv2d, first: int, factor: float) -> None:
    """Make three outputs of a layer of 3 x 3 kernels, from ``first``, ``factor`` times the colours that come in."""
    outputs = slice(first, first + 3)
    _zero_features(layer, outputs)
    layer.weight[outputs, :3, 1, 1] = factor * torch.eye(3, device=layer.weight.device)


def _interpolate(layer: nn.Conv2d, parts: Mapping[int, float]) -> None:
    """Make an enlarging layer interpolate the colours: the sum of ``parts``, first features and their factors.

    The kernels of the features that carry no colour become alike in all sub-pixels.
    """
    sub_pixels = layer.out_channels // layer.in_channels
    for parameter in layer.parameters():
        parameter.copy_(parameter[::sub_pixels].repeat_interleave(sub_pixels, dim=0))
    _zero_features(layer, slice(0, 3 * sub_pixels))
    kernels = _sub_pixel_kernels(isqrt(sub_pixels)).to(layer.weight)
    for first, factor in parts.items():
        for colour in range(3):
            outputs = slice(colour * sub_pixels, (colour + 1) * sub_pixels)
            layer.weight[outputs, first + colour] = factor * kernels


def _sub_pixel_kernels(factor: int) -> torch.Tensor:
    """Kernels float64 (factor**2, 3, 3) that give the sub-pixels of a pixel, row by row.

    The centre of a sub-pixel lies ``t`` pixels from the pixel's; there the polynomial through the pixels at -1,
    0 and 1 is t (t - 1) / 2, 1 - t^2 and t (t + 1) / 2 of them (Lagrange).
    """
    t = (torch.arange(factor, dtype=torch.float64) + 0.5) / factor - 0.5
    taps = torch.stack([t * (t - 1) / 2, 1 - t**2, t * (t + 1) / 2], dim=1)
    return torch.einsum("iy,jx->ijyx", taps, taps).flatten(0, 1)

"""Initialise a network as an interpolation, so that it upscales images before any training.

With the default initialisation a network outputs noise at first, and takes thousands of iterations until its images
are better than bicubic ones. Here a few weights are set so that the red, green and blue of the input pass through
three of the features, are interpolated in the upsampling layers, and become the output. All other weights stay
random, so that seeds differ. Nothing is frozen, and the architecture does not change.

Each upsampling layer fits a quadratic polynomial through three neighbouring pixels, along rows and columns: no
smoother interpolation fits into 3 x 3 kernels. Its other features start equal in all sub-pixels (ICNR: Aitken et al.,
"Checkerboard artifact free sub-pixel convolution", arXiv 1707.02937, 2017).
"""

from collections.abc import Callable, Mapping
from math import isqrt

import torch
from torch import nn

from sr_fingerprints.networks.architectures import colour_path
from sr_fingerprints.networks.training.configured import FEWEST_FEATURES
from sr_fingerprints.runtime.errors import InputError

COLOURS, NEGATIVES = 0, 3
"""Index of the first of three features with the colours, and of three with their negatives before a rectifier."""

SHARE = 0.1
"""Factor on random weights where random features are added to the colours: at the end of the body and the network."""


def start_as_interpolation(architecture: str, network: nn.Module) -> None:
    """Change random weights of a ``network`` of a trainable ``architecture`` so that it starts as an interpolation.

    Without the random features in its last layer the network would equal `interpolate`, except near the border, where
    it pads with zeros. No random numbers are drawn. Raises `InputError` if the architecture has no colour path or too
    few features for the colours.
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
        parts = {COLOURS: 1.0}  # the colours are the sum of these features times these factors
        if path.before_rectifier is not None:
            _pass_colours(path.before_rectifier, COLOURS, 1.0)
            _pass_colours(path.before_rectifier, NEGATIVES, -1.0)
            # For a leaky rectifier f with this slope, f(x) - f(-x) = (1 + slope) x.
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
"""Functions that change random weights before training, by name."""


def interpolate(images: torch.Tensor, scale: int) -> torch.Tensor:
    """Quadratic interpolation of float (n, 3, h, w) to (n, 3, h * scale, w * scale), as the initial network does it.

    Scales of 4 and 8 are repeated doublings. Pixels beyond the border count as zeros.
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
    """Set outputs ``first`` to ``first + 2`` of a 3 x 3 convolution to ``factor`` times the first three inputs."""
    outputs = slice(first, first + 3)
    _zero_features(layer, outputs)
    layer.weight[outputs, :3, 1, 1] = factor * torch.eye(3, device=layer.weight.device)


def _interpolate(layer: nn.Conv2d, parts: Mapping[int, float]) -> None:
    """Set an upsampling layer to interpolate the colours, which are the sum of ``parts``: first features and factors.

    The kernels of all other features become equal in all sub-pixels.
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
    """Kernels, float64 (factor**2, 3, 3), for the sub-pixels of a pixel, row by row.

    The centre of a sub-pixel lies at offset ``t`` from the pixel's centre. The weights of the pixels at -1, 0 and 1
    are t (t - 1) / 2, 1 - t^2 and t (t + 1) / 2 (Lagrange polynomials).
    """
    t = (torch.arange(factor, dtype=torch.float64) + 0.5) / factor - 0.5
    taps = torch.stack([t * (t - 1) / 2, 1 - t**2, t * (t + 1) / 2], dim=1)
    return torch.einsum("iy,jx->ijyx", taps, taps).flatten(0, 1)

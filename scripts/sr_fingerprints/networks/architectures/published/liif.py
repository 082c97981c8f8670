"""LIIF, which predicts the colour at any point of an image from the features around it.

Chen, Liu and Wang, "Learning Continuous Image Representation with Local Implicit Image Function", CVPR 2021, under
the names of the authors' state dicts. One checkpoint serves every scale.
"""

from itertools import product

import torch
from torch import nn
from torch.nn.functional import conv2d

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, ResidualBlock, convolution
from sr_fingerprints.networks.architectures.published.rdn import ResidualDenseFeatures
from sr_fingerprints.runtime.errors import InputError

FEATURES = 64
HIDDEN = 256

PIXELS_TOGETHER = 30_000
"""High-resolution pixels that are computed together; it affects memory only."""


def build(scale: int, encoder: str = "RDN") -> nn.Module:
    """LIIF; the scale is 2, 3, 4 or 8. RGB in [-1, 1] in and out, the result not clamped.

    encoder: network for the features: ``RDN`` or ``EDSR-baseline``, without their upsampling.

    Raises `InputError` for another ``encoder``.
    """
    check_scale("LIIF", scale, (2, 3, 4, 8))
    if encoder not in ENCODERS:
        raise InputError(f"LIIF: an encoder {encoder!r} is not possible; use {' or '.join(ENCODERS)}")
    return LIIF(scale, ENCODERS[encoder]())


class EDSREncoder(nn.Module):
    """EDSR-baseline without the upsampling, as the authors changed it."""

    def __init__(self, num_block: int = 16):
        super().__init__()
        # In the checkpoints, but not used.
        self.sub_mean = MeanShift(rgb_range=1)
        self.add_mean = MeanShift(rgb_range=1, sign=1)
        self.head = nn.Sequential(convolution(3, FEATURES))
        self.body = nn.Sequential(
            *(ResidualBlock(FEATURES) for _ in range(num_block)), convolution(FEATURES, FEATURES)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 64, h, w)."""
        features: torch.Tensor = self.head(images)
        residual: torch.Tensor = self.body(features)
        return features + residual


ENCODERS = {"RDN": ResidualDenseFeatures, "EDSR-baseline": EDSREncoder}


class LIIF(nn.Module):
    """An encoder, and a decoder that is queried for the colour of every high-resolution pixel.

    Each has four queries, one from each of the four low-resolution pixels around it, whose colours are interpolated
    bilinearly (the local ensemble, Eq. 4 of the paper).

    At a scale of 3, the authors' interpolation weights are 0 / 0, up to rounding, at the centres of the
    low-resolution pixels of the last row and column. Here these are interpolated like all others.
    """

    def __init__(self, scale: int, encoder: nn.Module):
        super().__init__()
        self.scale = scale
        self.encoder = encoder
        self.imnet = Decoder()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [-1, 1], the result not clamped."""
        hidden = self.imnet.from_features(self.encoder(images), self.scale)
        count, height, width = hidden.shape[:3]
        rows, columns = (neighbours(side, self.scale, like=hidden) for side in (height, width))
        lines = max(1, PIXELS_TOGETHER // (count * width * self.scale))
        strips = []
        for top in range(0, height * self.scale, lines):
            strip = slice(top, top + lines)
            colours = hidden.new_zeros(())
            for (row, y, share_of_row), (column, x, share_of_column) in product(rows, columns):
                share = share_of_row[strip, None, None] * share_of_column[:, None]
                colours = colours + share * self.imnet(hidden[:, row[strip]][:, :, column], y[strip], x)
            strips.append(colours)
        return torch.cat(strips, dim=1).permute(0, 3, 1, 2)


def neighbours(size: int, scale: int, like: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """The low-resolution pixels on both sides of every high-resolution pixel, along one axis.

    For each side: their indices, int64 (size * scale,), clamped at the border; the offset from their centres, in half
    low-resolution pixels; and their weights in bilinear interpolation.
    """
    position = (torch.arange(size * scale, device=like.device) + 0.5) / scale - 0.5
    before = position.floor()
    share_after = position - before
    found = []
    for pixel, share in ((before, 1 - share_after), (before + 1, share_after)):
        index = pixel.clamp(0, size - 1)
        found.append((index.long(), (2 * (position - index)).to(like), share.to(like)))
    return found


class Decoder(nn.Module):
    """Colours from features and positions, by five linear layers with ReLUs.

    The first layer's inputs are the 3 x 3 features around a low-resolution pixel (feature unfolding, Eq. 3), the
    position relative to it, and height and width of a high-resolution pixel (cell decoding, Eq. 5), the last two in
    half low-resolution pixels. That layer is linear, so the part that does not depend on the position is computed
    once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(9 * FEATURES + 4, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, 3),
        )

    def from_features(self, features: torch.Tensor, scale: int) -> torch.Tensor:
        """The part of the first layer that does not depend on the position: (n, 64, h, w) to (n, h, w, 256)."""
        weight, bias = self.get_parameter("layers.0.weight"), self.get_parameter("layers.0.bias")
        of_cell = weight[:, -2:].sum(dim=1) * 2 / scale
        kernel = weight[:, :-4].unflatten(1, (FEATURES, 3, 3))
        return conv2d(features, kernel, bias + of_cell, padding=1).permute(0, 2, 3, 1).contiguous()

    def forward(self, hidden: torch.Tensor, y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Colours (n, lines, columns, 3), from `from_features` for each pixel, and y (lines,) and x (columns,)."""
        of_y, of_x = self.get_parameter("layers.0.weight")[:, -4:-2].T
        colours: torch.Tensor = self.layers[1:](hidden + y[:, None, None] * of_y + x[:, None] * of_x)
        return colours

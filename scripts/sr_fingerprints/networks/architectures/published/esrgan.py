"""ESRGAN, whose trunk consists of residual-in-residual dense blocks (RRDB).

Wang, Yu, Wu, Gu, Liu, Dong, Qiao and Loy, "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCV
Workshops 2018, under the names of the authors' first state dicts; BasicSR later gave other names to the same network
(see ``real_esrgan.py``). The features that NCSR is conditioned on come from such a trunk, too.
"""

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import convolution

SLOPE = 0.2
"""Negative slope of all leaky ReLUs."""

RESIDUAL_FACTOR = 0.2


def build(scale: int, nf: int = 64, nb: int = 23, gc: int = 32) -> nn.Module:
    """ESRGAN; the scale is 4. RGB in [0, 1] in and out, the result not clamped.

    nf: features of every convolution outside the dense blocks.
    nb: blocks of the trunk.
    gc: growth, the features that every layer of a dense block adds to its input.
    """
    check_scale("ESRGAN", scale, (4,))
    return RRDBNet(nf, nb, gc)


class RRDBNet(nn.Module):
    """The trunk at the low resolution, two enlargements by nearest neighbour, and convolutions to RGB (Fig. 3)."""

    def __init__(self, features: int, blocks: int, growth: int):
        super().__init__()
        self.conv_first = convolution(3, features)
        self.RRDB_trunk = nn.Sequential(*[ResidualInResidualBlock(features, growth) for _ in range(blocks)])
        self.trunk_conv = convolution(features, features)
        self.upconv1 = convolution(features, features)
        self.upconv2 = convolution(features, features)
        self.HRconv = convolution(features, features)
        self.conv_last = convolution(features, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) in [0, 1] to (n, 3, 4 h, 4 w), not clamped."""
        features = self.conv_first(images)
        features = features + self.trunk_conv(self.RRDB_trunk(features))
        for enlarging in (self.upconv1, self.upconv2):
            features = leaky_relu(enlarging(interpolate(features, scale_factor=2)), SLOPE)
        enlarged: torch.Tensor = self.conv_last(leaky_relu(self.HRconv(features), SLOPE))
        return enlarged


class ResidualInResidualBlock(nn.Module):
    """Three dense blocks, whose output is scaled and added to the input (Fig. 4)."""

    def __init__(self, features: int, growth: int):
        super().__init__()
        self.RDB1 = DenseBlock(features, growth)
        self.RDB2 = DenseBlock(features, growth)
        self.RDB3 = DenseBlock(features, growth)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.RDB3(self.RDB2(self.RDB1(features)))
        return features + RESIDUAL_FACTOR * residual


class DenseBlock(nn.Module):
    """Five densely connected layers; the output of the last is scaled and added to the input (Fig. 4)."""

    def __init__(self, features: int, growth: int):
        super().__init__()
        self.conv1 = convolution(features, growth)
        self.conv2 = convolution(features + growth, growth)
        self.conv3 = convolution(features + 2 * growth, growth)
        self.conv4 = convolution(features + 3 * growth, growth)
        self.conv5 = convolution(features + 4 * growth, features)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        dense = features
        for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
            dense = torch.cat([dense, leaky_relu(layer(dense), SLOPE)], dim=1)
        residual: torch.Tensor = self.conv5(dense)
        return features + RESIDUAL_FACTOR * residual

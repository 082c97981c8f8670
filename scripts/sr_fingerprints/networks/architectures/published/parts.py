"""Layers that several published architectures have in common, under the names of EDSR-PyTorch's state dicts.

EDSR, NLSN, LIIF, SAN and DRN all derive from that code base (Lim et al., CVPRW 2017), and their
checkpoints share its names.
"""

import torch
from torch import nn

DIV2K_MEAN = (0.4488, 0.4371, 0.4040)
"""Mean colour of DIV2K's training photos, RGB in [0, 1]."""


def convolution(inputs: int, outputs: int, kernel_size: int = 3, bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps height and width."""
    return nn.Conv2d(inputs, outputs, kernel_size, padding=kernel_size // 2, bias=bias)


class MeanShift(nn.Conv2d):
    """Subtracts (``sign`` -1) or adds (1) the mean colour: a 1 x 1 convolution, so that a checkpoint can hold it."""

    bias: nn.Parameter

    def __init__(self, rgb_range: float, sign: int = -1):
        super().__init__(3, 3, kernel_size=1)
        self.weight.data = torch.eye(3).view(3, 3, 1, 1)
        self.bias.data = sign * rgb_range * torch.tensor(DIV2K_MEAN)


class ResidualBlock(nn.Module):
    """Convolution, ReLU, convolution; ``res_scale`` times the result is added to the input (EDSR, Fig. 2c)."""

    def __init__(self, features: int, res_scale: float = 1.0):
        super().__init__()
        self.body = nn.Sequential(
            convolution(features, features), nn.ReLU(inplace=True), convolution(features, features)
        )
        self.res_scale = res_scale

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.body(features)
        return features + self.res_scale * residual


def channel_weights(features: int, reduction: int) -> nn.Sequential:
    """Weights in [0, 1] for channels, (n, c, 1, 1), from a statistic of each (RCAN, Zhang et al., ECCV 2018)."""
    return nn.Sequential(
        convolution(features, features // reduction, kernel_size=1),
        nn.ReLU(inplace=True),
        convolution(features // reduction, features, kernel_size=1),
        nn.Sigmoid(),
    )


class Upsampler(nn.Sequential):
    """Convolutions and pixel shuffles: one of factor 3, or one of factor 2 for every doubling."""

    def __init__(self, scale: int, features: int, bias: bool = True):
        factors = [3] if scale == 3 else [2] * (scale.bit_length() - 1)
        super().__init__()
        for factor in factors:
            self.append(convolution(features, factor**2 * features, bias=bias))
            self.append(nn.PixelShuffle(factor))

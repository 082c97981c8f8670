"""DRN, a U-shaped network that starts at the high resolution.

Guo, Chen, Wang, Chen, Cao, Deng, Xu and Tan, "Closed-Loop Matters: Dual Regression Networks for Single Image
Super-Resolution", CVPR 2020, under the names of the authors' state dicts. The dual networks, which learn to recover
the low-resolution image, are only needed for training and have separate files.
"""

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, Upsampler, channel_weights, convolution


def build(scale: int, n_blocks: int = 40, n_feats: int = 20, rgb_range: float = 255) -> nn.Module:
    """DRN; the scale is 4. RGB in [0, rgb_range] in and out, the result not clamped.

    The defaults are those of DRN-L; DRN-S has 30 for ``n_blocks``, the blocks of each of the two levels, and 16 for
    ``n_feats``, the features at the high resolution. The authors' network also gives images of scale 1 and 2.
    """
    check_scale("DRN", scale, (4,))
    return DRN(n_blocks, n_feats, rgb_range)


class DRN(nn.Module):
    """A U-shaped network over the bicubic enlargement (Fig. 2 of the paper, its primal part)."""

    def __init__(self, n_blocks: int, n_feats: int, rgb_range: float):
        super().__init__()
        deepest = 4 * n_feats
        self.sub_mean = MeanShift(rgb_range)
        self.head = convolution(3, n_feats)
        self.down = nn.ModuleList([Halving(n_feats), Halving(2 * n_feats)])
        self.up_blocks = nn.ModuleList(
            [doubling(n_blocks, deepest, outputs=2 * n_feats), doubling(n_blocks, deepest, outputs=n_feats)]
        )
        # The first two, for images of scale 1 and 2, are in the checkpoints and not used.
        self.tail = nn.ModuleList(convolution(features, 3) for features in (deepest, deepest, 2 * n_feats))
        self.add_mean = MeanShift(rgb_range, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, 4 h, 4 w), both in [0, rgb_range], the result not clamped."""
        enlarged = functional.interpolate(images, scale_factor=4, mode="bicubic", align_corners=False)
        features = self.head(self.sub_mean(enlarged))
        skipped = []
        for down in self.down:
            skipped.append(features)
            features = down(features)
        for up in self.up_blocks:
            features = torch.cat([up(features), skipped.pop()], dim=1)
        result: torch.Tensor = self.add_mean(self.tail[-1](features))
        return result


class Halving(nn.Module):
    """Halve height and width, double the features."""

    def __init__(self, features: int):
        super().__init__()
        self.dual_module = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(features, features, kernel_size=3, stride=2, padding=1, bias=False),
                nn.LeakyReLU(0.2, inplace=True),
            ),
            convolution(features, 2 * features, bias=False),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        halved: torch.Tensor = self.dual_module(features)
        return halved


def doubling(blocks: int, features: int, outputs: int) -> nn.Sequential:
    """Residual blocks, then a doubling of height and width."""
    return nn.Sequential(
        *(AttentionBlock(features) for _ in range(blocks)),
        Upsampler(2, features),
        convolution(features, outputs, kernel_size=1),
    )


class AttentionBlock(nn.Module):
    """The residual channel attention block of RCAN (Zhang et al., ECCV 2018)."""

    def __init__(self, features: int):
        super().__init__()
        self.body = nn.Sequential(
            convolution(features, features),
            nn.ReLU(inplace=True),
            convolution(features, features),
            ChannelAttention(features),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.body(features)
        return features + residual


class ChannelAttention(nn.Module):
    """Multiplies each channel by a weight computed from the means of all channels."""

    def __init__(self, features: int, reduction: int = 16):
        super().__init__()
        self.conv_du = channel_weights(features, reduction)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        weights: torch.Tensor = self.conv_du(features.mean(dim=(2, 3), keepdim=True))
        return features * weights

"""RCAN, which weighs the channels of each residual block by what is in the whole image.

Zhang, Li, Li, Wang, Zhong and Fu, "Image Super-Resolution Using Very Deep Residual Channel Attention Networks", ECCV
2018. torchsr's implementation, which has the names of the authors' state dicts, in the authors' range of pixels.
"""

from typing import TYPE_CHECKING

import torch
from torch import nn

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift
from sr_fingerprints.runtime.light_imports import import_without_packages

if TYPE_CHECKING:
    TorchsrRCAN = nn.Module
else:
    TorchsrRCAN = import_without_packages("torchsr.models.rcan").RCAN


def build(
    scale: int,
    n_resgroups: int = 10,
    n_resblocks: int = 20,
    n_feats: int = 64,
    reduction: int = 16,
    rgb_range: float = 255,
) -> nn.Module:
    """RCAN for a scale of 2, 3, 4 or 8. RGB in [0, rgb_range] in and out, the result not clamped.

    n_resgroups: residual groups.
    n_resblocks: residual channel attention blocks in each group.
    n_feats: features of every convolution outside the channel attention.
    reduction: how many times fewer features there are inside the channel attention.
    rgb_range: greatest value of a pixel.
    """
    check_scale("RCAN", scale, (2, 3, 4, 8))
    # torchsr mixes tensors of the CPU and of the default device while it builds.
    with torch.device("cpu"):
        network = RCAN(scale, n_resgroups, n_resblocks, n_feats, reduction, rgb_range)
    return network.to(torch.get_default_device())


class RCAN(TorchsrRCAN):
    """torchsr's network, which only takes pixels in [0, 1] by itself, for any range."""

    head: nn.Module
    body: nn.Module
    tail: nn.Module

    def __init__(
        self, scale: int, n_resgroups: int, n_resblocks: int, n_feats: int, reduction: int, rgb_range: float
    ):
        super().__init__(n_resgroups, n_resblocks, n_feats, reduction, scale)
        self.sub_mean = MeanShift(rgb_range)
        self.add_mean = MeanShift(rgb_range, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, rgb_range], the result not clamped."""
        features = self.head(self.sub_mean(images))
        enlarged: torch.Tensor = self.add_mean(self.tail(features + self.body(features)))
        return enlarged

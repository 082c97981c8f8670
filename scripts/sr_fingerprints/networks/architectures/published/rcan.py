"""RCAN, whose residual blocks weight their channels by statistics of the whole image.

Zhang, Li, Li, Wang, Zhong and Fu, "Image Super-Resolution Using Very Deep Residual Channel Attention Networks", ECCV
2018. torchsr's implementation, which has the names of the authors' state dicts, in the authors' range of pixels.
Settings have BasicSR's names, as in ``trained/rcan.py``.
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
    num_feat: int = 64,
    num_group: int = 10,
    num_block: int = 20,
    squeeze_factor: int = 16,
    img_range: float = 255.0,
) -> nn.Module:
    """RCAN for a scale of 2, 3, 4 or 8. RGB in [0, img_range] in and out, the result not clamped.

    num_feat: features of every convolution outside the channel attention.
    num_group: residual groups.
    num_block: residual channel attention blocks in each group.
    squeeze_factor: factor by which features are reduced inside the channel attention.
    img_range: greatest value of a pixel.
    """
    check_scale("RCAN", scale, (2, 3, 4, 8))
    # torchsr mixes tensors of the CPU and of the default device while it builds.
    with torch.device("cpu"):
        network = RCAN(scale, num_feat, num_group, num_block, squeeze_factor, img_range)
    return network.to(torch.get_default_device())


class RCAN(TorchsrRCAN):
    """torchsr's network, extended from pixels in [0, 1] to any range."""

    head: nn.Module
    body: nn.Module
    tail: nn.Module

    def __init__(
        self, scale: int, num_feat: int, num_group: int, num_block: int, squeeze_factor: int, img_range: float
    ):
        super().__init__(num_group, num_block, num_feat, squeeze_factor, scale)
        self.sub_mean = MeanShift(img_range)
        self.add_mean = MeanShift(img_range, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, img_range], the result not clamped."""
        features = self.head(self.sub_mean(images))
        enlarged: torch.Tensor = self.add_mean(self.tail(features + self.body(features)))
        return enlarged

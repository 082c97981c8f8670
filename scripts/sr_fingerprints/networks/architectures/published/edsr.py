"""EDSR, residual blocks without normalisation, and the code base that many later networks were developed from.

Lim, Son, Kim, Nah and Lee, "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPR Workshops 2017,
under the names of the authors' PyTorch state dicts. Settings have BasicSR's names, as in ``trained/edsr.py``.
"""

import torch
from torch import nn

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, ResidualBlock, Upsampler, convolution


def build(
    scale: int, num_feat: int = 256, num_block: int = 32, res_scale: float = 0.1, img_range: float = 255.0
) -> nn.Module:
    """EDSR for a scale of 2, 3, 4 or 8. RGB in [0, img_range] in and out, the result not clamped.

    The authors' EDSR-baseline has 64 for ``num_feat``, 16 for ``num_block`` and 1 for ``res_scale``.

    num_feat: features of every convolution.
    num_block: residual blocks.
    res_scale: factor on each block's residual.
    img_range: greatest value of a pixel.
    """
    check_scale("EDSR", scale, (2, 3, 4, 8))
    return EDSR(scale, num_feat, num_block, res_scale, img_range)


class EDSR(nn.Module):
    """Residual blocks at the low resolution, then enlargement (Fig. 3)."""

    def __init__(self, scale: int, num_feat: int, num_block: int, res_scale: float, img_range: float):
        super().__init__()
        self.sub_mean = MeanShift(img_range)
        self.head = nn.Sequential(convolution(3, num_feat))
        self.body = nn.Sequential(
            *(ResidualBlock(num_feat, res_scale) for _ in range(num_block)), convolution(num_feat, num_feat)
        )
        self.tail = nn.Sequential(Upsampler(scale, num_feat), convolution(num_feat, 3))
        self.add_mean = MeanShift(img_range, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, img_range], the result not clamped."""
        features = self.head(self.sub_mean(images))
        enlarged: torch.Tensor = self.add_mean(self.tail(features + self.body(features)))
        return enlarged

"""EDSR, residual blocks without normalisation, and the code base that many later networks were developed from.

Lim, Son, Kim, Nah and Lee, "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPR Workshops 2017,
under the names of the authors' PyTorch state dicts.
"""

import torch
from torch import nn

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, ResidualBlock, Upsampler, convolution


def build(
    scale: int, n_resblocks: int = 32, n_feats: int = 256, res_scale: float = 0.1, rgb_range: float = 255
) -> nn.Module:
    """EDSR for a scale of 2, 3, 4 or 8. RGB in [0, rgb_range] in and out, the result not clamped.

    The authors' EDSR-baseline has 16 for ``n_resblocks``, 64 for ``n_feats`` and 1 for ``res_scale``.

    n_resblocks: residual blocks.
    n_feats: features of every convolution.
    res_scale: factor on each block's residual.
    rgb_range: greatest value of a pixel.
    """
    check_scale("EDSR", scale, (2, 3, 4, 8))
    return EDSR(scale, n_resblocks, n_feats, res_scale, rgb_range)


class EDSR(nn.Module):
    """Residual blocks at the low resolution, then enlargement (Fig. 3)."""

    def __init__(self, scale: int, n_resblocks: int, n_feats: int, res_scale: float, rgb_range: float):
        super().__init__()
        self.sub_mean = MeanShift(rgb_range)
        self.head = nn.Sequential(convolution(3, n_feats))
        self.body = nn.Sequential(
            *(ResidualBlock(n_feats, res_scale) for _ in range(n_resblocks)), convolution(n_feats, n_feats)
        )
        self.tail = nn.Sequential(Upsampler(scale, n_feats), convolution(n_feats, 3))
        self.add_mean = MeanShift(rgb_range, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, rgb_range], the result not clamped."""
        features = self.head(self.sub_mean(images))
        enlarged: torch.Tensor = self.add_mean(self.tail(features + self.body(features)))
        return enlarged

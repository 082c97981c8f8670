"""SRFBN, which processes an image in several passes and feeds the features of each back into the next.

Li, Yang, Liu, Yang, Jeon and Wu, "Feedback Network for Image Super-Resolution", CVPR 2019, under the names of the
authors' state dicts. All passes share their weights.
"""

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, convolution


def build(scale: int, num_features: int = 64, num_steps: int = 4, num_groups: int = 6) -> nn.Module:
    """SRFBN for a scale of 2, 3, 4 or 8. RGB in [0, 255] in and out, the result not clamped.

    ``num_steps`` passes go through a block of ``num_groups`` pairs of an up- and a downsampling layer. The authors'
    network returns an image after every pass, this one only the last.
    """
    check_scale("SRFBN", scale, (2, 3, 4, 8))
    return SRFBN(scale, num_features, num_steps, num_groups)


class SRFBN(nn.Module):
    """A feedback block between shallow features and reconstruction; a bilinear enlargement is added (Fig. 2)."""

    def __init__(self, scale: int, num_features: int, num_steps: int, num_groups: int):
        super().__init__()
        self.scale = scale
        self.num_steps = num_steps
        self.sub_mean = MeanShift(rgb_range=255)
        self.conv_in = activated(convolution(3, 4 * num_features))
        self.feat_in = activated(convolution(4 * num_features, num_features, kernel_size=1))
        self.block = FeedbackBlock(scale, num_features, num_groups)
        self.out = upsampling(scale, num_features)
        self.conv_out = nn.Sequential(convolution(num_features, 3))
        self.add_mean = MeanShift(rgb_range=255, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, 255], the result not clamped."""
        low = self.sub_mean(images)
        features = feedback = self.feat_in(self.conv_in(low))
        for _ in range(self.num_steps):
            feedback = self.block(features, feedback)
        enlarged = functional.interpolate(low, scale_factor=self.scale, mode="bilinear", align_corners=False)
        result: torch.Tensor = self.add_mean(enlarged + self.conv_out(self.out(feedback)))
        return result


class FeedbackBlock(nn.Module):
    """Densely connected groups of an up- and a downsampling layer (Fig. 3)."""

    def __init__(self, scale: int, features: int, groups: int):
        super().__init__()
        self.compress_in = compression(2, features)
        self.upBlocks = nn.ModuleList(upsampling(scale, features) for _ in range(groups))
        self.downBlocks = nn.ModuleList(downsampling(scale, features) for _ in range(groups))
        self.uptranBlocks = nn.ModuleList(compression(group + 1, features) for group in range(1, groups))
        self.downtranBlocks = nn.ModuleList(compression(group + 1, features) for group in range(1, groups))
        self.compress_out = compression(groups, features)

    def forward(self, features: torch.Tensor, feedback: torch.Tensor) -> torch.Tensor:
        """The next feedback, (n, c, h, w), from the image's features and the feedback so far, both of that shape."""
        low = [self.compress_in(torch.cat([features, feedback], dim=1))]
        high = []
        for up, down in zip(self.upBlocks, self.downBlocks, strict=True):
            high.append(up(combine(low, self.uptranBlocks)))
            low.append(down(combine(high, self.downtranBlocks)))
        compressed: torch.Tensor = self.compress_out(torch.cat(low[1:], dim=1))
        return compressed


def combine(groups: list[torch.Tensor], compressions: nn.ModuleList) -> torch.Tensor:
    """Compress the features of all groups so far to those of one group, (n, c, h, w)."""
    if len(groups) == 1:
        return groups[0]
    compressed: torch.Tensor = compressions[len(groups) - 2](torch.cat(groups, dim=1))
    return compressed


def compression(groups: int, features: int) -> nn.Sequential:
    """A 1 x 1 convolution from the features of several groups to those of one."""
    return activated(convolution(groups * features, features, kernel_size=1))


def upsampling(scale: int, features: int) -> nn.Sequential:
    """A transposed convolution that multiplies height and width by ``scale``."""
    return activated(nn.ConvTranspose2d(features, features, kernel_size=scale + 4, stride=scale, padding=2))


def downsampling(scale: int, features: int) -> nn.Sequential:
    """A convolution that divides height and width by ``scale``."""
    return activated(nn.Conv2d(features, features, kernel_size=scale + 4, stride=scale, padding=2))


def activated(layer: nn.Module) -> nn.Sequential:
    """The layer, followed by a PReLU with one slope for all channels."""
    return nn.Sequential(layer, nn.PReLU(num_parameters=1, init=0.2))

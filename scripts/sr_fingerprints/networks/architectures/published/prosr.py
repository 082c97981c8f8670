"""ProSR, a pyramid of dense residual blocks that doubles the size at every level.

Wang, Perazzi, McWilliams, Sorkine-Hornung, Sorkine-Hornung and Schroers, "A Fully Progressive Approach to
Single-Image Super-Resolution", CVPR Workshops 2018: the larger of the paper's two networks, under the names of the
authors' state dicts. ProSRGAN is the same network trained against a discriminator.
"""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import nn

from sr_fingerprints.networks.architectures import check_scale

FEATURES = 160
GROWTH = 40
"""Features that every layer of a dense block adds to its input."""

LAYERS = 8
"""Layers of a dense block."""

BLOCKS = {2: 9, 4: 3, 8: 1}
"""Dense residual blocks of the level that reaches each scale."""

RESIDUAL_FACTOR = 0.2


def build(scale: int, max_scale: int = 8) -> nn.Module:
    """ProSR for one scale: 2, 4 or 8, and ``max_scale`` at most.

    It takes RGB as (x - mean) / 0.0039215, with x in [0, 1] and the mean colour (0.4488, 0.4371, 0.4040): about
    [-114, 152], one unit per 8-bit level. It returns a residual in the same unit. The authors add that to Pillow's
    bicubic enlargement of the 8-bit image (itself 8-bit), clip, and round halves to even. Height and width have to be
    2 at least, since all 3 x 3 convolutions pad by reflection.

    max_scale: the largest scale that the network was trained for. The weights of all scales up to that one are in the
        state dict, which has ``init_conv_1`` for scale 2, ``init_conv_2`` for 4, ``init_conv_3`` for 8; those that
        ``scale`` does not need are loaded and not used.
    """
    check_scale("ProSR", scale, tuple(possible for possible in BLOCKS if possible <= max_scale))
    return ProSR(scale, max_scale)


def settings_for(weights: Mapping[str, torch.Tensor]) -> dict[str, int]:
    """Infer ``max_scale``: 8 by default in the authors' code, possibly 4 in their older files."""
    return {"max_scale": 2 ** sum(f"init_conv_{level}.conv.1.weight" in weights for level in (1, 2, 3))}


class ProSR(nn.Module):
    """The pyramid (Fig. 2 of the paper): a first convolution per scale, the levels, and a convolution to RGB."""

    def __init__(self, scale: int, max_scale: int):
        super().__init__()
        self.last_level = scale.bit_length() - 1
        for level in range(1, max_scale.bit_length()):
            self.add_module(f"init_conv_{level}", Convolution(3, FEATURES))
            self.add_module(f"pyramid_residual_{level}", pyramid_level(level))
            self.add_module(f"pyramid_residual_{level}_residual_upsampler", Doubling(FEATURES))
            self.add_module(f"reconst_{level}", nn.Sequential(OrderedDict(final_conv=Convolution(FEATURES, 3))))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The residual, float (n, 3, h * scale, w * scale), of normalised images (n, 3, h, w); see `build`."""
        features = self.get_submodule(f"init_conv_{self.last_level}")(images)
        for level in range(1, self.last_level + 1):
            features = features + self.get_submodule(f"pyramid_residual_{level}")(features)
            features = self.get_submodule(f"pyramid_residual_{level}_residual_upsampler")(features)
        residual: torch.Tensor = self.get_submodule(f"reconst_{self.last_level}")(features)
        return residual


def pyramid_level(level: int) -> nn.Sequential:
    """The residual branch of a level, before upsampling; level 1 reaches scale 2, level 2 scale 4."""
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    if level > 1:
        parts[f"compression_{level - 1}"] = Compression(FEATURES, FEATURES)
    for block in range(1, BLOCKS[2**level] + 1):
        parts[f"residual_denseblock_{block}"] = DenseResidualBlock()
    parts["final_conv"] = nn.Sequential(OrderedDict(final_conv=Convolution(FEATURES, FEATURES)))
    return nn.Sequential(parts)


class DenseResidualBlock(nn.Module):
    """A dense block whose output is compressed to the input's features, scaled and added to the input."""

    def __init__(self) -> None:
        super().__init__()
        layers = {f"denselayer{i + 1}": DenseLayer(FEATURES + i * GROWTH) for i in range(LAYERS)}
        self.dense_block = nn.Sequential(OrderedDict(layers))
        self.comp = Compression(FEATURES + LAYERS * GROWTH, FEATURES)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.comp(self.dense_block(features))
        return features + RESIDUAL_FACTOR * residual


class DenseLayer(nn.Module):
    """Appends new features to the input, computed through a 1 x 1 bottleneck."""

    def __init__(self, features: int):
        super().__init__()
        self.conv_1 = nn.Conv2d(features, 4 * GROWTH, kernel_size=1)
        self.conv_2 = Convolution(4 * GROWTH, GROWTH)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.cat([features, self.conv_2(self.conv_1(features).relu_())], dim=1)


class Compression(nn.Module):
    """A 1 x 1 convolution without bias."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, kernel_size=1, bias=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        compressed: torch.Tensor = self.conv1(features)
        return compressed


class Convolution(nn.Module):
    """A 3 x 3 convolution that keeps height and width by reflection padding."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(inputs, outputs, kernel_size=3))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        convolved: torch.Tensor = self.conv(features)
        return convolved


class Doubling(nn.Module):
    """Doubles height and width by a convolution, a pixel shuffle and a ReLU."""

    def __init__(self, features: int):
        super().__init__()
        self.m = nn.Sequential(Convolution(features, 4 * features), nn.PixelShuffle(2), nn.ReLU(inplace=True))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        doubled: torch.Tensor = self.m(features)
        return doubled

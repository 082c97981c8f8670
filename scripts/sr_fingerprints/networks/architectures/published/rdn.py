"""RDN, residual dense blocks whose outputs are all fused before the upsampling.

Zhang, Tian, Kong, Zhong and Fu, "Residual Dense Network for Image Super-Resolution", CVPR 2018. The authors published
Lua Torch files only. Two ports to PyTorch compute the same under different names: that of yjn870 (RDN-pytorch on
GitHub), which torchsr includes, and that of EDSR-PyTorch, from which LIIF takes its encoder.
"""

import torch
from torch import nn

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import Upsampler, convolution
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import import_without_packages

NAMES = ("yjn870", "EDSR-PyTorch")


def build(
    scale: int, names: str = "yjn870", num_features: int = 64, num_blocks: int = 16, num_layers: int = 8
) -> nn.Module:
    """RDN for a scale of 2, 3 or 4. RGB in and out, the result not clamped; the range is that of the training.

    The network neither shifts nor scales pixels, so it has no fixed range. Checkpoints of yjn870 are for [0, 1].

    names: naming scheme of the state dict: ``yjn870`` or ``EDSR-PyTorch``.
    num_features: features of every convolution, the paper's G0 and G.
    num_blocks: residual dense blocks, the paper's D.
    num_layers: convolutions densely connected in each of them, the paper's C.

    Raises `InputError` for other ``names``.
    """
    check_scale("RDN", scale, (2, 3, 4))
    if names == "yjn870":
        library = import_without_packages("torchsr.models.rdn")
        network: nn.Module = library.RDN(scale, G0=num_features, D=num_blocks, C=num_layers, G=num_features)
        return network
    if names == "EDSR-PyTorch":
        return RDN(scale, num_features, num_blocks, num_layers)
    raise InputError(f"RDN: names {names!r} are not possible; use {' or '.join(NAMES)}")


class ResidualDenseFeatures(nn.Module):
    """RDN without its upsampling: an image to features (Fig. 2)."""

    def __init__(self, features: int = 64, blocks: int = 16, layers: int = 8):
        super().__init__()
        self.SFENet1 = convolution(3, features)
        self.SFENet2 = convolution(features, features)
        self.RDBs = nn.ModuleList(ResidualDenseBlock(features, layers) for _ in range(blocks))
        self.GFF = nn.Sequential(
            convolution(blocks * features, features, kernel_size=1), convolution(features, features)
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, features, h, w)."""
        shallow: torch.Tensor = self.SFENet1(images)
        features = self.SFENet2(shallow)
        of_all_blocks = []
        for block in self.RDBs:
            features = block(features)
            of_all_blocks.append(features)
        deep: torch.Tensor = self.GFF(torch.cat(of_all_blocks, dim=1))
        return shallow + deep


class RDN(ResidualDenseFeatures):
    """RDN with its upsampling, under the names of EDSR-PyTorch."""

    def __init__(self, scale: int, features: int, blocks: int, layers: int):
        super().__init__(features, blocks, layers)
        self.UPNet = Upsampler(scale, features).append(convolution(features, 3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale) in the same range, not clamped."""
        enlarged: torch.Tensor = self.UPNet(super().forward(images))
        return enlarged


class ResidualDenseBlock(nn.Module):
    """Densely connected layers, fused to the input's number of features and added to the input (Fig. 3)."""

    def __init__(self, features: int, layers: int):
        super().__init__()
        self.convs = nn.Sequential(*(DenseLayer((layer + 1) * features, features) for layer in range(layers)))
        self.LFF = convolution((layers + 1) * features, features, kernel_size=1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.LFF(self.convs(features))
        return features + residual


class DenseLayer(nn.Module):
    """Appends ``growth`` features to the input."""

    def __init__(self, inputs: int, growth: int):
        super().__init__()
        self.conv = nn.Sequential(convolution(inputs, growth), nn.ReLU())

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.cat([features, self.conv(features)], dim=1)

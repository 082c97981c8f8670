"""SPSR, which super-resolves an image guided by a second branch for its gradients.

Ma, Rao, Cheng, Chen, Lu and Zhou, "Structure-Preserving Super Resolution with Gradient Guidance", CVPR 2020, under
the names of the authors' state dicts. The main branch is ESRGAN's network, with the names of its oldest code.
"""

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import convolution
from sr_fingerprints.runtime.errors import InputError

GROWTH = 32
"""Features that every layer of a dense block adds to its input."""

GUIDED_BY = (5, 10, 15, 20)
"""Numbers of blocks of the main branch after which its features go to the gradient branch."""

RESIDUAL_FACTOR = 0.2


def build(scale: int, nf: int = 64, nb: int = 23) -> nn.Module:
    """SPSR; the scale is 4. RGB in [0, 1] in and out, the result not clamped.

    ``nf`` features, and ``nb`` blocks in the main branch, 20 at least. The authors' network also returns the
    gradients of the image and of its enlargement.
    """
    check_scale("SPSR", scale, (4,))
    if nb < GUIDED_BY[-1]:
        raise InputError(f"SPSR: nb is {nb!r}; it has to be {GUIDED_BY[-1]} at least")
    return SPSR(nf, nb)


class SPSR(nn.Module):
    """The main branch (``model``), the gradient branch (``b_``) and their fusion (``f_``); Fig. 2 of the paper."""

    def __init__(self, nf: int, nb: int):
        super().__init__()
        self.model = nn.Sequential(
            convolution(3, nf),
            Trunk(nf, nb),
            *doubling(nf),
            *doubling(nf),
            *activated(convolution(nf, nf)),
        )
        self.HR_conv0_new = nn.Sequential(self.model[8])  # the same parameters under a second name
        self.HR_conv1_new = nn.Sequential(convolution(nf, nf))

        self.get_g_nopadding = Gradients()
        self.b_fea_conv = nn.Sequential(convolution(3, nf))
        for i in range(1, len(GUIDED_BY) + 1):
            self.add_module(f"b_block_{i}", ResidualDenseBlocks(2 * nf))
            self.add_module(f"b_concat_{i}", nn.Sequential(convolution(2 * nf, nf)))
        self.b_LR_conv = nn.Sequential(convolution(nf, nf))
        self.b_module = nn.Sequential(
            *doubling(nf), *doubling(nf), *activated(convolution(nf, nf)), convolution(nf, nf)
        )
        self.conv_w = nn.Sequential(convolution(nf, 3, kernel_size=1))  # for the image of gradients; not used

        self.f_block = ResidualDenseBlocks(2 * nf)
        self.f_concat = nn.Sequential(convolution(2 * nf, nf))
        self.f_HR_conv0 = activated(convolution(nf, nf))
        self.f_HR_conv1 = nn.Sequential(convolution(nf, 3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, 4 h, 4 w), both in [0, 1], the result not clamped."""
        features, guides = self.model[1](self.model[0](images))
        both = torch.cat([self._gradient_branch(images, guides), self.HR_conv1_new(self.model[2:](features))], dim=1)
        fused: torch.Tensor = self.f_HR_conv1(self.f_HR_conv0(self.f_concat(self.f_block(both))))
        return fused

    def _gradient_branch(self, images: torch.Tensor, guides: list[torch.Tensor]) -> torch.Tensor:
        """Features (n, nf, 4 h, 4 w) of the gradients of the enlarged image; ``guides`` are of the main branch."""
        features = shallow = self.b_fea_conv(self.get_g_nopadding(images))
        for i, guide in enumerate(guides, start=1):
            features = self.get_submodule(f"b_block_{i}")(torch.cat([features, guide], dim=1))
            features = self.get_submodule(f"b_concat_{i}")(features)
        enlarged: torch.Tensor = self.b_module(shallow + self.b_LR_conv(features))
        return enlarged


class Gradients(nn.Module):
    """Magnitude of each channel's gradient, from differences of the two neighbours, with zero padding."""

    weight_h: torch.Tensor
    weight_v: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        horizontal = torch.tensor([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
        self.register_buffer("weight_h", horizontal[None, None])
        self.register_buffer("weight_v", horizontal.T[None, None].contiguous())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(n, 3, h, w) to the same shape."""
        along_x, along_y = (
            functional.conv2d(images, kernel.expand(3, -1, -1, -1), padding=1, groups=3).square()
            for kernel in (self.weight_h, self.weight_v)
        )
        return (along_x + along_y + 1e-6).sqrt()


class Trunk(nn.Module):
    """The blocks of the main branch at the low resolution and a convolution, with a skip connection around them."""

    def __init__(self, features: int, blocks: int):
        super().__init__()
        self.sub = nn.Sequential(
            *(ResidualDenseBlocks(features) for _ in range(blocks)), convolution(features, features)
        )

    def forward(self, shallow: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """(n, c, h, w) to the same shape, and the features after each of the `GUIDED_BY` blocks."""
        features, guides = shallow, []
        for i, layer in enumerate(self.sub, start=1):
            features = layer(features)
            if i in GUIDED_BY:
                guides.append(features)
        return shallow + features, guides


class ResidualDenseBlocks(nn.Module):
    """Three dense blocks, scaled and added to their input (the RRDB of Wang et al., ESRGAN, ECCVW 2018)."""

    def __init__(self, features: int):
        super().__init__()
        self.RDB1 = DenseBlock(features)
        self.RDB2 = DenseBlock(features)
        self.RDB3 = DenseBlock(features)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.RDB3(self.RDB2(self.RDB1(features)))
        return features + RESIDUAL_FACTOR * residual


class DenseBlock(nn.Module):
    """Five densely connected convolutions; the output of the last is scaled and added to the input."""

    def __init__(self, features: int):
        super().__init__()
        self.conv1 = activated(convolution(features, GROWTH))
        self.conv2 = activated(convolution(features + GROWTH, GROWTH))
        self.conv3 = activated(convolution(features + 2 * GROWTH, GROWTH))
        self.conv4 = activated(convolution(features + 3 * GROWTH, GROWTH))
        self.conv5 = nn.Sequential(convolution(features + 4 * GROWTH, features))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        dense = features
        for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
            dense = torch.cat([dense, layer(dense)], dim=1)
        residual: torch.Tensor = self.conv5(dense)
        return features + RESIDUAL_FACTOR * residual


def doubling(features: int) -> tuple[nn.Module, ...]:
    """Layers that double height and width by repeating pixels."""
    return nn.Upsample(scale_factor=2, mode="nearest"), *activated(convolution(features, features))


def activated(layer: nn.Module) -> nn.Sequential:
    """The layer, followed by a leaky ReLU."""
    return nn.Sequential(layer, nn.LeakyReLU(0.2, inplace=True))

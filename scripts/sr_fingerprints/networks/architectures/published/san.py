"""SAN, whose attention weights channels by the covariance of their features.

Dai, Cai, Zhang, Xia and Zhang, "Second-Order Attention Network for Single Image Super-Resolution", CVPR 2019, under
the names of the authors' state dicts. Covariances and non-local attention span the whole image, so tiles give
different results. The authors' own test script cuts images of more than 160,000 pixels.
"""

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, Upsampler, channel_weights, convolution

LARGEST_SIDE = 1000
"""Largest side in pixels of the area that a covariance is computed on."""

SQUARE_ROOT_STEPS = 5


def build(
    scale: int, n_resgroups: int = 20, n_resblocks: int = 10, n_feats: int = 64, rgb_range: float = 255
) -> nn.Module:
    """SAN for a scale of 2, 3, 4 or 8. RGB in [0, rgb_range] in and out, the result not clamped.

    Height and width have to be 4 at least, since attention pools each quarter of the image. ``n_resgroups`` groups
    have ``n_resblocks`` residual blocks each, all of ``n_feats`` features.
    """
    check_scale("SAN", scale, (2, 3, 4, 8))
    return SAN(scale, n_resgroups, n_resblocks, n_feats, rgb_range)


class SAN(nn.Module):
    """Residual attention groups that share one source, between two passes of one non-local module."""

    def __init__(self, scale: int, n_resgroups: int, n_resblocks: int, n_feats: int, rgb_range: float):
        super().__init__()
        self.sub_mean = MeanShift(rgb_range)
        self.head = nn.Sequential(convolution(3, n_feats))
        self.non_local = RegionalNonLocal(n_feats)
        self.RG = nn.ModuleList(AttentionGroup(n_feats, n_resblocks) for _ in range(n_resgroups))
        self.gamma = nn.Parameter(torch.zeros(1))
        self.conv_last = convolution(n_feats, n_feats)  # in the checkpoints, not used
        self.tail = nn.Sequential(Upsampler(scale, n_feats), convolution(n_feats, 3))
        self.add_mean = MeanShift(rgb_range, sign=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, rgb_range], the result not clamped."""
        shallow = self.head(self.sub_mean(images))
        features = source = self.non_local(shallow)
        for group in self.RG:
            features = group(features) + self.gamma * source
        features = self.non_local(features) + shallow
        enlarged: torch.Tensor = self.add_mean(self.tail(features))
        return enlarged


class AttentionGroup(nn.Module):
    """Residual blocks, second-order attention and a convolution, with a skip connection around them (LSRAG)."""

    def __init__(self, features: int, blocks: int):
        super().__init__()
        self.rcab = nn.ModuleList(ResidualBlock(features) for _ in range(blocks))
        self.soca = SecondOrderAttention(features, reduction=16)
        self.conv_last = convolution(features, features)
        self.gamma = nn.Parameter(torch.zeros(1))  # in the checkpoints, not used

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        deep = features
        for block in self.rcab:
            deep = block(deep)
        residual: torch.Tensor = self.conv_last(self.soca(deep))
        return features + residual


class ResidualBlock(nn.Module):
    """Convolution, ReLU, convolution; the result is added to the input. Without attention, despite ``rcab``."""

    def __init__(self, features: int):
        super().__init__()
        self.conv_first = nn.Sequential(
            convolution(features, features), nn.ReLU(inplace=True), convolution(features, features)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        residual: torch.Tensor = self.conv_first(features)
        return features + residual


class SecondOrderAttention(nn.Module):
    """Multiplies each channel by a weight computed from its covariances with all channels (SOCA)."""

    def __init__(self, features: int, reduction: int):
        super().__init__()
        self.conv_du = channel_weights(features, reduction)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        statistics = square_root(covariance(central_part(features))).mean(dim=1)
        weights: torch.Tensor = self.conv_du(statistics[:, :, None, None])
        return features * weights


def central_part(features: torch.Tensor) -> torch.Tensor:
    """Crop height and width of (n, c, h, w) to `LARGEST_SIDE`, as the authors do.

    If one side has exactly that length, their code crops the other too, even if it is shorter: by a slice with a
    negative start, which leaves a strip at the lower or right border. This is kept to reproduce their results.
    """
    sides = features.shape[2:]
    crop_both = LARGEST_SIDE in sides
    rows, columns = (
        slice(start := (side - LARGEST_SIDE) // 2, start + LARGEST_SIDE)
        if crop_both or side > LARGEST_SIDE
        else slice(None)
        for side in sides
    )
    return features[:, :, rows, columns]


def covariance(features: torch.Tensor) -> torch.Tensor:
    """Covariances (n, c, c) of the channels of (n, c, h, w), over all pixels.

    The authors' formula, with a centring matrix of h w x h w values, is equivalent.
    """
    pixels = features.flatten(2)
    # Divided before the product, whose sums would overflow half precision.
    centred: torch.Tensor = (pixels - pixels.mean(dim=2, keepdim=True)) / pixels.shape[2] ** 0.5
    return centred @ centred.mT


def square_root(matrices: torch.Tensor) -> torch.Tensor:
    """Approximate square roots of symmetric positive semi-definite matrices (n, c, c).

    Newton-Schulz iteration, which converges for a matrix divided by its trace (Li et al., "Towards
    Faster Training of Global Covariance Pooling Networks by Iterative Matrix Square Root Normalization", CVPR 2018).
    """
    trace = matrices.diagonal(dim1=1, dim2=2).sum(dim=1)[:, None, None]
    identity = torch.eye(matrices.shape[1], device=matrices.device, dtype=matrices.dtype)
    root, inverse_root = matrices / trace, identity.expand_as(matrices)
    for _ in range(SQUARE_ROOT_STEPS):
        correction = 0.5 * (3 * identity - inverse_root @ root)
        root, inverse_root = root @ correction, correction @ inverse_root
    return root * trace.sqrt()


class RegionalNonLocal(nn.Module):
    """Non-local attention within each quarter of the image (RL-NL)."""

    def __init__(self, features: int):
        super().__init__()
        self.soca = SecondOrderAttention(features, reduction=8)  # in the checkpoints, not used
        self.non_local = NonLocal(features, features // 8)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        height, width = features.shape[2:]
        halves = features.tensor_split([height // 2], dim=2)
        quarters = [half.tensor_split([width // 2], dim=3) for half in halves]
        return torch.cat([torch.cat([self.non_local(quarter) for quarter in row], dim=3) for row in quarters], dim=2)


class NonLocal(nn.Module):
    """Adds to each pixel a mean of all pixels weighted by similarity; keys and values are first pooled 2 x 2.

    The embedded Gaussian of Wang et al., "Non-local Neural Networks", CVPR 2018.
    """

    def __init__(self, features: int, inner: int):
        super().__init__()
        self.theta = convolution(features, inner, kernel_size=1)
        self.phi = nn.Sequential(convolution(features, inner, kernel_size=1), nn.MaxPool2d(2))
        self.g = nn.Sequential(convolution(features, inner, kernel_size=1), nn.MaxPool2d(2))
        self.W = convolution(inner, features, kernel_size=1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        # Only for contiguous inputs does torch avoid a matrix of all pairs of pixels.
        queries, keys, values = (
            embed(features).flatten(2).mT.contiguous()[:, None] for embed in (self.theta, self.phi, self.g)
        )
        means = functional.scaled_dot_product_attention(queries, keys, values, scale=1.0)
        residual: torch.Tensor = self.W(means[:, 0].mT.unflatten(2, features.shape[2:]))
        return features + residual

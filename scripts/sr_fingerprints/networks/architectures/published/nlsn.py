"""NLSN: EDSR with sparse attention among similar pixels of the whole image.

Mei, Fan and Zhou, "Image Super-Resolution with Non-Local Sparse Attention", CVPR 2021, under the names of the
authors' state dicts. Similar pixels are found by locality-sensitive hashing with random rotations, so that the
result depends on random numbers.
"""

import torch
from torch import nn
from torch.nn.functional import normalize

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.parts import MeanShift, ResidualBlock, Upsampler, convolution
from sr_fingerprints.runtime.errors import InputError

BLOCKS_PER_ATTENTION = 8
MOST_HASH_CODES = 128


def build(
    scale: int,
    n_resblocks: int = 32,
    n_feats: int = 256,
    res_scale: float = 0.1,
    chunk_size: int = 144,
    n_hashes: int = 4,
    reduction: int = 4,
    rgb_range: float = 1,
) -> nn.Module:
    """NLSN for a scale of 2, 3, 4 or 8. RGB in [0, rgb_range] in and out, the result not clamped.

    n_resblocks: residual blocks; an attention module precedes them, and another follows every eight.
    n_feats: features of every convolution outside the attention.
    res_scale: factor on the residual of each block and each attention module.
    chunk_size: pixels of an attention bucket, and the fewest that an image may have.
    n_hashes: rounds of hashing the pixels into buckets, each with its own random rotations.
    reduction: factor by which features are reduced for comparing pixels.
    rgb_range: greatest value of a pixel.
    """
    check_scale("NLSN", scale, (2, 3, 4, 8))
    return NLSN(scale, n_resblocks, n_feats, res_scale, chunk_size, n_hashes, reduction, rgb_range)


class NLSN(nn.Module):
    """EDSR with sparse attention between its residual blocks; the mean colour is not trained."""

    random = True

    def __init__(
        self,
        scale: int,
        n_resblocks: int,
        n_feats: int,
        res_scale: float,
        chunk_size: int,
        n_hashes: int,
        reduction: int,
        rgb_range: float,
    ):
        super().__init__()
        self.sub_mean = MeanShift(rgb_range).requires_grad_(False)
        self.head = nn.Sequential(convolution(3, n_feats))
        self.body = nn.ModuleList()
        for block in range(n_resblocks + 1):
            if block > 0:
                self.body.append(ResidualBlock(n_feats, res_scale))
            if block % BLOCKS_PER_ATTENTION == 0:
                self.body.append(SparseAttention(n_feats, reduction, chunk_size, n_hashes, res_scale))
        self.body.append(convolution(n_feats, n_feats))
        self.tail = nn.Sequential(Upsampler(scale, n_feats), convolution(n_feats, 3))
        self.add_mean = MeanShift(rgb_range, sign=1).requires_grad_(False)

    def forward(self, images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """RGB (n, 3, h, w) to (n, 3, h * scale, w * scale), both in [0, rgb_range], the result not clamped.

        ``generator`` draws the rotations, which are the same for all images; by default torch's global one. Raises
        `InputError` for images of fewer than ``chunk_size`` pixels.
        """
        shallow = features = self.head(self.sub_mean(images))
        for layer in self.body:
            features = layer(features, generator) if isinstance(layer, SparseAttention) else layer(features)
        enlarged: torch.Tensor = self.add_mean(self.tail(shallow + features))
        return enlarged


class SparseAttention(nn.Module):
    """Attention of each pixel to those in the same bucket and in the two beside it (Sec. 3 of the paper).

    The pixels are hashed, sorted by their hash codes, and cut into buckets of ``chunk_size``; several such rounds are
    weighted by how well the pixels of a bucket match. The sort is stable, unlike the authors', where the order of
    equal codes depends on the machine.
    """

    def __init__(self, features: int, reduction: int, chunk_size: int, n_hashes: int, res_scale: float):
        super().__init__()
        self.conv_match = nn.Sequential(convolution(features, features // reduction))
        self.conv_assembly = nn.Sequential(convolution(features, features, kernel_size=1))
        self.chunk_size = chunk_size
        self.n_hashes = n_hashes
        self.res_scale = res_scale

    def forward(self, features: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """(n, c, h, w) to the same shape."""
        queries = flatten_pixels(self.conv_match(features))
        values = flatten_pixels(self.conv_assembly(features))
        rotations = self._rotations(features, queries.shape[2], generator).to(queries)
        rounds = [self._attend(queries, values, hash_codes(queries, rotation)) for rotation in rotations]
        weights = torch.stack([matches for _, matches in rounds]).softmax(dim=0)
        attended: torch.Tensor = sum(
            weight[..., None] * result for weight, (result, _) in zip(weights, rounds, strict=True)
        )
        return features + self.res_scale * attended.transpose(1, 2).reshape(features.shape)

    def _rotations(self, features: torch.Tensor, dimensions: int, generator: torch.Generator | None) -> torch.Tensor:
        """A random matrix for each round of hashing, (n_hashes, dimensions, half the hash codes), on the CPU."""
        height, width = features.shape[2:]
        buckets = height * width // self.chunk_size
        if buckets == 0:
            raise InputError(
                f"NLSN: an image of {width} x {height} pixels is too small; {self.chunk_size} pixels are the least"
            )
        pairs_of_codes = min((buckets + 1) // 2, MOST_HASH_CODES // 2)
        drawn = torch.randn(dimensions, self.n_hashes, pairs_of_codes, generator=generator, device="cpu")
        return drawn.transpose(0, 1)

    def _attend(
        self, queries: torch.Tensor, values: torch.Tensor, codes: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """One round: the attended values, (n, pixels, c), and log-sum-exp of the scores, (n, pixels)."""
        pixels = queries.shape[1]
        missing = -pixels % self.chunk_size
        order = codes.argsort(dim=1, stable=True)
        back = order.argsort(dim=1)
        order = torch.cat([order, order[:, pixels - missing :]], dim=1)  # the last ones twice, to fill their bucket
        queries, values = (
            gather_pixels(tensor, order).unflatten(1, (-1, self.chunk_size)) for tensor in (queries, values)
        )
        keys = normalize(queries, dim=-1, eps=5e-5)
        scores = queries @ with_neighbours(keys).transpose(2, 3)
        matches = scores.logsumexp(dim=-1).flatten(1)
        attended = (scores.softmax(dim=-1) @ with_neighbours(values)).flatten(1, 2)
        return gather_pixels(attended, back), matches.gather(1, back)


def flatten_pixels(features: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) to (n, h * w, c)."""
    return features.flatten(2).transpose(1, 2).contiguous()


def hash_codes(queries: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
    """int64 (n, pixels): index of the positive or negative axis that each rotated pixel is closest to."""
    rotated = queries @ rotation
    return torch.cat([rotated, -rotated], dim=-1).argmax(dim=-1)


def gather_pixels(pixels: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """The features (n, m, c) of the pixels (n, pixels, c) whose indices are in ``order``, (n, m)."""
    return pixels.take_along_dim(order[..., None], dim=1)


def with_neighbours(buckets: torch.Tensor) -> torch.Tensor:
    """Each bucket of (n, buckets, pixels, c) between the one before it and the one after it, in a circle."""
    return torch.cat([buckets.roll(1, dims=1), buckets, buckets.roll(-1, dims=1)], dim=2)

"""NLSN in its published size."""

import math
from typing import TYPE_CHECKING

from sr_fingerprints.networks.architectures.colour_paths import ColourPath, convolution, convolutions

if TYPE_CHECKING:
    import torch

FEATURES = "n_feats"


CHUNK_SIZE = 144


def build(
    scale: int,
    n_resblocks: int = 32,
    n_feats: int = 256,
    res_scale: float = 0.1,
    chunk_size: int = CHUNK_SIZE,
    n_hashes: int = 4,
    reduction: int = 4,
) -> "torch.nn.Module":
    """NLSN (Mei et al., "Image Super-Resolution with Non-Local Sparse Attention", CVPR 2021).

    The defaults are the authors' published size; BasicSR does not have NLSN. The network draws random numbers, in
    training from torch's random state, and in inference from the generator that it is given.

    n_resblocks: residual blocks; an attention module precedes them, and another follows every eight.
    n_feats: features of every convolution outside the attention.
    res_scale: factor on the residual of each block and each attention module.
    chunk_size: pixels of an attention bucket, and the fewest that a low-resolution image or patch may have.
    n_hashes: rounds of hashing the pixels into buckets, each with its own random rotations.
    reduction: factor by which features are reduced for comparing pixels.
    """
    from sr_fingerprints.networks.architectures.published import nlsn

    return nlsn.build(
        scale,
        n_resblocks=n_resblocks,
        n_feats=n_feats,
        res_scale=res_scale,
        chunk_size=chunk_size,
        n_hashes=n_hashes,
        reduction=reduction,
    )


def contradiction(n_feats: int, reduction: int, **_: object) -> tuple[str, str] | None:
    """The reduction has to leave a feature for comparing pixels."""
    if n_feats < reduction:
        return "reduction", f"up to n_feats, {n_feats}"
    return None


def smallest_patch(chunk_size: int = CHUNK_SIZE, **_: object) -> int:
    """Side of a patch that holds at least one bucket of the attention."""
    return math.isqrt(chunk_size - 1) + 1


def colour_path(network: "torch.nn.Module") -> ColourPath:
    """Layers have the names of the authors' code."""
    *enlarging, last = convolutions(network, "tail")
    return ColourPath(convolution(network, "head.0"), convolutions(network, "body")[-1], enlarging, last)

"""The architectures that the workflow trains: as BasicSR's training options have them, or else as published.

A network here takes float32 (n, 3, h, w) RGB in [0, 1] and returns the same, ``scale`` times the size. To add one,
write a function whose parameters after ``scale`` are the settings that users may give, and enter it in `TRAINABLE`.
Libraries are imported when a network is built, so that each job pays for its own architecture alone.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sr_fingerprints.errors import InputError
from sr_fingerprints.light_imports import import_without_packages
from sr_fingerprints.networks.architectures import build_network, check_scale, check_settings

if TYPE_CHECKING:
    import torch

FEATURES = {
    "EDSR": "num_feat",
    "RCAN": "num_feat",
    "SwinIR": "embed_dim",
    "RDN": "num_features",
    "NLSN": "n_feats",
}
"""The setting of each architecture that tells how many features carry the image through it; 64 or more by default."""

FEWEST_FEATURES = 3
"""Of a network that starts as an interpolation: a feature for each colour."""

SCALES = (2, 3, 4, 8)
"""What the pixel shuffling at the end of these networks can do."""


def build_trainable(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """A network of one of `TRAINABLE` with fresh random weights, drawn from torch's random state.

    ``settings`` bear the names and defaults of the architecture's function. Raises `InputError` for an
    architecture, a setting or a scale that there is not.
    """
    if architecture not in TRAINABLE:
        raise InputError(f"architecture: {architecture!r} is not known; use one of {', '.join(TRAINABLE)}")
    build = TRAINABLE[architecture]
    check_settings(architecture, build, settings)
    check_scale(architecture, scale, SCALES)
    return build(scale, **settings)


def smallest_patch(architecture: str, **settings: Any) -> int:
    """The least side that low-resolution patches for training an architecture may have, in pixels."""
    match architecture:
        case "SwinIR":
            return 5  # what padding by reflection makes a window of 8 from
        case "NLSN":
            return math.isqrt(settings.get("chunk_size", CHUNK_SIZE) - 1) + 1
    return 1


def edsr(
    scale: int, num_feat: int = 64, num_block: int = 16, res_scale: float = 1.0, img_range: float = 255.0
) -> "torch.nn.Module":
    """EDSR (Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPRW 2017).

    The defaults are BasicSR's stock "EDSR-M".

    num_feat: features of every convolution.
    num_block: residual blocks.
    res_scale: factor on each block's residual.
    img_range: factor on the pixels, in [0, 1], inside the network.
    """
    return import_without_packages("basicsr.archs.edsr_arch").EDSR(
        3, 3, num_feat=num_feat, num_block=num_block, upscale=scale, res_scale=res_scale, img_range=img_range
    )


def rcan(
    scale: int,
    num_feat: int = 64,
    num_group: int = 10,
    num_block: int = 20,
    squeeze_factor: int = 16,
    res_scale: float = 1.0,
    img_range: float = 255.0,
) -> "torch.nn.Module":
    """RCAN (Zhang et al., "Image Super-Resolution Using Very Deep Residual Channel Attention Networks", ECCV 2018).

    The defaults are BasicSR's stock training options.

    num_feat: features of every convolution outside the channel attention.
    num_group: residual groups.
    num_block: residual channel attention blocks in each group.
    squeeze_factor: how many times fewer features there are inside the channel attention.
    res_scale: factor on each block's residual.
    img_range: factor on the pixels, in [0, 1], inside the network.
    """
    if num_feat < squeeze_factor:
        raise InputError(
            f"RCAN: num_feat {num_feat} leaves no feature after squeezing; "
            f"use a squeeze_factor of {num_feat} at most (it is {squeeze_factor})"
        )
    return import_without_packages("basicsr.archs.rcan_arch").RCAN(
        3,
        3,
        num_feat=num_feat,
        num_group=num_group,
        num_block=num_block,
        squeeze_factor=squeeze_factor,
        upscale=scale,
        res_scale=res_scale,
        img_range=img_range,
    )


def swinir(
    scale: int,
    img_size: int = 48,
    depths: Sequence[int] = (6, 6, 6, 6, 6, 6),
    embed_dim: int = 180,
    num_heads: Sequence[int] = (6, 6, 6, 6, 6, 6),
) -> "torch.nn.Module":
    """SwinIR (Liang et al., "SwinIR: Image Restoration Using Swin Transformer", ICCV Workshops 2021).

    The defaults are BasicSR's stock training options, SwinIR-M, and so is the stochastic depth of 0.1 in training:
    it draws from torch's random state.

    img_size: side of the low-resolution patches in training, for which the masks of attention are kept ready; for
        images of any other size they are computed, and the result is the same.
    depths: layers of each residual group.
    embed_dim: features of each pixel.
    num_heads: heads of the attention, for each group.
    """
    if len(depths) != len(num_heads):
        raise InputError(
            f"SwinIR: depths are given for {len(depths)} groups and num_heads for {len(num_heads)}; "
            "use as many of one as of the other"
        )
    for heads in num_heads:
        if embed_dim % heads:
            raise InputError(
                f"SwinIR: embed_dim {embed_dim} cannot be split into {heads} heads; use a multiple of it"
            )
    return build_network("SwinIR", scale, img_size=img_size, depths=depths, embed_dim=embed_dim, num_heads=num_heads)


def rdn(scale: int, num_features: int = 64, num_blocks: int = 16, num_layers: int = 8) -> "torch.nn.Module":
    """RDN (Zhang et al., "Residual Dense Network for Image Super-Resolution", CVPR 2018), for scales of 2, 3 and 4.

    The defaults are the authors' published size; BasicSR does not have RDN.

    num_features: features of every convolution, the paper's G0 and G.
    num_blocks: residual dense blocks, the paper's D.
    num_layers: convolutions densely connected in each of them, the paper's C.
    """
    return build_network(
        "RDN",
        scale,
        names="EDSR-PyTorch",
        num_features=num_features,
        num_blocks=num_blocks,
        num_layers=num_layers,
    )


CHUNK_SIZE = 144


def nlsn(
    scale: int,
    n_resblocks: int = 32,
    n_feats: int = 256,
    res_scale: float = 0.1,
    chunk_size: int = CHUNK_SIZE,
    n_hashes: int = 4,
    reduction: int = 4,
) -> "torch.nn.Module":
    """NLSN (Mei et al., "Image Super-Resolution with Non-Local Sparse Attention", CVPR 2021).

    The defaults are the authors' published size; BasicSR does not have NLSN. It draws random numbers, in training
    from torch's random state, and afterwards from the generator that it is given.

    n_resblocks: residual blocks; an attention module is in front of them, and another after every eight.
    n_feats: features of every convolution outside the attention.
    res_scale: factor on the residual of each block and each attention module.
    chunk_size: pixels of an attention bucket, and the fewest that a low-resolution image or patch may have.
    n_hashes: how often the pixels are hashed anew and put into buckets.
    reduction: how many times fewer features there are for comparing pixels.
    """
    if n_feats < reduction:
        raise InputError(
            f"NLSN: n_feats {n_feats} leaves no feature for comparing pixels; "
            f"use a reduction of {n_feats} at most (it is {reduction})"
        )
    return build_network(
        "NLSN",
        scale,
        n_resblocks=n_resblocks,
        n_feats=n_feats,
        res_scale=res_scale,
        chunk_size=chunk_size,
        n_hashes=n_hashes,
        reduction=reduction,
    )


TRAINABLE: dict[str, Callable[..., "torch.nn.Module"]] = {
    "EDSR": edsr,
    "RCAN": rcan,
    "SwinIR": swinir,
    "RDN": rdn,
    "NLSN": nlsn,
}

"""The architectures that the workflow trains: BasicSR's, as its training options have them.

A network here takes float32 (n, 3, h, w) RGB in [0, 1] and returns the same, ``scale`` times the size. To add one,
write a function whose parameters after ``scale`` are the settings that users may give, and enter it in `TRAINABLE`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sr_fingerprints.errors import InputError
from sr_fingerprints.light_imports import import_without_packages
from sr_fingerprints.networks.architectures import check_scale, check_settings

if TYPE_CHECKING:
    import torch

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


TRAINABLE: dict[str, Callable[..., "torch.nn.Module"]] = {"EDSR": edsr, "RCAN": rcan}

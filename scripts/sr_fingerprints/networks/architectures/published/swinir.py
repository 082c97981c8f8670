"""SwinIR, a transformer with attention in windows of 8 x 8 pixels, shifted by half a window in every other layer.

Liang, Cao, Sun, Zhang, Van Gool and Timofte, "SwinIR: Image Restoration Using Swin Transformer", ICCV Workshops 2021.
This is BasicSR's implementation, which has the names of the authors' state dicts, with the authors' padding.
"""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import pad

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import import_without_packages

if TYPE_CHECKING:
    BasicSRSwinIR = nn.Module
else:
    BasicSRSwinIR = import_without_packages("basicsr.archs.swinir_arch").SwinIR

WINDOW = 8
SCALES = {"pixelshuffle": (2, 3, 4, 8), "nearest+conv": (4,)}
"""Scales of each upsampler."""


def build(
    scale: int,
    upsampler: str = "pixelshuffle",
    img_size: int = 64,
    depths: Sequence[int] = (6, 6, 6, 6, 6, 6),
    embed_dim: int = 180,
    num_heads: Sequence[int] = (6, 6, 6, 6, 6, 6),
) -> nn.Module:
    """SwinIR; the defaults are SwinIR-M for classical super-resolution. RGB in [0, 1] in and out, not clamped.

    Images are padded by reflection at the bottom and the right to whole windows, and the result is cropped. So a side
    that is not a multiple of 8 has to be 5 at least. (The authors' test program pads before that, in another way.)

    upsampler: ``pixelshuffle``, or ``nearest+conv`` as for the authors' real-world photos (4X only).
    img_size: side of the training patches. It only determines the shape of the attention masks in the state dict,
    which
        are used for images of that size; for all others masks are computed.
    depths: layers of each residual group.
    embed_dim: features of each pixel in them.
    num_heads: heads of the attention, for each group.

    Raises `InputError` for another ``upsampler``.
    """
    if upsampler not in SCALES:
        raise InputError(f"SwinIR: an upsampler {upsampler!r} is not possible; use {' or '.join(SCALES)}")
    check_scale("SwinIR", scale, SCALES[upsampler])
    # While it builds, BasicSR reads values of tensors, which fails on the device "meta", and makes a deprecated call.
    with torch.device("cpu"), warnings.catch_warnings(action="ignore", category=UserWarning):
        network = SwinIR(
            upscale=scale,
            upsampler=upsampler,
            img_size=img_size,
            window_size=WINDOW,
            depths=depths,
            embed_dim=embed_dim,
            num_heads=num_heads,
            mlp_ratio=2,
        )
    return network.to(torch.get_default_device())


class SwinIR(BasicSRSwinIR):
    """BasicSR's network for images of any size."""

    upscale: int

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) in [0, 1] to (n, 3, h * scale, w * scale), not clamped."""
        height, width = images.shape[2:]
        whole_windows = pad(images, (0, -width % WINDOW, 0, -height % WINDOW), mode="reflect")
        with images.device:  # on which BasicSR then computes the masks of every shifted layer
            enlarged: torch.Tensor = super().forward(whole_windows)
        return enlarged[:, :, : height * self.upscale, : width * self.upscale]

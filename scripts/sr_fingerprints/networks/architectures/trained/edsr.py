"""EDSR as BasicSR trains it."""

from typing import TYPE_CHECKING

from sr_fingerprints.networks.architectures.colour_paths import ColourPath, basicsr_colour_path
from sr_fingerprints.runtime.light_imports import import_without_packages

if TYPE_CHECKING:
    import torch

FEATURES = "num_feat"


def build(
    scale: int, num_feat: int = 64, num_block: int = 16, res_scale: float = 1.0, img_range: float = 255.0
) -> "torch.nn.Module":
    """EDSR (Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPRW 2017).

    The defaults are BasicSR's stock "EDSR-M".

    num_feat: features of every convolution.
    num_block: residual blocks.
    res_scale: factor on each block's residual.
    img_range: factor on the pixels, in [0, 1], inside the network.
    """
    network: torch.nn.Module = import_without_packages("basicsr.archs.edsr_arch").EDSR(
        3, 3, num_feat=num_feat, num_block=num_block, upscale=scale, res_scale=res_scale, img_range=img_range
    )
    return network


def colour_path(network: "torch.nn.Module") -> ColourPath:
    """See `basicsr_colour_path`."""
    return basicsr_colour_path(network)

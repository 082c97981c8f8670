"""RCAN as BasicSR trains it."""

from typing import TYPE_CHECKING

from sr_fingerprints.networks.architectures.colour_paths import ColourPath, basicsr_colour_path
from sr_fingerprints.runtime.light_imports import import_without_packages

if TYPE_CHECKING:
    import torch

FEATURES = "num_feat"


def build(
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
    squeeze_factor: factor by which features are reduced inside the channel attention.
    res_scale: factor on each block's residual.
    img_range: factor on the pixels, in [0, 1], inside the network.
    """
    network: torch.nn.Module = import_without_packages("basicsr.archs.rcan_arch").RCAN(
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
    return network


def contradiction(num_feat: int, squeeze_factor: int, **_: object) -> tuple[str, str] | None:
    """Squeezing has to leave a feature."""
    if num_feat < squeeze_factor:
        return "squeeze_factor", f"up to num_feat, {num_feat}"
    return None


def colour_path(network: "torch.nn.Module") -> ColourPath:
    """See `basicsr_colour_path`."""
    return basicsr_colour_path(network)

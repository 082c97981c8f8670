"""SwinIR as BasicSR trains it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sr_fingerprints.networks.architectures.colour_paths import ColourPath, basicsr_colour_path, convolution, layer

if TYPE_CHECKING:
    import torch

FEATURES = "embed_dim"


def build(
    scale: int,
    img_size: int = 48,
    depths: Sequence[int] = (6, 6, 6, 6, 6, 6),
    embed_dim: int = 180,
    num_heads: Sequence[int] = (6, 6, 6, 6, 6, 6),
) -> "torch.nn.Module":
    """SwinIR (Liang et al., "SwinIR: Image Restoration Using Swin Transformer", ICCV Workshops 2021).

    The defaults are BasicSR's stock training options, SwinIR-M, including the stochastic depth of 0.1 in training,
    which draws from torch's random state.

    img_size: side of the low-resolution patches in training, for which attention masks are precomputed; for
        images of other sizes they are computed when needed, with the same result.
    depths: layers of each residual group.
    embed_dim: features of each pixel.
    num_heads: heads of the attention, for each group.
    """
    from sr_fingerprints.networks.architectures.published import swinir

    return swinir.build(scale, img_size=img_size, depths=depths, embed_dim=embed_dim, num_heads=num_heads)


def contradiction(
    depths: Sequence[int], embed_dim: int, num_heads: Sequence[int], **_: object
) -> tuple[str, str] | None:
    """Every group has layers and heads, which share the features of a pixel."""
    if len(depths) != len(num_heads):
        return "num_heads", f"one number for each of the {len(depths)} groups in depths"
    if any(embed_dim % heads for heads in num_heads):
        return "num_heads", f"divisors of embed_dim, {embed_dim}"
    return None


def smallest_patch(**_: object) -> int:
    """Padding by reflection needs at least 5 pixels to fill a window of 8."""
    return 5


def colour_path(network: "torch.nn.Module") -> ColourPath:
    """See `basicsr_colour_path`; a leaky rectifier is on the way."""
    from torch import nn

    return replace(
        basicsr_colour_path(network),
        before_rectifier=convolution(network, "conv_before_upsample.0"),
        negative_slope=layer(network, "conv_before_upsample.1", nn.LeakyReLU).negative_slope,
    )

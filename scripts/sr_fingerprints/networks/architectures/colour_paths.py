"""The path of the colours through a network, for initialising it as an interpolation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from torch import nn

Layer = TypeVar("Layer", bound="nn.Module")


@dataclass(frozen=True)
class ColourPath:
    """The convolutions that the colours pass through, in order; all others belong to the body."""

    first: "nn.Conv2d"  # from RGB to features
    after_body: "nn.Conv2d"  # last one of the body; its output is added to that of ``first``
    enlarging: "Sequence[nn.Conv2d]"  # each before a pixel shuffle
    last: "nn.Conv2d"  # from features to RGB
    before_rectifier: "nn.Conv2d | None" = None  # between the body and the enlarging layers
    negative_slope: float = 0.0  # of the rectifier after it


def layer(network: "nn.Module", name: str, kind: "type[Layer]") -> "Layer":
    """The layer with full name ``name``, such as ``body.0``. Raises TypeError if it is not of this ``kind``."""
    found = network.get_submodule(name)
    if not isinstance(found, kind):
        raise TypeError(f"{name} is a {type(found).__name__}, not a {kind.__name__}")
    return found


def convolution(network: "nn.Module", name: str) -> "nn.Conv2d":
    """The convolution with full name ``name``. Raises TypeError for another layer."""
    from torch import nn

    return layer(network, name, nn.Conv2d)


def convolutions(network: "nn.Module", name: str) -> "list[nn.Conv2d]":
    """All convolutions inside the module ``name``, in order."""
    from torch import nn

    return [part for part in network.get_submodule(name).modules() if isinstance(part, nn.Conv2d)]


def basicsr_colour_path(network: "nn.Module") -> ColourPath:
    """The path through a network whose layers have the names of BasicSR's EDSR, RCAN and SwinIR."""
    return ColourPath(
        first=convolution(network, "conv_first"),
        after_body=convolution(network, "conv_after_body"),
        enlarging=convolutions(network, "upsample"),
        last=convolution(network, "conv_last"),
    )

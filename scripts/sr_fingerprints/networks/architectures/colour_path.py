"""Where the colours of an image pass through a network that can start as an interpolation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class ColourPath:
    """The convolutions that the colours go through, in order; all others belong to the body that is trained."""

    first: "nn.Conv2d"  # from RGB to features
    after_body: "nn.Conv2d"  # the last of the body, whose result is added to that of the first
    enlarging: "Sequence[nn.Conv2d]"  # each in front of a pixel shuffle
    last: "nn.Conv2d"  # from features to RGB
    before_rectifier: "nn.Conv2d | None" = None  # between the body and the enlarging layers
    negative_slope: float = 0.0  # of the rectifier behind it


def convolutions(module: "nn.Module") -> "list[nn.Conv2d]":
    """All convolutions inside ``module``, in order."""
    from torch import nn

    return [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]

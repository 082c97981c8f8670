"""EnhanceNet, in the form that was trained for realistic texture (ENet-PAT).

Sajjadi, Schölkopf and Hirsch, "EnhanceNet: Single Image Super-Resolution Through Automated Texture Synthesis", ICCV
2017, Table 1. The authors' code is for TensorFlow; parameters here have the names of its variables, such as
``generator/Conv_3/weights``, and torch's layout (output, input, height, width).
"""

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.networks.architectures import check_scale

FEATURES = 64
RESIDUAL_BLOCKS = 10
MEAN = (0.47614917, 0.45001204, 0.40904046)
"""The mean colour that the authors subtract, RGB in [0, 1]."""


def build(scale: int) -> nn.Module:
    """EnhanceNet; the scale is 4. RGB in [0, 1] in and out, the result not clamped.

    The authors convert it to 8 bits by clamping and by rounding halves up.
    """
    check_scale("EnhanceNet", scale, (4,))
    return EnhanceNet()


class EnhanceNet(nn.Module):
    """Residual blocks at the low resolution and two enlargements by nearest neighbour; a bicubic one is added.

    All convolutions have 3 x 3 kernels and pad with zeros.
    """

    def __init__(self) -> None:
        super().__init__()
        inner = 2 * RESIDUAL_BLOCKS + 3
        for i, (inputs, outputs) in enumerate([(3, FEATURES), *[(FEATURES, FEATURES)] * inner, (FEATURES, 3)]):
            weights = nn.init.xavier_uniform_(torch.empty(outputs, inputs, 3, 3))
            self.register_parameter(f"{_name(i)}/weights", nn.Parameter(weights))
            self.register_parameter(f"{_name(i)}/biases", nn.Parameter(torch.zeros(outputs)))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """RGB (n, 3, h, w) in [0, 1] to (n, 3, 4 h, 4 w), not clamped."""
        mean = images.new_tensor(MEAN).view(3, 1, 1)
        low = images - mean
        features = self._convolution(0, low).relu_()
        for i in range(1, 2 * RESIDUAL_BLOCKS, 2):
            features = features + self._convolution(i + 1, self._convolution(i, features).relu_())
        for i in (21, 22):
            features = self._convolution(i, functional.interpolate(features, scale_factor=2, mode="nearest")).relu_()
        features = self._convolution(23, features).relu_()
        return self._convolution(24, features) + _shifted_bicubic(low) + mean

    def _convolution(self, i: int, features: torch.Tensor) -> torch.Tensor:
        weights = self.get_parameter(f"{_name(i)}/weights")
        return functional.conv2d(features, weights, self.get_parameter(f"{_name(i)}/biases"), padding=1)


def _name(i: int) -> str:
    return f"generator/Conv_{i}" if i else "generator/Conv"


def _shifted_bicubic(images: torch.Tensor) -> torch.Tensor:
    """Enlarge (n, 3, h, w) four times as ``resize_images`` of TensorFlow 1 did: pixel i samples position i / 4.

    That is 3/8 of a low-resolution pixel off from an aligned enlargement, which the network has learnt to compensate.
    The kernel is Keys' cubic with a = -3/4, and border pixels are replicated.
    """
    phases = torch.arange(4, device=images.device, dtype=images.dtype)[:, None] / 4
    taps = torch.arange(-1, 3, device=images.device, dtype=images.dtype)
    weights = _cubic(phases - taps)
    kernel = torch.einsum("ai,bj->abij", weights, weights).reshape(16, 1, 4, 4)
    channels = functional.pad(images, (1, 2, 1, 2), mode="replicate").flatten(0, 1)[:, None]
    enlarged = functional.pixel_shuffle(functional.conv2d(channels, kernel), 4)
    return enlarged.view(*images.shape[:2], *enlarged.shape[2:])


def _cubic(distances: torch.Tensor) -> torch.Tensor:
    a, x = -0.75, distances.abs()
    near = ((a + 2) * x - (a + 3)) * x**2 + 1
    far = a * (((x - 5) * x + 8) * x - 4)
    return torch.where(x <= 1, near, torch.where(x < 2, far, 0))

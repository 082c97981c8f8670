"""The discriminator of the adversarial losses."""

import torch
from torch import nn

from sr_fingerprints.runtime.errors import InputError

SMALLEST_PATCH = 8


class Discriminator(nn.Module):
    """Discriminator for patches of one size: float32 (n, 3, side, side) RGB in [0, 1] to logits (n, 1) of being real.

    The VGG-style discriminator of SRGAN (Ledig et al., CVPR 2017, Figure 4) as BasicSR trains it, for any
    ``patch_size`` that is a power of two: each stage halves the side until it is 4, and doubles the features,
    up to eight times ``num_feat``. For 128 and 256 it is BasicSR's ``VGGStyleDiscriminator``.
    """

    def __init__(self, patch_size: int, num_feat: int = 64):
        super().__init__()
        if patch_size < SMALLEST_PATCH or patch_size & (patch_size - 1):
            raise InputError(
                f"patch_size: {patch_size} does not suit the discriminator of an adversarial loss; "
                f"use a power of two from {SMALLEST_PATCH}"
            )
        stages, features = [], 3
        for stage in range((patch_size // 4).bit_length() - 1):
            wider = num_feat * min(2**stage, 8)
            stages += _stage(features, wider, normalise_first=stage > 0)
            features = wider
        self.stages = nn.Sequential(*stages)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(features * 4 * 4, 100), nn.LeakyReLU(0.2), nn.Linear(100, 1)
        )

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.stages(patches))
        return logits


def _stage(features: int, wider: int, normalise_first: bool) -> list[nn.Module]:
    """Layers of a stage: two convolutions, of which the second halves the side."""
    return [
        nn.Conv2d(features, wider, 3, padding=1, bias=not normalise_first),
        *([nn.BatchNorm2d(wider)] if normalise_first else []),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(wider, wider, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(wider),
        nn.LeakyReLU(0.2, inplace=True),
    ]

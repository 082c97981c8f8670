"""The one way in which images go through a network, whatever framework runs it."""

from typing import Protocol

import numpy as np
import torch


class SuperResolver(Protocol):
    """A network that super-resolves 8-bit images.

    ``images`` is uint8 (n, h, w, 3) RGB, the result uint8 (n, h * scale, w * scale, 3). Each image's result
    depends on that image alone.
    """

    scale: int

    def __call__(self, images: np.ndarray) -> np.ndarray: ...


class TorchSuperResolver:
    """A `SuperResolver` of a torch module that maps float32 (n, 3, h, w) RGB in [0, 1] to the same.

    On a CPU the images go through one by one: that is as fast, and a result does not depend on the other images
    to the bit. On a GPU they go through together; sums are then taken in another order than for one image
    alone, and now and then (on a CPU for one value in 10,000) a value is rounded to the next grey level.
    """

    def __init__(self, network: torch.nn.Module, scale: int, device: str = "cpu"):
        self.scale = scale
        self._network = network.eval().to(device)
        self._device = torch.device(device)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Super-resolve; see `SuperResolver`. The output is rounded to the nearest of the 256 grey levels."""
        at_once = 1 if self._device.type == "cpu" else len(images)
        return np.concatenate([self._together(images[i : i + at_once]) for i in range(0, len(images), at_once)])

    @torch.inference_mode()
    def _together(self, images: np.ndarray) -> np.ndarray:
        low = torch.from_numpy(images).to(self._device).permute(0, 3, 1, 2).contiguous().float() / 255
        high = (self._network(low) * 255).round().clamp(0, 255).to(torch.uint8)
        return high.permute(0, 2, 3, 1).contiguous().cpu().numpy()

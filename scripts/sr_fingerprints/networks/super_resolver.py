"""The one way in which images go through a network, whatever framework runs it."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
import torch

from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.effort import Effort
from sr_fingerprints.networks.tiles import in_tiles

logger = logging.getLogger(__name__)


class SuperResolver(Protocol):
    """A network that super-resolves 8-bit images.

    ``images`` is uint8 (n, h, w, 3) RGB, the result uint8 (n, h * scale, w * scale, 3). Each image's result depends
    on that image alone, and, for a network that draws random numbers, on its seed, one of ``seeds``. ``details``
    tells how the images so far were computed, for the record.
    """

    scale: int
    details: dict[str, Any]

    def __call__(self, images: np.ndarray, seeds: Sequence[int] | None = None) -> np.ndarray: ...


LEAST_PSNR = 50.0
"""dB: half precision is used when its images are at least as close to those of 32-bit floats."""


class TorchSuperResolver:
    """A `SuperResolver` of a torch module, given images by its ``convention``.

    On a CPU the images go through one by one: that is as fast, and a result does not depend on the other images
    to the bit. On a GPU they go through together, as many as ``effort.memory`` admits; sums are then taken in another
    order than for one image alone, and now and then (on a CPU for one value in 10,000) a value is rounded to the next
    grey level. A module that draws random numbers (``random = True``) is given a fresh generator for each image.

    memory_per_pixel: kilobytes that one low-resolution pixel takes while the module runs, in 32-bit floats.
    half_precision: whether the module stands it, if the effort allows for it.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        scale: int,
        effort: Effort | None = None,
        convention: Convention | None = None,
        memory_per_pixel: float = 60.0,
        half_precision: bool = True,
    ):
        self.scale = scale
        self._convention = convention or Convention()
        self._effort = effort or Effort()
        self._device = torch.device(self._effort.device)
        self._random = getattr(network, "random", False)
        self._layout = torch.channels_last if self._on_gpu else torch.contiguous_format
        self._network = network.eval().to(self._device).to(memory_format=self._layout)
        self._most_pixels = int(self._effort.memory * 1e6 / memory_per_pixel)
        self._candidates = self._precisions(half_precision)
        self.details: dict[str, Any] = {"tile": None}

    def __call__(self, images: np.ndarray, seeds: Sequence[int] | None = None) -> np.ndarray:
        """Super-resolve; see `SuperResolver`. Raises ValueError when the network is random and has no seeds."""
        if self._random and seeds is None:
            raise ValueError("this network draws random numbers: give it a seed for each image")
        if "precision" not in self.details:
            self.details["precision"] = self._choose_precision(images[:1], seeds)
        precision = getattr(torch, self.details["precision"])
        together = self._images_together(images)
        made = []
        for i in range(0, len(images), together):
            values = self._grey_values(images[i : i + together], seeds and seeds[i], precision)
            made.append(self._convention.rounded(values))
        return np.concatenate(made)

    @property
    def _on_gpu(self) -> bool:
        return self._device.type != "cpu"

    def _images_together(self, images: np.ndarray) -> int:
        if self._random or not self._on_gpu:
            return 1
        return max(1, self._most_pixels // (images.shape[1] * images.shape[2]))

    @torch.inference_mode()
    def _grey_values(self, images: np.ndarray, seed: int | None, precision: torch.dtype) -> torch.Tensor:
        """float32 (n, 3, height, width) in [0, 255], before rounding."""
        low = self._convention.network_input(self._convention.padded(images), self._device)
        extra = (torch.Generator().manual_seed(seed),) if self._random else ()
        with self._computing(precision):
            high = self._whole_or_in_tiles(low, extra)
        height, width = (side * self.scale for side in images.shape[1:3])
        return self._convention.grey_values(high[:, :, :height, :width], images)

    def _whole_or_in_tiles(self, low: torch.Tensor, extra: tuple[torch.Generator, ...]) -> torch.Tensor:
        def network(images: torch.Tensor) -> torch.Tensor:
            return self._network(images.contiguous(memory_format=self._layout), *extra)

        if low.shape[2] * low.shape[3] <= self._most_pixels:
            return network(low)
        side = self.details["tile"] = int(self._most_pixels**0.5)
        return in_tiles(network, low, self.scale, side, self._convention.multiple_of)

    def _computing(self, precision: torch.dtype) -> AbstractContextManager:
        if precision != torch.float32:
            return torch.autocast(self._device.type, dtype=precision)
        if self._device.type == "cuda":
            # By default, convolutions of 32-bit floats would be computed in 19 bits.
            return torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
        return nullcontext()

    def _precisions(self, half_precision: bool) -> list[str]:
        wanted = self._effort.precision
        if wanted == "auto":
            wanted = ["float16", "bfloat16"] if self._on_gpu else []
        return [name for name in np.atleast_1d(wanted) if name != "float32"] if half_precision else []

    def _choose_precision(self, image: np.ndarray, seeds: Sequence[int] | None) -> str:
        """The first of the candidates whose images are close enough to those of 32-bit floats, else ``float32``."""
        if not self._candidates:
            return "float32"
        seed = seeds and seeds[0]
        exact = self._grey_values(image, seed, torch.float32)
        for name in self._candidates:
            error = (self._grey_values(image, seed, getattr(torch, name)) - exact).square().mean().item()
            psnr = 10 * np.log10(255**2 / error) if error else np.inf
            logger.info("%s: %.1f dB against float32 (at least %.0f needed)", name, psnr, LEAST_PSNR)
            if psnr >= LEAST_PSNR:
                return str(name)
        return "float32"

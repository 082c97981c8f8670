"""The interface for applying networks to images, common to all frameworks."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.convention import Convention
from sr_fingerprints.networks.tiles import in_tiles
from sr_fingerprints.runtime.finite import NonFiniteError
from sr_fingerprints.runtime.memory import AdaptiveBatch

logger = logging.getLogger(__name__)


class SuperResolver(Protocol):
    """A network that super-resolves 8-bit images.

    ``images`` is uint8 (n, h, w, 3) RGB, the result uint8 (n, h * scale, w * scale, 3). Each image's result depends
    on that image alone, and for a network that draws random numbers on its seed, one of ``seeds``. ``details``
    records how the images so far were computed.
    """

    scale: int
    details: dict[str, Any]

    def __call__(
        self, images: npt.NDArray[np.uint8], seeds: Sequence[int] | None = None
    ) -> npt.NDArray[np.uint8]: ...


MIN_PSNR = 50.0
"""dB; half precision is used only if its images have at least this PSNR against those of 32-bit floats."""


class TorchSuperResolver:
    """A `SuperResolver` of a torch module, whose input and output follow ``convention``.

    On a CPU images are processed one by one: that is as fast, and results do not depend on the other images, bit for
    bit. On a GPU they are processed in batches, as large as ``budget.memory`` allows. Sums are then taken in another
    order than for a single image, and occasionally (on a CPU for one value in 10,000) a value is rounded to the next
    grey level. If a batch does not fit into the GPU's memory, later ones are half as large. A module that draws
    random numbers (``random = True``) gets a new generator for each image.

    memory_per_pixel: kilobytes per low-resolution pixel while the module runs, in 32-bit floats.
    half_precision: whether the module supports it; it is used if the budget allows it too.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        scale: int,
        budget: ComputeBudget | None = None,
        convention: Convention | None = None,
        memory_per_pixel: float = 60.0,
        half_precision: bool = True,
    ):
        self.scale = scale
        self._convention = convention or Convention()
        self._budget = budget or ComputeBudget()
        self._device = torch.device(self._budget.device)
        self._random = getattr(network, "random", False)
        self._layout = torch.channels_last if self._on_gpu else torch.contiguous_format
        move: Callable[..., torch.nn.Module] = network.eval().to  # torch's type stubs lack memory_format
        self._network = move(self._device, memory_format=self._layout)
        self._memory_per_pixel, self._half_precision = memory_per_pixel, half_precision
        self._most_pixels = int(self._budget.memory * 1e6 / memory_per_pixel)
        self._adaptive_batch = AdaptiveBatch("images")
        self._candidates = self._candidate_precisions(half_precision)
        self.details: dict[str, Any] = {"tile": None}

    @torch.inference_mode()
    def __call__(self, images: npt.NDArray[np.uint8], seeds: Sequence[int] | None = None) -> npt.NDArray[np.uint8]:
        """Super-resolve; see `SuperResolver`.

        Raises ValueError if the network draws random numbers and there are no seeds, `InputError` if one image does
        not fit into the GPU's memory, and `NonFiniteError` if the output for an image has NaN or infinite values.
        """
        if self._random and seeds is None:
            raise ValueError("this network draws random numbers: give it a seed for each image")

        def super_resolve(part: slice) -> npt.NDArray[np.uint8]:
            seed = None if seeds is None else seeds[part.start]
            output = self._output(images[part], seed, precision)
            self._check_finite(output, part.start)
            return self._convention.rounded(self._convention.grey_values(output, images[part]))

        oom_message = self._oom_message(images)
        if "precision" not in self.details:
            (chosen,) = self._adaptive_batch(
                lambda part: self._choose_precision(images[part], seeds), 1, 1, oom_message
            )
            self.details["precision"] = chosen
        precision = getattr(torch, self.details["precision"])
        return np.concatenate(
            self._adaptive_batch(super_resolve, len(images), self._batch_limit(images), oom_message)
        )

    @property
    def network(self) -> torch.nn.Module:
        """The module, on the budget's device."""
        return self._network

    def network_input(self, image: npt.NDArray[np.uint8]) -> torch.Tensor:
        """What the module is given for one image, uint8 (h, w, 3): float32 (1, 3, h, w) on the budget's device."""
        return self._convention.network_input(self._convention.padded(image[None]), self._device)

    def changed(
        self,
        change: Callable[[torch.nn.Module], torch.nn.Module],
        budget: ComputeBudget | None = None,
        half_precision: bool = True,
    ) -> "TorchSuperResolver":
        """A resolver of the module that ``change`` makes of this one's, in place or not, with the same convention.

        It has another ``budget`` if there is one. Precisions other than float32 are tried if both this resolver and
        ``half_precision`` allow it.
        """
        return TorchSuperResolver(
            change(self._network),
            self.scale,
            budget or self._budget,
            self._convention,
            self._memory_per_pixel,
            half_precision and self._half_precision,
        )

    @property
    def _on_gpu(self) -> bool:
        return self._device.type != "cpu"

    def _batch_limit(self, images: npt.NDArray[np.uint8]) -> int:
        if self._random or not self._on_gpu:
            return 1
        pixels: int = images.shape[1] * images.shape[2]
        return max(1, self._most_pixels // pixels)

    def _oom_message(self, images: npt.NDArray[np.uint8]) -> str:
        height, width = images.shape[1:3]
        tile = min(self._budget.memory, height * width * self._memory_per_pixel / 1e6)
        return (
            f"generate.memory: found {self._budget.memory:g} GB, with which not even one image of {width} x {height} "
            f"pixels fits into the memory of {self._device}; allowed: less, such as {tile / 2:.2g}, for smaller tiles"
            " (they change the images of some networks); or a GPU with fewer other jobs"
        )

    def _output(self, images: npt.NDArray[np.uint8], seed: int | None, precision: torch.dtype) -> torch.Tensor:
        """The network's output for ``images``, in its own range: float (n, 3, height, width)."""
        low = self._convention.network_input(self._convention.padded(images), self._device)
        extra = () if seed is None or not self._random else (torch.Generator().manual_seed(seed),)
        with self._precision_context(precision):
            high = self._whole_or_in_tiles(low, extra)
        height, width = (side * self.scale for side in images.shape[1:3])
        return high[:, :, :height, :width]

    def _check_finite(self, output: torch.Tensor, first: int) -> None:
        """Raise `NonFiniteError` for NaN and infinity, which rounding would turn into black and white pixels."""
        if _is_finite(output):
            return
        index = first + int(output.isfinite().flatten(1).all(1).logical_not().nonzero()[0])
        precision = self.details["precision"]
        remedy = "generate.precision: float32" if precision != "float32" else "undamaged weights"
        raise NonFiniteError(f"the network's output is not finite, in {precision}; allowed: {remedy}", index)

    def _whole_or_in_tiles(self, low: torch.Tensor, extra: tuple[torch.Generator, ...]) -> torch.Tensor:
        def network(images: torch.Tensor) -> torch.Tensor:
            output: torch.Tensor = self._network(images.contiguous(memory_format=self._layout), *extra)
            return output

        if low.shape[2] * low.shape[3] <= self._most_pixels:
            return network(low)
        side = self.details["tile"] = int(self._most_pixels**0.5)
        return in_tiles(network, low, self.scale, side, self._convention.multiple_of)

    def _precision_context(self, precision: torch.dtype) -> AbstractContextManager[object]:
        if precision != torch.float32:
            return torch.autocast(self._device.type, dtype=precision)
        if self._device.type == "cuda":
            # By default, cuDNN computes convolutions of 32-bit floats in TF32 (19 bits).
            return torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
        return nullcontext()

    def _candidate_precisions(self, half_precision: bool) -> list[str]:
        names = [self._budget.precision]
        if names == ["auto"]:
            names = ["float16", "bfloat16"] if self._on_gpu else []
        return [name for name in names if name != "float32"] if half_precision else []

    def _choose_precision(self, image: npt.NDArray[np.uint8], seeds: Sequence[int] | None) -> str:
        """First candidate whose PSNR against 32-bit floats is at least `MIN_PSNR` on ``image``, else ``float32``."""
        if not self._candidates:
            return "float32"
        seed = None if seeds is None else seeds[0]
        exact = self._convention.grey_values(self._output(image, seed, torch.float32), image)
        for name in self._candidates:
            output = self._output(image, seed, getattr(torch, name))
            error = (self._convention.grey_values(output, image) - exact).square().mean().item()
            psnr = 10 * np.log10(255**2 / error) if error else np.inf
            logger.info("%s: %.1f dB against float32 (at least %.0f needed)", name, psnr, MIN_PSNR)
            if psnr >= MIN_PSNR and _is_finite(output):  # clamping turns infinity into white
                return name
        return "float32"


def _is_finite(values: torch.Tensor) -> bool:
    """Whether all values are finite, in a tenth of the time of an element-wise test."""
    return bool(torch.stack(torch.aminmax(values)).isfinite().all())

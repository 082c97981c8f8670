"""Conversion between 8-bit photos and a network's input and output, as its authors define it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image


@dataclass(frozen=True)
class Convention:
    """How pixels become a network's input, and its output becomes pixels; the defaults are for RGB in [0, 1].

    The input is ``(pixels / 255 * range - mean) / std``. The output is ``output * std`` in the same range, plus
    ``mean``, or plus what ``residual`` names. Images are padded at the bottom and the right until ``multiple_of``
    divides height and width (by a whole ``multiple_of`` if it already divides, with ``pad_always``), and the result
    is cropped.
    """

    range: int = 1
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: float = 1.0
    residual: str = "none"
    rounding: str = "nearest"
    multiple_of: int = 1
    padding_mode: Literal["reflect", "symmetric", "edge"] = "reflect"
    pad_always: bool = False

    @classmethod
    def from_run(cls, run: Mapping[str, Any]) -> Self:
        """Convention from the options in a network row's ``run``; other options are ignored."""
        return cls(**{field.name: run[field.name] for field in fields(cls) if field.name in run})

    def padded(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Pad uint8 (n, h, w, 3) at the bottom and the right as the network requires."""
        missing = [-side % self.multiple_of for side in images.shape[1:3]]
        if self.pad_always:
            missing = [count or self.multiple_of for count in missing]
        if not any(missing):
            return images
        return np.pad(images, ((0, 0), (0, missing[0]), (0, missing[1]), (0, 0)), mode=self.padding_mode)

    def network_input(self, images: npt.NDArray[np.uint8], device: torch.device) -> torch.Tensor:
        """Convert uint8 (n, h, w, 3) to the network's input, float32 (n, 3, h, w) on ``device``."""
        pixels = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).contiguous().float()
        values = pixels * self.range / 255
        if any(self.mean):
            values -= self._mean(device)
        return values / self.std if self.std != 1 else values

    def grey_values(self, output: torch.Tensor, images: npt.NDArray[np.uint8]) -> torch.Tensor:
        """Convert the output for ``images``, uint8 (n, h, w, 3), to float32 pixel values clamped to [0, 255]."""
        values = output.float() * self.std if self.std != 1 else output.float()
        if self.residual == "none" and any(self.mean):
            values = values + self._mean(output.device)
        values = values * (255 / self.range)
        if self.residual == "pillow_bicubic":
            values = values + _pillow_bicubic(images, values.shape[2:]).to(values)
        return values.clamp(0, 255)

    def rounded(self, values: torch.Tensor) -> npt.NDArray[np.uint8]:
        """Round float (n, 3, height, width) in [0, 255] to uint8 (n, height, width, 3)."""
        levels = ROUNDING[self.rounding](values).to(torch.uint8)
        return levels.permute(0, 2, 3, 1).contiguous().cpu().numpy()

    def _mean(self, device: torch.device) -> torch.Tensor:
        return torch.tensor(self.mean, device=device).view(3, 1, 1)


ROUNDING: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "nearest": torch.round,  # halves to even
    "half_up": lambda values: (values + 0.5).floor().clamp(max=255),
    "down": torch.floor,
}


def _pillow_bicubic(images: npt.NDArray[np.uint8], size: torch.Size) -> torch.Tensor:
    """Upscale 8-bit images with Pillow's bicubic filter; float32 (n, 3, height, width), integers in [0, 255]."""
    height, width = size
    enlarged = [Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC) for image in images]
    return torch.from_numpy(np.stack([np.asarray(image) for image in enlarged])).permute(0, 3, 1, 2).float()

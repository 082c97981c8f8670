"""The outputs of the authors' own code, and the weights and inputs they were made with, both by formula.

``goldens/{name}.json`` and ``.npz`` come from running each author's implementation on a CPU; weights are drawn by the
name of each entry of the state dict, so that no checkpoint is needed.
"""

import json
import zlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch

FOLDER = Path(__file__).parent / "goldens"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Golden:
    """One fixture, such as ``edsr_x2``."""

    name: str

    @cached_property
    def facts(self) -> dict:
        return json.loads((FOLDER / f"{self.name}.json").read_text())

    @cached_property
    def outputs(self) -> dict[str, np.ndarray]:
        with np.load(FOLDER / f"{self.name}.npz") as arrays:
            return dict(arrays)

    @property
    def published_shapes(self) -> dict[str, tuple[int, ...]]:
        """Every entry of the state dict of the published network."""
        return {key: tuple(shape) for key, shape in self.facts["state_dict"].items()}

    @property
    def golden_shapes(self) -> dict[str, tuple[int, ...]]:
        """The same for the network that made the outputs, which may be smaller."""
        shapes = self.facts.get("golden_state_dict") or self.facts["state_dict"]
        return {key: tuple(shape) for key, shape in shapes.items()}

    def images(self, variant: str = "output") -> torch.Tensor:
        """The input that the network was given for one of `outputs`, float32 (1, 3, h, w)."""
        facts = self.facts["variants"][variant] if variant in self.facts.get("variants", {}) else self.facts
        shape = (1, 3, facts["input"]["h"], facts["input"]["w"])
        images = torch.from_numpy(np.random.default_rng(7).random(shape).astype(np.float32))
        if variant == "output_x255":
            return images * 255
        if variant == "output_norm05":
            return (images - 0.5) / 0.5
        return images

    def part(self, output: torch.Tensor, variant: str = "output") -> np.ndarray:
        """What the fixture keeps of such an output: a part of its pixels."""
        if variant == "output_norm05":
            output = output * 0.5 + 0.5
        facts = self.facts["variants"][variant] if variant in self.facts.get("variants", {}) else self.facts
        if facts.get("saved_crop_rows_cols"):
            top, bottom, left, right = facts["saved_crop_rows_cols"]
            output = output[..., top:bottom, left:right]
        elif facts.get("npz", {}).get("crop"):
            crop = facts["npz"]["crop"]
            output = output[
                ..., crop["top"] : crop["top"] + crop["height"], crop["left"] : crop["left"] + crop["width"]
            ]
        return output.numpy()

    def weights(self, network: torch.nn.Module) -> dict[str, torch.Tensor]:
        """The state dict of the fixture, for a network that has just been built: see the fixtures' formula."""
        weights = network.state_dict()
        for key, shape in self.golden_shapes.items():
            if key in self.facts["kept"] or not shape:
                continue
            if self.name.startswith("ncsr") and key.startswith("flowUpsamplerNet.layers."):
                weights[key] = torch.from_numpy(_flow_entry(key, shape))
            else:
                weights[key] = torch.from_numpy(_entry(key, shape))
        for other, key in self.facts.get("aliased", []):
            weights[other] = weights[key]
        return weights


@lru_cache(maxsize=4000)
def _entry(key: str, shape: tuple[int, ...]) -> np.ndarray:
    values = _normal(key, shape)
    if key.endswith("running_var"):
        values = 0.5 + 0.5 * np.abs(values)
    elif key.endswith("running_mean"):
        values = 0.1 * values
    elif len(shape) >= 2:
        values = values / np.sqrt(np.prod(shape[1:]))
    else:
        values = 1 + 0.1 * values if key.endswith(".weight") else 0.02 * values
    return values.astype(np.float32)


def _flow_entry(key: str, shape: tuple[int, ...]) -> np.ndarray:
    """With the formula of all others, the flow of NCSR would overflow; see ``fill_overrides`` in its fixture."""
    parts = key.split(".")
    if key.endswith(".logs"):
        of_the_step = parts[3:] == ["actnorm", "logs"]
        return (0.02 * _normal(key, shape) + 0.2 * of_the_step).astype(np.float32)
    if key.endswith(".invconv.weight"):
        orthogonal, triangle = np.linalg.qr(_normal(key, shape))
        return (orthogonal * np.sign(np.diag(triangle))).astype(np.float32)
    if key.endswith((".4.weight", ".conv.weight")):
        return (0.02 * _normal(key, shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
    return _entry(key, shape)


def _normal(key: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(key.encode())).standard_normal(shape)


def forget_weights() -> None:
    """Free the memory of the weights drawn so far."""
    _entry.cache_clear()

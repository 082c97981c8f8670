"""Backbones from a crop to a feature vector: one interface for the demo's small network and for timm's."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.classifiers.residual_statistics import ResidualStatistics
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.precision import autocast, exact_or_tf32


class Classifier(nn.Module):
    """A backbone and one linear layer, with dropout between them in training.

    Input is float32 (n, 3, crop, crop), RGB in [0, 1]; the backbone normalises it. ``forward`` returns
    logits (n, classes), ``features`` the inputs (n, d) of the last layer, both float32. A `StatisticsBackbone` takes
    the statistics of crops (n, number) in their place. ``precision`` is that of the backbone's convolutions and
    matrix products: ``float32``, ``bfloat16`` or ``tf32`` (see `runtime.precision`). What first sees pixels stays in
    float32: bfloat16 has 8 bits, and fingerprints are below the grey levels.
    """

    def __init__(self, backbone: "HighPass | StatisticsBackbone | TimmBackbone", classes: int, dropout: float = 0):
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(backbone.num_features, classes)
        self.precision = "float32"

    def features(self, images: torch.Tensor) -> torch.Tensor:
        if self.precision == "float32":
            features: torch.Tensor = self.backbone(images)
            return features
        with exact_or_tf32(self.precision, images.device.type), autocast(self.precision, images.device.type):
            return self.backbone(images).float()  # type: ignore[no-any-return]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.dropout(self.features(images)))
        return logits


class Residual(nn.Module):
    """High-pass residual: float32 (n, 3, h, w), RGB in [0, 1], to (n, 6, h - 2, w - 2) of magnitude about 1.

    The fingerprint of a super-resolution network lies in the finest detail, far below the contrast of the photo. A
    fixed high-pass filter (a pixel minus the mean of its 8 neighbours, per channel) removes most of the photo; as in
    steganalysis (Bayar and Stamm 2016), it lets a small network learn from scratch in minutes. The output has the
    residual twice: truncated, as in steganalysis, for the faint texture of flat areas, and linear, for edges.
    """

    channels = 6
    high_pass: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        kernel = torch.full((3, 1, 3, 3), -1 / 8)
        kernel[:, :, 1, 1] = 1
        self.register_buffer("high_pass", kernel, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        # No padding: with padded neighbours, the photo itself would remain at the border.
        with _without_autocast(images):
            residual = functional.conv2d(images, self.high_pass, groups=3) * 255
        # In grey levels: edges reach tens of them, flat areas a few.
        return torch.cat([torch.tanh(residual / 2), residual / 16], dim=1)


class HighPass(nn.Module):
    """A small convolutional network on the `Residual`, trained from scratch.

    Its layers have ``width``, 2 ``width`` and 2 ``width`` channels: 0.13 M parameters for 48, 16,000 for 16. On a CPU
    a narrow one learns more in the same time, since it sees more images. Pixel unshuffling turns squares of 2 x 2
    pixels into channels, which halves the sides and keeps every pixel. Features are means over the crop, so any crop
    of 10 pixels or more is allowed.
    """

    def __init__(self, width: int = 48):
        super().__init__()
        self.residual = Residual()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            *_convolution(4 * Residual.channels, width),
            *_convolution(width, 2 * width, stride=2),
            *_convolution(2 * width, 2 * width),
        )
        self.num_features = 2 * width

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        residual = self.residual(images)
        height, width = (side - side % 2 for side in residual.shape[2:])
        features: torch.Tensor = self.layers(residual[..., :height, :width])
        return features.mean(dim=(2, 3))


class StatisticsBackbone(nn.Module):
    """`ResidualStatistics` and one hidden layer of ``width`` features on them.

    Only this layer is learned, so the statistics of a crop need to be computed once, however often training looks at
    them. Images are float32 (n, 3, h, w), RGB in [0, 1], of 16 pixels or more; statistics (n, number) are accepted in
    their place.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, width: int = 256):
        super().__init__()
        self.statistics = ResidualStatistics()
        number = self.statistics.number
        self.register_buffer("mean", torch.zeros(number))
        self.register_buffer("deviation", torch.ones(number))
        self.layers = nn.Sequential(nn.Dropout(0.2), nn.Linear(number, width), nn.BatchNorm1d(width), nn.ReLU())
        self.num_features = width

    @property
    def is_standardised(self) -> bool:
        return bool((self.deviation != 1).any())

    def standardise(self, statistics: npt.NDArray[np.floating]) -> None:
        """From now on, statistics are taken in standard deviations from the mean of these (n, number)."""
        mean, square = np.zeros(statistics.shape[1]), np.zeros(statistics.shape[1])
        for start in range(0, len(statistics), 4096):  # a copy of all in 64 bits would not fit into memory
            part = statistics[start : start + 4096].astype(np.float64)
            mean, square = mean + part.sum(axis=0) / len(statistics), square + (part**2).sum(axis=0) / len(statistics)
        self.mean.copy_(torch.from_numpy(mean))
        self.deviation.copy_(torch.from_numpy(np.sqrt(np.maximum(square - mean**2, 0)) + SMALLEST_DEVIATION))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        statistics = images if images.dim() == 2 else self.statistics(images)
        # What no training crop was near to shall not decide alone.
        features: torch.Tensor = self.layers(((statistics - self.mean) / self.deviation).clamp(-5, 5))
        return features


SMALLEST_DEVIATION = 1e-3
"""Added to standard deviations of statistics, some of which are constant."""


class TimmBackbone(nn.Module):
    """Any backbone of timm without its last layer.

    With ``input`` ``pixels``, images are normalised as it expects; with ``highpass`` its input is the `Residual`, and
    its first layer has 6 channels. ``stochastic_depth`` is the probability of dropping its last residual branch in
    training, proportionally lower for earlier ones (Huang et al., ECCV 2016; timm's ``drop_path_rate``).
    """

    def __init__(self, name: str, pretrained: bool, input: str, stochastic_depth: float):
        import timm

        super().__init__()
        options: dict[str, Any] = {"num_classes": 0}
        if stochastic_depth:  # not all backbones of timm accept it
            options["drop_path_rate"] = stochastic_depth
        if input == "highpass":
            options["in_chans"] = Residual.channels
        model: Any = timm.create_model(name, pretrained=pretrained, **options)
        self.model = model
        self.num_features: int = model.head_hidden_size  # input features of its last layer
        self.prepare = Residual() if input == "highpass" else _Normalisation(model.pretrained_cfg)
        if input == "pixels":
            _keep_first_convolution_exact(model)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.model(self.prepare(images))
        return features


def _keep_first_convolution_exact(model: nn.Module) -> None:
    """Leave autocast out of the first convolution: a normalised pixel in bfloat16 is off by half a grey level."""
    first = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    if first is not None:
        first.__class__ = type(first.__class__.__name__, (_WithoutAutocast, first.__class__), {})


def _without_autocast(images: torch.Tensor) -> AbstractContextManager[None]:
    """Computation on ``images`` in their own precision; a device that computes nothing, meta, knows no other."""
    if images.device.type == "meta":
        return nullcontext()
    return cast("AbstractContextManager[None]", torch.autocast(images.device.type, enabled=False))


class _WithoutAutocast(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        with _without_autocast(images):
            return super().forward(images)  # type: ignore[no-any-return]


class _Normalisation(nn.Module):
    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, expected: Mapping[str, Any]):
        super().__init__()
        for key in ("mean", "std"):
            self.register_buffer(key, torch.tensor(expected[key]).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images - self.mean) / self.std


OWN_BACKBONE = r"(highpass|statistics)(\d*)"
"""Pattern of the names of our own backbones; the digits are the width."""

OFFLINE_REMEDY = (
    "weights: none; or, when offline, Hugging Face's cache (~/.cache/huggingface, or HF_HOME) from a machine "
    "where timm.create_model(..., pretrained=True) has downloaded them"
)
"""Remedy when timm cannot download its weights."""


def build_classifier(
    backbone: str,
    classes: int,
    weights: str = "none",
    input: str = "pixels",
    dropout: float = 0,
    stochastic_depth: float = 0,
) -> Classifier:
    """Build a classifier with random weights, or with timm's ImageNet weights in its backbone.

    ``backbone`` is ``highpass`` or ``statistics``, optionally with a width as in ``highpass16``, whose input is
    always high-passed, or a name of timm's, with the ``input`` ``pixels`` or ``highpass``. Raises `InputError` for an
    unknown backbone, for settings that it does not support, and for weights that are not available.
    """
    if own := re.fullmatch(OWN_BACKBONE, backbone):
        if weights != "none":
            raise InputError(f"classifiers.weights: found {weights!r}; allowed with backbone {backbone}: none")
        width = (int(own[2]),) if own[2] else ()
        ours = HighPass(*width) if own[1] == "highpass" else StatisticsBackbone(*width)
        return Classifier(ours, classes, dropout)
    try:
        return Classifier(TimmBackbone(backbone, weights == "imagenet", input, stochastic_depth), classes, dropout)
    except Exception as error:
        remedy = OFFLINE_REMEDY
        if "Unknown model" in str(error):
            remedy = "a name from timm.list_models()"
        elif "drop_path_rate" in str(error):
            remedy = "stochastic_depth: 0, or a backbone that has residual branches to leave out"
        raise InputError(
            f"classifiers.backbone: found {backbone!r} with weights {weights!r}: {error}; allowed: {remedy}"
        ) from error


def _convolution(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]

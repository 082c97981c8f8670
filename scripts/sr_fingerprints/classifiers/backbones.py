"""Backbones: from a crop to a feature vector, one interface for the demo's small network and for timm's."""

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.runtime.errors import InputError


class Classifier(nn.Module):
    """A backbone and one linear layer, in training with dropout before it.

    Input is float32 (n, 3, crop, crop), RGB in [0, 1]; the backbone normalises it as it needs. ``forward`` gives
    logits (n, classes), ``features`` the vectors (n, d) that the last layer sees.
    """

    def __init__(self, backbone: "HighPass | TimmBackbone", classes: int, dropout: float = 0):
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(backbone.num_features, classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.backbone(images)
        return features

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.dropout(self.features(images)))
        return logits


class Residual(nn.Module):
    """High-passed pixels: float32 (n, 3, h, w), RGB in [0, 1], become (n, 6, h - 2, w - 2), about as large as 1.

    What a super-resolution network leaves of itself lies in the finest detail, far below the contrast of the
    photo. A fixed high-pass filter (a pixel less the mean of its 8 neighbours, each channel by itself) takes
    most of the photo away; as in steganalysis (Bayar and Stamm 2016), it lets a small network learn in minutes from
    scratch. The residual is seen twice: truncated, as steganalysis does, for the faint texture of flat areas, and as
    it is, for what happens at edges.
    """

    channels = 6
    high_pass: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        kernel = torch.full((3, 1, 3, 3), -1 / 8)
        kernel[:, :, 1, 1] = 1
        self.register_buffer("high_pass", kernel, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        # Without padding: beyond the border nothing can be subtracted, and the photo itself would remain.
        residual = functional.conv2d(images, self.high_pass, groups=3) * 255
        # In grey levels: edges reach tens of them, flat areas a few.
        return torch.cat([torch.tanh(residual / 2), residual / 16], dim=1)


class HighPass(nn.Module):
    """A small convolutional network on the `Residual`, trained from scratch.

    Its layers have ``width``, twice and twice ``width`` features: 0.13 M parameters for 48, 16,000 for 16. On a CPU
    a narrow one learns more in the same time, since it sees more images. Squares of 2 x 2 pixels become channels,
    which halves the sides and keeps every pixel. Features are means over the crop, so any crop of 10 pixels or more
    will do.
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
        seen = self.residual(images)
        height, width = (side - side % 2 for side in seen.shape[2:])
        features: torch.Tensor = self.layers(seen[..., :height, :width])
        return features.mean(dim=(2, 3))


class TimmBackbone(nn.Module):
    """Any backbone that timm names, without its last layer, on its ``input``.

    ``pixels`` are normalised as it expects; ``highpass`` is the `Residual`, for which its first layer has 6 channels.
    ``stochastic_depth`` is the share of its last residual branches that are left out in training, of earlier ones
    proportionally fewer (Huang et al., ECCV 2016; timm's ``drop_path_rate``).
    """

    def __init__(self, name: str, pretrained: bool, input: str, stochastic_depth: float):
        import timm

        super().__init__()
        options: dict[str, Any] = {"num_classes": 0}
        if stochastic_depth:  # not all of timm's have it
            options["drop_path_rate"] = stochastic_depth
        if input == "highpass":
            options["in_chans"] = Residual.channels
        model: Any = timm.create_model(name, pretrained=pretrained, **options)
        self.model = model
        self.num_features: int = model.head_hidden_size  # of what its last layer would get
        self.prepare = Residual() if input == "highpass" else _Normalisation(model.pretrained_cfg)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.model(self.prepare(images))
        return features


class _Normalisation(nn.Module):
    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, expected: Mapping[str, Any]):
        super().__init__()
        for key in ("mean", "std"):
            self.register_buffer(key, torch.tensor(expected[key]).view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images - self.mean) / self.std


OWN = r"highpass(\d*)"
"""Names of our own backbone."""

OFFLINE = (
    "weights: none; or, when offline, Hugging Face's cache (~/.cache/huggingface) of a machine where "
    "timm.create_model(..., pretrained=True) has fetched them"
)
"""What helps where timm cannot get its weights."""


def build_classifier(
    backbone: str,
    classes: int,
    weights: str = "none",
    input: str = "pixels",
    dropout: float = 0,
    stochastic_depth: float = 0,
) -> Classifier:
    """A classifier with fresh weights, or with timm's ImageNet weights in its backbone.

    ``backbone`` is ``highpass``, or with the width of its layers ``highpass16`` or the like, whose input is always
    high-passed, or what timm names, on the ``input`` ``pixels`` or ``highpass``. Raises `InputError` for a backbone
    that does not exist, or not so, and for weights that cannot be had.
    """
    if highpass := re.fullmatch(OWN, backbone):
        if weights != "none":
            raise InputError(f"classifiers.weights: found {weights!r}; allowed with backbone {backbone}: none")
        return Classifier(HighPass(int(highpass[1] or 48)), classes, dropout)
    try:
        return Classifier(TimmBackbone(backbone, weights == "imagenet", input, stochastic_depth), classes, dropout)
    except Exception as error:
        remedy = OFFLINE
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

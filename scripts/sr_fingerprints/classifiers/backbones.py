"""Backbones: from a crop to a feature vector, one interface for the demo's small network and for timm's."""

import re

import torch
from torch import nn
from torch.nn import functional

from sr_fingerprints.errors import InputError


class Classifier(nn.Module):
    """A backbone and one linear layer.

    Input is float32 (n, 3, crop, crop), RGB in [0, 1]; the backbone normalises it as it needs. ``forward`` gives
    logits (n, classes), ``features`` the vectors (n, d) that the last layer sees.
    """

    def __init__(self, backbone: nn.Module, classes: int):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(backbone.num_features, classes)

    def features(self, images: torch.Tensor) -> torch.Tensor:
        return self.backbone(images)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(images))


class HighPass(nn.Module):
    """A small convolutional network on high-passed pixels, trained from scratch.

    Its layers have ``width``, twice and twice ``width`` features: 0.13 M parameters for 48, 16,000 for 16. On a CPU
    a narrow one learns more in the same time, since it sees more images.

    What a super-resolution network leaves of itself lies in the finest detail, far below the contrast of the
    photo. A fixed high-pass filter (a pixel less the mean of its 8 neighbours, each channel by itself) takes
    most of the photo away; as in steganalysis (Bayar and Stamm 2016), it lets a network this small learn in
    minutes. The residual is seen twice: as it is, for what happens at edges, and truncated, as steganalysis
    does, for the faint texture of flat areas. Squares of 2 x 2 pixels become channels, which halves the sides
    and keeps every pixel. Features are means over the crop, so any crop of 10 pixels or more will do.
    """

    def __init__(self, width: int = 48):
        super().__init__()
        kernel = torch.full((3, 1, 3, 3), -1 / 8)
        kernel[:, :, 1, 1] = 1
        self.register_buffer("high_pass", kernel, persistent=False)
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            *_convolution(24, width),
            *_convolution(width, 2 * width, stride=2),
            *_convolution(2 * width, 2 * width),
        )
        self.num_features = 2 * width

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        # Without padding: beyond the border nothing can be subtracted, and the photo itself would remain.
        residual = functional.conv2d(images, self.high_pass, groups=3) * 255
        height, width = (side - side % 2 for side in residual.shape[2:])
        residual = residual[..., :height, :width]
        # In grey levels: edges reach tens of them, flat areas a few.
        seen = torch.cat([torch.tanh(residual / 2), residual / 16], dim=1)
        return self.layers(seen).mean(dim=(2, 3))


class TimmBackbone(nn.Module):
    """Any backbone that timm names, without its last layer, on images normalised as it expects."""

    def __init__(self, name: str, pretrained: bool):
        import timm

        super().__init__()
        self.model = timm.create_model(name, pretrained=pretrained, num_classes=0)
        self.num_features = self.model.head_hidden_size  # of what its last layer would get
        for key in ("mean", "std"):
            values = torch.tensor(self.model.pretrained_cfg[key]).view(1, 3, 1, 1)
            self.register_buffer(key, values, persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.model((images - self.mean) / self.std)


OFFLINE = (
    "weights: none; or, when offline, Hugging Face's cache (~/.cache/huggingface) of a machine where "
    "timm.create_model(..., pretrained=True) has fetched them"
)
"""What helps where timm cannot get its weights."""


def build_classifier(backbone: str, classes: int, weights: str = "none") -> Classifier:
    """A classifier with fresh weights, or with timm's ImageNet weights in its backbone.

    ``backbone`` is ``highpass``, or with the width of its layers ``highpass16`` or the like, or what timm names.
    Raises `InputError` for a backbone that does not exist, and for weights that cannot be had.
    """
    if highpass := re.fullmatch(r"highpass(\d*)", backbone):
        if weights != "none":
            raise InputError(f"classifiers.weights: found {weights!r}; allowed with backbone {backbone}: none")
        return Classifier(HighPass(int(highpass[1] or 48)), classes)
    try:
        return Classifier(TimmBackbone(backbone, pretrained=weights == "imagenet"), classes)
    except Exception as error:
        remedy = "a name from timm.list_models()" if "Unknown model" in str(error) else OFFLINE
        raise InputError(
            f"classifiers.backbone: found {backbone!r} with weights {weights!r}: {error}; allowed: {remedy}"
        ) from error


def _convolution(inputs: int, outputs: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]

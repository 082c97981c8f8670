"""Perceptual losses: distances of two images in the activations of an image classifier.

With ImageNet weights this is the content loss of SRGAN (Ledig et al., CVPR 2017, Equation 5), without its
constant factor. If ImageNet weights are not available, the same layers with fixed random weights are used: random
convolutions still compare structure over several pixels, without knowledge of objects.
"""

from typing import Any

import torch
from torch import nn

from sr_fingerprints.files.imagenet import imagenet_state
from sr_fingerprints.networks.random_weights import initialise_convolutions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import import_without_packages

RANDOM_WEIGHTS_SEED = 20220607
"""Shared by trainings of all seeds, since these weights are part of the loss."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class PerceptualLoss(nn.Module):
    """Mean squared difference of the activations of two batches, float32 (n, 3, side, side) RGB in [0, 1].

    extractor: ``VGG19``, whose activations are those of the convolution ``vgg_layer`` before its rectifier, as in
        BasicSR (``conv5_4`` is the fourth of the fifth block; SRGAN uses it after the rectifier), or
        ``ResNet18``, whose activations are those of ``layer3``.
    weights: ``imagenet`` for torchvision's, which are downloaded once, or ``random``.

    Random weights are drawn by `initialise_convolutions`. The statistics of batch normalisation are computed from
    noise with the spectrum of photographs. Activations are divided by their standard deviation on that noise, so the
    loss is the fraction of the activations' variance that is not reproduced: about 1 for an image without detail, for
    every extractor and layer, so that the weight of the adversarial loss means the same for all.
    """

    mean: torch.Tensor
    deviation: torch.Tensor
    magnitude: torch.Tensor

    def __init__(self, extractor: str, weights: str, vgg_layer: str):
        super().__init__()
        if weights not in ("random", "imagenet"):
            raise InputError(f"perceptual_weights: {weights!r} is not known; use 'random' or 'imagenet'")
        self.features = _vgg19(vgg_layer, weights) if extractor == "VGG19" else _resnet18_to_layer3(weights)
        self.features.eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor(IMAGENET_STD).view(3, 1, 1))
        self.register_buffer("magnitude", torch.tensor(1.0))
        if weights == "random":
            self._randomise()

    def forward(self, images: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            target_activations = self._activations(target)
        return nn.functional.mse_loss(self._activations(images), target_activations)

    def _activations(self, images: torch.Tensor) -> torch.Tensor:
        activations: torch.Tensor = self.features((images - self.mean) / self.deviation)
        return activations / self.magnitude

    @torch.no_grad()
    def _randomise(self) -> None:
        random = torch.Generator().manual_seed(RANDOM_WEIGHTS_SEED)
        initialise_convolutions(self.features, random)
        noise = _photographic_noise(random)
        for module in self.features.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # statistics of the noise alone, not a moving average
        self.features.train()
        self.features(noise)
        self.features.eval()
        self.magnitude = self.features(noise).var(dim=(0, 2, 3)).mean().sqrt()


def _photographic_noise(random: torch.Generator) -> torch.Tensor:
    """Noise of mean 0 and variance 1, float32 (16, 3, 64, 64), equal in the three colours.

    Its amplitudes fall as 1/f with frequency, like those of photographs (Field, J. Opt. Soc. Am. A 4, 1987).
    """
    side = 64
    frequency = torch.hypot(torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None])
    frequency[0, 0] = 1 / side
    spectrum = torch.fft.rfft2(torch.randn(16, 1, side, side, generator=random)) / frequency
    noise = torch.fft.irfft2(spectrum, s=(side, side))
    normalised: torch.Tensor = noise / noise.std()
    return normalised.expand(-1, 3, -1, -1)


def _vgg19(layer: str, weights: str) -> nn.Sequential:
    """The layers of VGG19 up to the convolution ``conv{block}_{index}``, counted from 1, without its rectifier."""
    vgg = import_without_packages("torchvision.models.vgg")
    plan = vgg.cfgs["E"]
    entries = {}
    block, index = 1, 0
    for entry, width in enumerate(plan):
        block, index = (block + 1, 0) if width == "M" else (block, index + 1)
        entries[f"conv{block}_{index}"] = entry
    known = [name for name in entries if not name.endswith("_0")]
    if layer not in known:
        raise InputError(f"vgg_layer: {layer!r} is not a convolution of VGG19; use one of {', '.join(known)}")
    features: nn.Sequential = vgg.make_layers(plan[: entries[layer] + 1])[:-1]
    if weights == "imagenet":
        _load_imagenet(nn.ModuleDict({"features": features}), vgg.VGG19_Weights.IMAGENET1K_V1)
    return features


def _resnet18_to_layer3(weights: str) -> nn.Sequential:
    resnet = import_without_packages("torchvision.models.resnet")
    network = resnet.resnet18()
    if weights == "imagenet":
        _load_imagenet(network, resnet.ResNet18_Weights.IMAGENET1K_V1)
    names = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3")
    return nn.Sequential(*[getattr(network, name) for name in names])


def _load_imagenet(network: nn.Module, weights: Any) -> None:
    """Load torchvision's ``weights`` into ``network``, which may be a part of their architecture."""
    state = imagenet_state(weights, "perceptual_weights")
    network.load_state_dict({name: state[name] for name in network.state_dict()})

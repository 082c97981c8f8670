"""NCSR, a normalising flow that samples one of many high-resolution images for a low-resolution one.

Kim and Son, "NCSR: Noise Conditional Flow Model for Learning the Super-Resolution Space", CVPR Workshops 2021, under
the names of the authors' state dicts. It builds on Lugmayr, Danelljan, Van Gool and Timofte, "SRFlow: Learning the
Super-Resolution Space with Normalizing Flow", ECCV 2020, from which it takes steps, levels and encoder.

In training, the flow turns a photo into Gaussian noise, step by step, conditioned on the low-resolution image. Here
it only runs in the inverse direction: a layer's ``forward`` is the inverse of its transform in training.
"""

import torch
from torch import nn
from torch.nn.functional import conv2d, interpolate, leaky_relu, pixel_shuffle

from sr_fingerprints.networks.architectures import check_scale
from sr_fingerprints.networks.architectures.published.esrgan import SLOPE, RRDBNet
from sr_fingerprints.networks.architectures.published.parts import convolution
from sr_fingerprints.runtime.errors import InputError

STACKED_BLOCKS = (1, 8, 15, 22)
"""Blocks of the encoder whose outputs are part of the condition."""

CONDITION = 64 * (1 + len(STACKED_BLOCKS))
"""Features that each level of the flow is conditioned on."""

NOISE_CHANNELS = 3
HIDDEN = 64

CHANNELS = {1: 12, 2: 24, 3: 96}
"""Channels of the flow at each level, on a grid of 2 h x 2 w, h x w and h/2 x w/2 for an image of h x w."""

STEPS = {1: range(1, 19), 2: range(21, 39), 3: range(40, 58)}
"""Indices of each level's steps among the flow's layers. The others are squeezes without weights, and the split."""

TRANSITIONS = 2
"""Steps without condition, the first ones of a level in the order of training."""

SPLIT = 19


def build(scale: int, heat: float = 0.9) -> nn.Module:
    """NCSR; the scale is 4. RGB in [0, 1] in and out, the result not clamped.

    Height and width have to be even, and 8 at least (the authors pad by reflection at the bottom and the right).

    heat: standard deviation of the random numbers; the authors' default for testing. At 0 the result is not random.
    """
    check_scale("NCSR", scale, (4,))
    return NCSR(heat)


class NCSR(nn.Module):
    """An encoder of the low-resolution image, and the flow that it conditions."""

    random = True

    def __init__(self, heat: float):
        super().__init__()
        self.heat = heat
        self.RRDB = Encoder(features=64, blocks=23, growth=32)
        self.flowUpsamplerNet = Flow()

    def forward(self, images: torch.Tensor, generator: torch.Generator | None = None) -> torch.Tensor:
        """RGB (n, 3, h, w) in [0, 1] to (n, 3, 4 h, 4 w), not clamped; see `build`.

        The random numbers are drawn on the CPU, from ``generator`` or else torch's random state. Raises `InputError`
        for a height or width that is odd or less than 8.
        """
        count, _, height, width = images.shape
        if min(height, width) < 8 or height % 2 or width % 2:
            raise InputError(
                f"NCSR: an image of {width} x {height} pixels is not possible; "
                "width and height have to be even, and 8 at least"
            )
        latent_shape = (count, CHANNELS[3], height // 2, width // 2)
        split_shape = (count, CHANNELS[1] // 2, height * 2, width * 2)
        latent, split_latent = (
            (self.heat * torch.randn(shape, generator=generator)).to(images) for shape in (latent_shape, split_shape)
        )
        enlarged: torch.Tensor = self.flowUpsamplerNet(latent, split_latent, self.RRDB.conditions(images))
        return enlarged


class Encoder(RRDBNet):
    """ESRGAN's trunk without the skip from ``conv_first``; ``upconv2`` and all after it are loaded, not used."""

    def conditions(self, images: torch.Tensor) -> dict[int, torch.Tensor]:
        """Condition (n, `CONDITION`, height, width) of each level, from images (n, 3, h, w) in [0, 1]."""
        features = self.conv_first(images)
        stacked = []
        for i, block in enumerate(self.RRDB_trunk):
            features = block(features)
            if i in STACKED_BLOCKS:
                stacked.append(features)
        features = features + self.trunk_conv(features)
        stack = torch.cat(stacked, dim=1)
        doubled = leaky_relu(self.upconv1(interpolate(features, scale_factor=2)), SLOPE)
        halved = interpolate(features, scale_factor=0.5, mode="bilinear")
        return {
            1: torch.cat([doubled, interpolate(stack, scale_factor=2)], dim=1),
            2: torch.cat([features, stack], dim=1),
            3: torch.cat([halved, interpolate(stack, scale_factor=0.5)], dim=1),
        }


class Flow(nn.Module):
    """Three levels of steps; after each level, four channels of a pixel become one channel of four pixels."""

    def __init__(self) -> None:
        super().__init__()
        layers: dict[int, nn.Module] = {SPLIT: Split(CHANNELS[1] // 2)}
        for level, places in STEPS.items():
            for place in places[:TRANSITIONS]:
                layers[place] = TransitionStep(CHANNELS[level])
            for place in places[TRANSITIONS:]:
                layers[place] = ConditionalStep(CHANNELS[level], noise_conditional=level > 1)
        self.layers = nn.ModuleDict({str(place): layers[place] for place in sorted(layers)})
        self.f = nn.Sequential(convolution(CONDITION, CHANNELS[3]))  # loaded, not used

    def forward(
        self, latent: torch.Tensor, split_latent: torch.Tensor, conditions: dict[int, torch.Tensor]
    ) -> torch.Tensor:
        """RGB (n, 3, 4 h, 4 w) from the latent (n, 96, h/2, w/2) and that of the split, (n, 6, 2 h, 2 w)."""
        values = latent
        for level in (3, 2, 1):
            if level == 1:
                values = self.layers[str(SPLIT)](values, split_latent)
            for place in reversed(STEPS[level]):
                values = self.layers[str(place)](values, conditions[level])
            values = pixel_shuffle(values, 2)
        return values


class TransitionStep(nn.Module):
    """A step that mixes and scales the channels, equally at all pixels."""

    def __init__(self, channels: int):
        super().__init__()
        self.actnorm = ActivationNormalisation(channels)
        self.invconv = InvertibleConvolution(channels)

    def forward(self, values: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return self.actnorm.undo(self.invconv(values))


class ConditionalStep(TransitionStep):
    """A transition step with an affine coupling, which depends on the condition."""

    def __init__(self, channels: int, noise_conditional: bool):
        super().__init__(channels)
        self.affine = AffineCoupling(channels, noise_conditional)

    def forward(self, values: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return super().forward(self.affine(values, condition), condition)


class AffineCoupling(nn.Module):
    """Three transforms: of one half by the other and the condition, by the other and noise, of all by the condition.

    noise_conditional: whether the second one is applied; its weights are loaded in any case. In training the noise is
        the one added to the photos; here it is zero.
    """

    def __init__(self, channels: int, noise_conditional: bool):
        super().__init__()
        half = channels // 2
        self.noise_conditional = noise_conditional
        self.fAffine = parameter_network(half + CONDITION, 2 * half)
        self.fFeatures = parameter_network(CONDITION, 2 * channels)
        self.fAffine_std = parameter_network(half + NOISE_CHANNELS, 2 * half)

    def forward(self, values: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        kept, changed = values.chunk(2, dim=1)
        changed = undo_affine(changed, self.fAffine(torch.cat([kept, condition], dim=1)))
        if self.noise_conditional:
            noise = torch.zeros_like(values[:, :NOISE_CHANNELS])
            changed = undo_affine(changed, self.fAffine_std(torch.cat([kept, noise], dim=1)))
        return undo_affine(torch.cat([kept, changed], dim=1), self.fFeatures(condition))


def undo_affine(values: torch.Tensor, parameters: torch.Tensor) -> torch.Tensor:
    """Invert a shift and scale of ``values``; in ``parameters`` the channels of both alternate."""
    shift, scale = parameters[:, 0::2], parameters[:, 1::2]
    return values / (torch.sigmoid(scale + 2) + 1e-4) - shift


def parameter_network(inputs: int, outputs: int) -> nn.Sequential:
    """Three convolutions that predict the parameters of an affine transform at each pixel."""
    return nn.Sequential(
        NormalisedConvolution(inputs, HIDDEN, kernel_size=3),
        nn.ReLU(inplace=True),
        NormalisedConvolution(HIDDEN, HIDDEN, kernel_size=1),
        nn.ReLU(inplace=True),
        ScaledConvolution(HIDDEN, outputs),
    )


class Split(nn.Module):
    """Appends the channels that in training are split off here as noise and skip the following levels."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = ScaledConvolution(channels, 2 * channels)

    def forward(self, values: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
        parameters = self.conv(values)
        mean, log_deviation = parameters[:, 0::2], parameters[:, 1::2]
        return torch.cat([values, mean + log_deviation.exp() * latent], dim=1)


class InvertibleConvolution(nn.Module):
    """A 1 x 1 convolution, applied with the inverse of its weights."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(nn.init.orthogonal_(torch.empty(channels, channels)))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        inverse = torch.linalg.inv(self.weight.double()).to(values.dtype)
        return conv2d(values, inverse[:, :, None, None])


class ActivationNormalisation(nn.Module):
    """A shift and a scale of each channel."""

    def __init__(self, channels: int):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.logs = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return (values + self.bias) * self.logs.exp()

    def undo(self, values: torch.Tensor) -> torch.Tensor:
        return values * (-self.logs).exp() - self.bias


class NormalisedConvolution(nn.Conv2d):
    """A convolution that keeps height and width, then an activation normalisation in place of its bias."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int):
        super().__init__(inputs, outputs, kernel_size, padding=kernel_size // 2, bias=False)
        self.actnorm = ActivationNormalisation(outputs)
        nn.init.normal_(self.weight, std=0.05)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        normalised: torch.Tensor = self.actnorm(super().forward(features))
        return normalised


class ScaledConvolution(nn.Conv2d):
    """A 3 x 3 convolution with a scale for every output, initialised with zeros."""

    bias: nn.Parameter

    def __init__(self, inputs: int, outputs: int):
        super().__init__(inputs, outputs, kernel_size=3, padding=1)
        self.logs = nn.Parameter(torch.zeros(outputs, 1, 1))
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return super().forward(features) * (3 * self.logs).exp()

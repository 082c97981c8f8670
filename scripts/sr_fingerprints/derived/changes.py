"""Changes of a network that need no training: number formats, 8-bit arithmetic, pruned weights."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.utils import prune as torch_prune

from sr_fingerprints.runtime.errors import InputError

ENGINES = ("fbgemm", "qnnpack")
"""torch's 8-bit kernels that are tried: those of x86 processors, and of ARM."""

WEIGHTED = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
"""Layers whose weights are pruned."""

HIGHEST = 127
"""Largest of the 128 levels of activations: torch's default for fbgemm, whose sums of two products would overflow
16 bits with 256 levels on processors without VNNI."""


class InPrecision(nn.Module):
    """A network whose weights and arithmetic are of another number format; images are float32 on both sides.

    Where a network mixes formats, as SwinIR does with the float32 masks of its windows, `torch.autocast` decides.
    """

    def __init__(self, network: nn.Module, precision: str):
        super().__init__()
        self._dtype = getattr(torch, precision)
        self.network = network.to(self._dtype)
        self.random = getattr(network, "random", False)

    def forward(self, images: torch.Tensor, *extra: torch.Generator) -> torch.Tensor:
        """Images float32 (n, 3, h, w) to the network's output, float32."""
        with torch.autocast(images.device.type, self._dtype):
            enlarged: torch.Tensor = self.network(images.to(self._dtype), *extra)
        return enlarged.float()


def pruned(network: nn.Module, share: float) -> nn.Module:
    """Set this share of all weights to zero, those of the smallest magnitude in the whole network.

    Global unstructured pruning (Han et al., "Learning both weights and connections", NeurIPS 2015) by
    `torch.nn.utils.prune`, of the layers in `WEIGHTED`. Biases stay.
    """
    layers = [(layer, "weight") for layer in network.modules() if isinstance(layer, WEIGHTED)]
    if share and layers:
        torch_prune.global_unstructured(layers, pruning_method=torch_prune.L1Unstructured, amount=float(share))
        for layer, name in layers:
            torch_prune.remove(layer, name)
    return network


def averaged(
    weights: dict[str, torch.Tensor], other: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Weights between two networks: (1 - share) of the one, share of the ``other``; integers are the first's.

    Raises `InputError` if the two have other names or shapes of weights.
    """
    shapes, others = ({name: value.shape for name, value in each.items()} for each in (weights, other))
    if shapes != others:
        raise InputError("average: networks whose weights have other names or shapes; allowed: of one architecture")
    return {
        name: torch.lerp(value, other[name], share) if value.is_floating_point() else value
        for name, value in weights.items()
    }


def observed(network: nn.Module) -> nn.Module:
    """Wrap every convolution and linear layer, in place, so that the range of its input and output is observed.

    Each is then quantised by itself, with float32 between the layers: this needs nothing to be known of an
    architecture. Layers of classes of an architecture's own, such as the subtraction of a mean, stay as they are. The
    state dict has the ranges beside the weights. Raises `InputError` if this machine's torch has no
    8-bit kernels, or if the network has no such layers.
    """
    with _quantising():
        if not _wrap(network):
            raise InputError("quantise: no convolutions or linear layers; allowed: networks that have some")
        torch.ao.quantization.prepare(network.eval(), inplace=True)
    return network


@torch.inference_mode()
def calibrate(network: nn.Module, images: Iterable[torch.Tensor], seed: int) -> None:
    """Apply an `observed` network to ``images``, as it takes them, one batch after the other.

    ``seed`` is that of a network that draws random numbers.
    """
    generator = torch.Generator().manual_seed(seed)
    extra = (generator,) if getattr(network, "random", False) else ()
    for batch in images:
        network(batch, *extra)


def quantised(network: nn.Module) -> nn.Module:
    """Convert an `observed` and calibrated network, in place, to 8-bit weights and arithmetic.

    Weights have one scale for each output channel and 256 levels, activations one scale and `HIGHEST` + 1 levels.
    """
    with _quantising():
        converted: nn.Module = torch.ao.quantization.convert(network, inplace=True)
    return converted


def dynamically_quantised(network: nn.Module) -> nn.Module:
    """Convert the linear layers to 8 bits; ranges of activations are those of each image.

    torch has no such convolutions. Raises `InputError` for a network without linear layers.
    """
    if not any(isinstance(layer, nn.Linear) for layer in network.modules()):
        raise InputError(
            "quantise: found mode 'dynamic' for a network without linear layers; allowed: static, since torch "
            "quantises no convolutions dynamically"
        )
    with _quantising():
        converted: nn.Module = torch.ao.quantization.quantize_dynamic(network.eval(), {nn.Linear}, torch.qint8)
    return converted


def _wrap(module: nn.Module) -> int:
    """Wrap the layers within ``module``; their number."""
    count = 0
    for name, child in list(module.named_children()):
        if type(child) in (nn.Conv2d, nn.Linear):
            wrapped: Any = torch.ao.quantization.QuantWrapper(child)
            wrapped.qconfig = _ranges()
            setattr(module, name, wrapped)
            count += 1
        else:
            count += _wrap(child)
    return count


def _ranges() -> torch.ao.quantization.QConfig:
    """Activations between the least and the greatest value in calibration; weights between those of each channel."""
    observers = torch.ao.quantization
    return observers.QConfig(
        activation=observers.MinMaxObserver.with_args(dtype=torch.quint8, quant_min=0, quant_max=HIGHEST),
        weight=observers.PerChannelMinMaxObserver.with_args(dtype=torch.qint8, qscheme=torch.per_channel_symmetric),
    )


@contextmanager
def _quantising() -> Iterator[None]:
    """Select 8-bit kernels; torch's notice that its quantisation moves to another package is not repeated."""
    available = [engine for engine in ENGINES if engine in torch.backends.quantized.supported_engines]
    if not available:
        raise InputError(
            f"quantise: this machine's torch has no 8-bit kernels ({' or '.join(ENGINES)}); allowed: a processor "
            "that it has some for"
        )
    torch.backends.quantized.engine = available[0]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.ao.quantization is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", "torch.quantize_per_tensor, torch.quantize_per_channel", UserWarning)
        yield

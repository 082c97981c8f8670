"""Write a trained network in the format of ncnn: the same weights in another framework.

Networks of the study run in torch, most published ones in ncnn. Whether that alone can be recognised shows only with
one network in both.
"""

import operator
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import fx, nn

from sr_fingerprints.networks.loading.ncnn_files import read_net
from sr_fingerprints.networks.loading.ncnn_resolver import NcnnSuperResolver

INPUT = "in0"
FLOAT32_FLAG = bytes(4)
"""Before weights in the file ``.bin``: they are not quantised."""

BINARY = {operator.add: 0, operator.sub: 1, operator.mul: 2, operator.truediv: 3}
"""Types of ncnn's layer BinaryOp."""


class UnsupportedLayerError(Exception):
    """A network has a layer that `write_ncnn` cannot write."""


def ncnn_of(
    network: nn.Module, name: str, scale: int, threads: int = 1, rounding: str = "nearest"
) -> NcnnSuperResolver:
    """Have ncnn run a module from RGB in [0, 1], float (n, 3, h, w), to the same, ``scale`` times as large.

    Raises `UnsupportedLayerError` as `write_ncnn` does.
    """
    with TemporaryDirectory() as folder:
        param, bin = Path(folder, "network.param"), Path(folder, "network.bin")
        output = write_ncnn(network, param, bin)
        net = read_net(param, bin, threads)
    run = {"padding": 0, "input_blob": INPUT, "output_blob": output}
    return NcnnSuperResolver(net, name, scale, run, rounding)


def write_ncnn(network: nn.Module, param: Path, bin: Path) -> str:
    """Write the layers and the weights of ``network``, in 32-bit floats, for ncnn; returns the name of its output.

    Convolutions, rectifiers, sigmoids, pixel shuffles, global averages, and arithmetic of features with numbers,
    colours and each other: BasicSR's EDSR and RCAN have nothing else. Raises `UnsupportedLayerError` for another
    layer, and for a network that depends on more than its input.
    """
    try:
        graph = fx.Tracer().trace(deepcopy(network))  # BasicSR's networks assign to themselves as they run
    except Exception as error:  # such as a loop over the height of images
        raise UnsupportedLayerError(f"its layers depend on the image ({type(error).__name__})") from error
    written = _Written(network, graph)
    lines, blobs = written.layers, written.blobs
    param.write_text("\n".join(["7767517", f"{len(lines)} {blobs}", *lines]) + "\n", encoding="utf-8")
    bin.write_bytes(b"".join(written.weights))
    return written.output


class _Written:
    """Lines of the file of layers, and the parts of the file of weights, in the same order."""

    def __init__(self, network: nn.Module, graph: fx.Graph):
        self.layers: list[str] = []
        self.output = ""
        self.weights: list[bytes] = []
        self.blobs = 0
        self._constants: dict[fx.Node, torch.Tensor] = {}
        self._copies: dict[fx.Node, Iterator[str]] = {}
        self._vectors: set[fx.Node] = set()  # one value a channel, of which ncnn drops height and width
        self._network = network
        readers = [node for node in graph.nodes if node.op != "call_method"]  # those make constants
        self._count = Counter(source for node in readers for source in node.args if isinstance(source, fx.Node))
        for node in graph.nodes:
            self._write(node)

    def _write(self, node: fx.Node) -> None:
        if node.op == "placeholder":
            self._layer("Input", node, [], {})
        elif node.op == "get_attr":
            self._constants[node] = _attribute(self._network, str(node.target)).detach().float()
        elif node.op == "call_method" and node.target == "type_as":
            self._constants[node] = self._constants[node.args[0]]  # type: ignore[index]
        elif node.op == "call_module":
            self._module(node, self._network.get_submodule(str(node.target)))
        elif node.op == "call_function" and node.target in BINARY:
            self._arithmetic(node)
        elif node.op == "output":
            self.output = self._input(node.args[0])
        else:
            raise UnsupportedLayerError(f"{node.op} {node.target}")

    def _module(self, node: fx.Node, module: nn.Module) -> None:
        source = node.args[0]
        if source in self._vectors:
            self._vectors.add(node)
        match module:
            case nn.Conv2d(groups=1, padding_mode="zeros", padding=tuple()):
                self._convolution(node, module)
            case nn.ReLU():
                self._layer("ReLU", node, [source], {})
            case nn.Sigmoid():
                self._layer("Sigmoid", node, [source], {})
            case nn.PixelShuffle():
                self._layer("PixelShuffle", node, [source], {0: module.upscale_factor})
            case nn.AdaptiveAvgPool2d(output_size=1):
                self._vectors.add(node)
                self._layer("Pooling", node, [source], {0: 1, 4: 1})
            case _:
                raise UnsupportedLayerError(type(module).__name__)

    def _convolution(self, node: fx.Node, layer: nn.Conv2d) -> None:
        """Options by ncnn's numbers: those of the width below 10, those of the height above."""
        bias, weights = int(layer.bias is not None), layer.weight.numel()
        if node in self._vectors:
            self._layer("InnerProduct", node, [node.args[0]], {0: layer.out_channels, 1: bias, 2: weights})
        else:
            sides = {1: layer.kernel_size, 2: layer.dilation, 3: layer.stride, 4: layer.padding}
            options = {0: layer.out_channels, 5: bias, 6: weights}
            options |= {key: int(side[1]) for key, side in sides.items()}
            options |= {key + 10: int(side[0]) for key, side in sides.items()}
            self._layer("Convolution", node, [node.args[0]], options)
        self.weights += [FLOAT32_FLAG, _bytes(layer.weight)]
        self.weights += [_bytes(layer.bias)] if layer.bias is not None else []

    def _arithmetic(self, node: fx.Node) -> None:
        operation = BINARY[node.target]  # type: ignore[index]
        left, right = node.args
        if right in self._constants and operation in (0, 1):  # colours
            shift = self._constants[right].flatten() * (-1 if operation == 1 else 1)  # type: ignore[index]
            self._layer("Bias", node, [left], {0: shift.numel()})
            self.weights.append(_bytes(shift))
        elif isinstance(right, int | float):
            self._layer("BinaryOp", node, [left], {0: operation, 1: 1, 2: f"{right:e}"})
        elif left not in self._constants and right not in self._constants:
            self._layer("BinaryOp", node, [left, right], {0: operation})
        else:
            raise UnsupportedLayerError(f"{node}")

    def _layer(self, kind: str, node: fx.Node, sources: Sequence[object], options: Mapping[int, object]) -> None:
        """Add a layer; where several read its output, ncnn wants a copy for each."""
        inputs = [self._input(source) for source in sources]
        blob = INPUT if kind == "Input" else f"{node}"
        written = " ".join(f"{key}={value}" for key, value in options.items())
        words = [kind, f"layer_{node}", str(len(inputs)), "1", *inputs, blob, written]
        self.layers.append(" ".join(words).strip())
        names = [blob]
        self.blobs += 1
        if (count := self._count[node]) > 1:
            names = [f"{node}.{number}" for number in range(count)]
            self.layers.append(f"Split split_{node} 1 {count} {blob} {' '.join(names)}")
            self.blobs += count
        self._copies[node] = iter(names)

    def _input(self, source: object) -> str:
        if not isinstance(source, fx.Node) or source not in self._copies:
            raise UnsupportedLayerError(f"an input that is not computed ({source})")
        return next(self._copies[source])


def _attribute(network: nn.Module, name: str) -> torch.Tensor:
    *parents, last = name.split(".")
    found: torch.Tensor = getattr(network.get_submodule(".".join(parents)), last)
    return found


def _bytes(values: torch.Tensor) -> bytes:
    found: bytes = values.detach().float().cpu().contiguous().numpy().tobytes()
    return found

"""Trial of a pair of ncnn's files that nobody vouches for, in a process of its own (`runtime.child_process`)."""

from collections.abc import Mapping, Sequence
from typing import Any

import ncnn
import numpy as np
import numpy.typing as npt

from sr_fingerprints.networks.loading.ncnn_files import (
    CONVOLUTIONS,
    Layer,
    blob,
    needed_layers,
    read_layers,
    read_net,
)
from sr_fingerprints.networks.loading.ncnn_resolver import NcnnSuperResolver
from sr_fingerprints.networks.loading.ncnn_shapes import problem, shape_of, taken_channels
from sr_fingerprints.networks.loading.trial import RESEMBLANCE, check_network
from sr_fingerprints.runtime.child_process import report
from sr_fingerprints.runtime.errors import InputError

MULTIPLES = (1, 2, 4, 8, 16, 32, 64)
"""Values of ``multiple_of`` that are tried."""

KEYS = "padding, padding_mode, multiple_of, skip, constants, input_blob, output_blob"
"""Keys of a row that say how a network is applied."""


def find_run(param: str, bin: str, scale: int, run: Mapping[str, Any], threads: int) -> dict[str, Any]:
    """The options ``run`` with the blobs, the padding and the multiple of sides that they do not give.

    The multiple is the smallest of `MULTIPLES` with which the network passes its trial: each layer gets blobs of
    shapes that it can be computed from, the padding that the network crops is the same for all sizes, and the
    outputs pass `check_network`. Raises `InputError` naming the files if there is none.
    """
    name, layers = f"{param}, {bin}", read_layers(param)
    found = dict(run)
    for key in ("input_blob", "output_blob"):
        found[key] = blob(param, layers, run.get(key), key)
    needed = needed_layers(layers, found["output_blob"])
    _check_inputs(param, needed, found)
    report(f"reading {bin}")
    net = read_net(param, bin, threads)
    multiples = [run["multiple_of"]] if "multiple_of" in run else list(MULTIPLES)
    reason = ""
    for multiple in multiples:
        found["multiple_of"] = multiple
        try:
            network = _CheckedSuperResolver(net, needed, name, scale, found)
            check_network(network, name, run["trial"] == RESEMBLANCE)
        except _ChannelsError:
            raise
        except InputError as error:
            reason = (
                f"{error} (with `multiple_of` {multiple}{' as with smaller ones' if multiple > multiples[0] else ''})"
            )
            continue
        return found | {"padding": network.padding}
    raise InputError(f"{reason}; {_remedy(net, needed, name, scale, found, multiples)}")


class _ChannelsError(InputError):
    """The output has not the channels of an image, whatever the size of the input."""


class _CheckedSuperResolver(NcnnSuperResolver):
    """Computes a network layer by layer, each after its inputs were checked."""

    def __init__(self, net: ncnn.Net, layers: Sequence[Layer], name: str, scale: int, run: Mapping[str, Any]):
        self._layers = layers
        super().__init__(net, name, scale, run)

    def _run(self, low: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        extractor = self._net.create_extractor()
        given = ncnn.Mat(low)
        extractor.input(self._input, given)
        shapes, high = {self._input: shape_of(given)}, low
        size = f"an image of {low.shape[2]} x {low.shape[1]} pixels"
        for layer in self._layers:
            if self._input in layer.tops:
                continue
            if why := problem(layer, [shapes[bottom] for bottom in layer.bottoms]):
                raise InputError(f"{self._name}: layer {layer.name} ({layer.type}) {why}, for {size}")
            report(f"layer {layer.name} ({layer.type}), for {size}")
            for top in layer.tops:
                code, made = extractor.extract(top)
                if code != 0 or made.empty():
                    raise InputError(f"{self._name}: layer {layer.name} ({layer.type}) fails for {size}")
                shapes[top] = shape_of(made)
                if top == self._output:
                    high = np.array(made)
        found = shapes[self._output]
        if (found.axes, found.channels) != (3, 3):
            makes = f"makes {found} (width, height, channels) of {size}"
            raise _ChannelsError(f"{self._name}: {makes}; allowed: RGB images, of 3 channels")
        return high.transpose(1, 2, 0)


def _check_inputs(param: str, layers: Sequence[Layer], run: Mapping[str, Any]) -> None:
    """Check that the output follows from the image alone, with as many channels as it has."""
    inputs = [blob for layer in layers if layer.type == "Input" for blob in layer.tops]
    if run["input_blob"] not in inputs:
        raise InputError(f"{param}: the output {run['output_blob']} does not depend on the input {run['input_blob']}")
    if len(inputs) > 1:
        raise InputError(f"{param}: needs {len(inputs)} inputs ({', '.join(inputs)}); allowed: the image alone")
    given = 3 + len(run.get("constants", []))
    for layer in layers:
        if run["input_blob"] in layer.bottoms and layer.type in CONVOLUTIONS and layer.number(0) and layer.number(1):
            taken = taken_channels(layer)
            if taken % 1:
                raise InputError(f"{param}: damaged: the weights of layer {layer.name} are for {taken:.12g} channels")
            if taken != given:
                takes = f"takes {taken:g} channel{'s' * (taken != 1)} (layer {layer.name}) and is given {given}"
                more = f", or with `constants` for the other {taken - 3:g}" if taken > 3 else ""
                raise InputError(f"{param}: {takes}; allowed: a network from RGB to RGB, of 3 channels{more}")


def _remedy(
    net: ncnn.Net, layers: Sequence[Layer], name: str, scale: int, run: Mapping[str, Any], multiples: Sequence[int]
) -> str:
    """What can be tried: the option ``skip``, if with it the network passes, or else all keys."""
    if "skip" not in run and run["trial"] == RESEMBLANCE:
        for multiple in multiples:
            try:
                options = {**run, "skip": "nearest", "multiple_of": multiple}
                check_network(_CheckedSuperResolver(net, layers, name, scale, options), name)
            except InputError:
                continue
            return "the output seems to be a residual: if so, add `skip: nearest` to the row"
    unlike = ", or `trial: size` if its images are not meant to resemble" if run["trial"] == RESEMBLANCE else ""
    return f"damaged, or the row needs what the network's own program does ({KEYS}){unlike}"

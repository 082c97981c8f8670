"""What ncnn does not check before it computes a layer: it would read beyond its inputs or its weights instead."""

from collections.abc import Sequence
from typing import NamedTuple

import ncnn

from sr_fingerprints.networks.loading.ncnn_files import CONVOLUTIONS, Layer


class Shape(NamedTuple):
    """Shape of a blob; axes that it does not have are 1."""

    axes: int
    width: int
    height: int
    depth: int
    channels: int

    def __str__(self) -> str:
        return " x ".join(str(getattr(self, axis)) for axis in reversed(AXES[self.axes]))


def shape_of(blob: ncnn.Mat) -> Shape:
    return Shape(blob.dims, blob.w, blob.h, blob.d, blob.c)


AXES = {
    1: ("width",),
    2: ("height", "width"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}
"""ncnn's order of the axes, by their number."""

CHANNELS_OPTION = {"BatchNorm": 0, "Scale": 0, "Bias": 0, "PReLU": 0, "InstanceNorm": 0, "GroupNorm": 1}
"""Option that is the number of channels for which layers have weights."""

INPUTS = {"Input": (0, 0), "MemoryData": (0, 0), "BinaryOp": (1, 2), "Eltwise": (2, 1000), "Concat": (1, 1000)}
INPUTS |= {"MatMul": (2, 2), "GridSample": (2, 2), "CopyTo": (2, 2), "Proposal": (3, 3), "ROIPooling": (2, 2)}
INPUTS |= dict.fromkeys([*CONVOLUTIONS, "InnerProduct", "PixelShuffle", "Reorg", "Split", "ReLU"], (1, 1))
"""Least and largest number of blobs that layers read; others read one or more."""


def problem(layer: Layer, given: Sequence[Shape]) -> str:
    """Why ``layer`` cannot be computed from blobs of the shapes ``given``, in words, or an empty string."""
    if layer.type in CONVOLUTIONS and layer.number(WEIGHTS_ARE_A_BLOB):
        return ""
    least, most = INPUTS.get(layer.type, (1, 1000))
    if not least <= len(given) <= most:
        return f"reads {len(given)} blob{'s' * (len(given) != 1)}"
    if layer.type in CONVOLUTIONS:
        return _convolution_problem(layer, given[0])
    if layer.type == "InnerProduct":
        return _product_problem(layer, given[0])
    if layer.type in CHANNELS_OPTION and len(given) == 1:
        return _channels_problem(layer, given[0])
    if layer.type in ("BinaryOp", "Eltwise", "Concat") and len({shape.axes for shape in given}) == 1:
        return _equality_problem(layer, given)
    return ""


def taken_channels(layer: Layer) -> float:
    """Channels that a convolution has weights for: a whole number, unless the file is damaged."""
    width = layer.number(1)
    each = layer.number(0) * width * layer.number(11, width)
    groups = layer.number(7, 1) if layer.type.endswith("DepthWise") else 1
    return layer.number(6) * groups / each


WEIGHTS_ARE_A_BLOB = 19
SIZES = {"outputs": 0, "kernel width": 1, "dilation": 2, "stride": 3}
VERTICAL = {
    "kernel height": (11, "kernel width"),
    "vertical dilation": (12, "dilation"),
    "vertical stride": (13, "stride"),
}


def _convolution_problem(layer: Layer, given: Shape) -> str:
    sizes = {name: layer.number(option, int(option > 1)) for name, option in SIZES.items()}
    sizes |= {name: layer.number(option, sizes[same]) for name, (option, same) in VERTICAL.items()}
    if wrong := [name for name, size in sizes.items() if size < 1]:
        return f"has {sizes[wrong[0]]} as its {wrong[0]}"
    is_product = layer.type == "Convolution" and sizes["kernel width"] == sizes["kernel height"] == given.axes == 1
    if given.axes != 3 and not is_product:  # of the vector of a global pooling, as in channel attention
        return f"needs channels of height and width, and gets {given}"
    taken, found = taken_channels(layer), given.width if is_product else given.channels
    return "" if taken == found else f"has weights for {taken:g} channels and gets {found}"


def _product_problem(layer: Layer, given: Shape) -> str:
    taken = layer.number(2) / max(layer.number(0), 1)
    values = given.width * given.height * given.depth * given.channels
    if taken == values or (given.axes == 2 and taken == given.width):
        return ""
    return f"has weights for {taken:g} values and gets {values}"


def _channels_problem(layer: Layer, given: Shape) -> str:
    taken = layer.number(CHANNELS_OPTION[layer.type])
    found = getattr(given, AXES[given.axes][0])
    one_for_all = (layer.type == "PReLU" and taken == 1) or (layer.type == "InstanceNorm" and not layer.number(2, 1))
    return "" if one_for_all or taken == found else f"has weights for {taken} channels and gets {found}"


def _equality_problem(layer: Layer, given: Sequence[Shape]) -> str:
    axes = list(AXES[given[0].axes])
    if layer.type == "Concat":
        axis = layer.number(0)
        if not -len(axes) <= axis < len(axes):
            return f"concatenates along axis {axis} of {len(axes)}"
        del axes[axis]
    repeated = {1} if layer.type == "BinaryOp" else set[int]()
    if any(len({getattr(shape, axis) for shape in given} - repeated) > 1 for axis in axes):
        return f"gets blobs of different shapes ({' and '.join(map(str, given))})"
    return ""

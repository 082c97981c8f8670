"""The two files of an ncnn network: the layers (``.param``) and their weights (``.bin``)."""

import ctypes
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ncnn

from sr_fingerprints.runtime.errors import InputError

MAGIC = "7767517"
"""The first line of a ``.param`` file."""

LARGEST_PARAM = 20_000_000
"""Bytes; the longest of the published networks has 0.1 million."""

OPTION = re.compile(r"-?\d+=\S+")
NUMBER = r"-?[\d.]{1,24}(e[+-]?0?\d{1,2})?"  # programs write up to 20 digits, and some compilers three in exponents
NUMBERS = re.compile(rf"{NUMBER}(,{NUMBER})*")

CONVOLUTIONS = {"Convolution", "Deconvolution", "ConvolutionDepthWise", "DeconvolutionDepthWise"}
READ = {*CONVOLUTIONS, "InnerProduct", "BatchNorm", "Scale", "Bias", "PReLU", "InstanceNorm", "GroupNorm", "Concat"}
"""Types of layers whose options are read here: all have to be numbers."""


@dataclass(frozen=True)
class Layer:
    """One line of a ``.param`` file."""

    type: str
    name: str
    bottoms: tuple[str, ...]  # blobs that it reads
    tops: tuple[str, ...]  # blobs that it makes
    options: dict[int, str]  # as text; ncnn documents the numbers for each type

    def number(self, option: int, default: int = 0) -> int:
        """An option that is a whole number."""
        return int(float(self.options.get(option, default)))


def read_layers(path: str | Path) -> list[Layer]:
    """Read and check the layers of a ``.param`` file.

    Raises `InputError` for a file that is no such text, is cut short, or names layers that ncnn does not have or
    blobs that no layer makes.
    """
    lines = [line.split() for line in _text(path).splitlines() if line.strip()]
    if lines[0] != [MAGIC]:
        raise InputError(f"{path}: begins with {' '.join(lines[0])[:24]!r}; expected ncnn's text format ({MAGIC})")
    counts = lines[1] if len(lines) > 1 else []
    if len(counts) != 2 or not all(re.fullmatch(r"\d{1,6}", count) for count in counts):
        raise InputError(
            f"{path}: damaged: its second line is {' '.join(counts)!r}, not the counts of layers and blobs"
        )
    count, blobs = map(int, counts)
    if len(lines) - 2 != count:
        cut = "cut short" if len(lines) - 2 < count else "damaged"
        raise InputError(f"{path}: {cut}: has {len(lines) - 2} layers; its second line says {count}")
    made: set[str] = set()
    layers = []
    for words in lines[2:]:
        layer = _layer(path, words)
        if unmade := [blob for blob in layer.bottoms if blob not in made]:
            raise InputError(
                f"{path}: damaged: layer {layer.name} reads {unmade[0]!r}, which no layer before it makes"
            )
        if twice := [blob for blob in layer.tops if blob in made]:
            raise InputError(f"{path}: damaged: layer {layer.name} makes {twice[0]!r}, as another does")
        made.update(layer.tops)
        layers.append(layer)
    if len(made) != blobs:
        raise InputError(f"{path}: damaged: has {len(made)} blobs; its second line says {blobs}")
    return layers


def read_net(param: str | Path, bin: str | Path, threads: int) -> ncnn.Net:
    """Read a network that ncnn runs on the CPU; it computes in 32-bit floats.

    By default ncnn uses 16-bit ones on processors that support them, and the images would then depend on the machine.
    The result does not depend on the number of threads. Raises `InputError` naming the file that is damaged, or that
    does not belong to the other: too short, or with bytes left over.
    """
    read_layers(param)
    net = ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_packed = False
    net.opt.use_fp16_storage = False
    net.opt.use_fp16_arithmetic = False
    if net.load_param(str(param)) != 0:
        raise InputError(f"{param}: damaged: ncnn {ncnn.__version__} cannot read it")
    with _opened(bin) as stream:
        _check_beginning(bin, stream.read(64), "weights")
        stream.seek(0)
        reader = _Reader(stream)
        loaded = net.load_model(reader)
        left = len(stream.read(1)) and Path(bin).stat().st_size - reader.read_bytes
    pair = f"expected the weights of the layers in {param}"
    if reader.missing:
        raise InputError(f"{bin}: cut short or of another network: {reader.missing:,} bytes are missing; {pair}")
    if loaded != 0:
        raise InputError(f"{bin}: damaged or of another network: ncnn {ncnn.__version__} cannot read it; {pair}")
    if left:
        used = f"only the first {reader.read_bytes:,} of its {reader.read_bytes + left:,} bytes are used"
        raise InputError(f"{bin}: damaged or of another network: {used}; {pair}")
    return net


def blob(path: str | Path, layers: Sequence[Layer], named: str | None, key: str) -> str:
    """The network's one input (``key`` is ``input_blob``) or output (``output_blob``), or the one that is ``named``.

    Raises `InputError` if there are several and none is named, and if there is no such blob.
    """
    read = {blob for layer in layers for blob in layer.bottoms}
    inputs = [blob for layer in layers if layer.type == "Input" for blob in layer.tops]
    ends = [blob for layer in layers for blob in layer.tops if blob not in read]
    found, known = (inputs, inputs) if key == "input_blob" else (ends, [b for layer in layers for b in layer.tops])
    what = key.removesuffix("_blob")
    if named is None and len(found) == 1:
        return found[0]
    if named is None:
        raise InputError(f"{path}: has {len(found)} {what}s ({', '.join(found)}); name one as `{key}`")
    if named not in known:
        raise InputError(f"{path}: has no {what} {named!r}, as `{key}` says; allowed: {', '.join(found)}")
    return named


def needed_layers(layers: Sequence[Layer], output: str) -> list[Layer]:
    """The layers that the blob ``output`` is computed by, in their order."""
    needed, found = {output}, []
    for layer in reversed(layers):
        if needed & set(layer.tops):
            needed.update(layer.bottoms)
            found.append(layer)
    return found[::-1]


def _text(path: str | Path) -> str:
    with _opened(path) as stream:
        content = stream.read(LARGEST_PARAM + 1)
    _check_beginning(path, content, "layers")
    if len(content) > LARGEST_PARAM or b"\0" in content:
        raise InputError(f"{path}: no text; expected ncnn's layers, a .param file (the weights are in the .bin file)")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: damaged, or no text (byte {error.start}); expected ncnn's layers") from error


def _check_beginning(path: str | Path, content: bytes, expected: str) -> None:
    """Raise `InputError` for files that are easily taken for a file of ncnn's layers or weights."""
    begin = content.lstrip()[:24].lower()
    found = ""
    if not content.strip():
        found = "is empty"
    elif begin.startswith((b"<!doctype", b"<html", b"<?xml")):
        found = "is a web page"
    elif begin.startswith(b"version https://git-lfs"):
        found = "is a pointer of Git LFS, not the file itself"
    elif begin.startswith(b"pk\x03\x04"):
        found = "is a zip archive, or a checkpoint of PyTorch"
    elif expected == "layers" and content[:4] == int(MAGIC).to_bytes(4, "little"):
        found = "is ncnn's binary .param.bin, whose layers have no names"
    elif expected == "weights" and content.startswith(MAGIC.encode()):
        found = "holds the layers, that is the .param file"
    if found:
        suffix = {"layers": "text .param", "weights": ".bin"}[expected]
        raise InputError(f"{path}: {found}; expected ncnn's {expected}, a {suffix} file")


def _layer(path: str | Path, words: Sequence[str]) -> Layer:
    line = " ".join(words)[:60]
    if len(words) < 4 or not all(re.fullmatch(r"\d{1,4}", word) for word in words[2:4]):
        raise InputError(f"{path}: damaged: {line!r} is no layer")
    kind, name = words[:2]
    bottoms, tops = map(int, words[2:4])
    blobs, options = words[4 : 4 + bottoms + tops], words[4 + bottoms + tops :]
    if len(blobs) < bottoms + tops or any(OPTION.fullmatch(blob) for blob in blobs):
        raise InputError(
            f"{path}: damaged: layer {name} has fewer than {bottoms} inputs and {tops} outputs ({line!r})"
        )
    if wrong := [option for option in options if not OPTION.fullmatch(option)]:
        raise InputError(f"{path}: damaged: layer {name} has {wrong[0]!r} where an option is expected")
    if ncnn.layer_to_index(kind) < 0:
        raise InputError(f"{path}: layer {name} is of the type {kind!r}, which ncnn {ncnn.__version__} does not have")
    values = {int(number): value for number, value in (option.split("=", 1) for option in options)}
    if kind in READ and (wrong := [value for value in values.values() if not NUMBERS.fullmatch(value)]):
        raise InputError(f"{path}: damaged: layer {name} has {wrong[0]!r} where a number is expected")
    return Layer(kind, name, tuple(blobs[:bottoms]), tuple(blobs[bottoms:]), values)


def _opened(path: str | Path) -> IO[bytes]:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error


_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


class _Reader(ncnn.DataReader):
    """Reads weights from a stream and counts them: ncnn does not tell whether bytes are left over."""

    def __init__(self, stream: IO[bytes]):
        super().__init__()
        self._stream = stream
        self.read_bytes = 0
        self.missing = 0

    def read(self, buffer: Any, size: int) -> int:
        """Copy up to ``size`` bytes to ``buffer``, a capsule around a pointer; returns how many."""
        content = self._stream.read(size)
        ctypes.memmove(_pointer(buffer, None), content, len(content))
        self.read_bytes += len(content)
        self.missing += size - len(content)
        return len(content)

"""Read weights in all file formats of published networks, without executing code in a file."""

import io
import pickle
import pickletools
import re
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import safetensors.torch
import torch

from sr_fingerprints.networks.loading import tensorflow_checkpoints
from sr_fingerprints.networks.size_limits import LARGEST_GROWTH, LONGEST_HEADER
from sr_fingerprints.runtime.errors import InputError

ZIP = b"PK\x03\x04"
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""First bytes of files that ``torch.save`` wrote before version 1.6: a pickled magic number."""

DEEPEST = 50
"""Maximum nesting of dicts; a training checkpoint has two or three levels."""

PICKLES_BEFORE_CONTENT = 3
"""In a legacy file: the magic number, the protocol version, and the sizes of the machine's integers."""

DATA_PARALLEL_PREFIX = "module."
"""Prefix of every key in a file that was saved from within torch's DataParallel."""


def read_state_dict(path: str | Path, inside: str = "", classes: Sequence[str] = ()) -> dict[str, torch.Tensor]:
    """Read the state dict in a file of PyTorch, safetensors or TensorFlow 1, on the CPU; see `read_weights_file`.

    inside: path of the state dict in the file, such as ``params_ema`` or ``model.sd``; the top level by default.
    classes: see `read_weights_file`.

    If all keys begin with `DATA_PARALLEL_PREFIX`, it is removed.

    Raises `InputError` if there is no state dict. The message names the file, what is found, and where state dicts
    are.
    """
    checkpoint = found = read_weights_file(path, classes)
    steps = inside.split(".") if inside else []
    while steps and isinstance(found, Mapping) and steps[0] in found:
        found = found[steps.pop(0)]
    if steps or not _is_state_dict(found):
        places = sorted(_find_state_dicts(checkpoint), key=lambda place: (place.count("."), place))
        right = " or ".join(map(_quoted_place, places[:3])) or "another file"
        raise InputError(
            f"{path}: no state dict at {_quoted_place(inside)}, only {describe(found)}; expected {right}"
        )
    check_tensors(found, path)
    wrapped = all(key.startswith(DATA_PARALLEL_PREFIX) for key in found)
    return (
        {key.removeprefix(DATA_PARALLEL_PREFIX): tensor for key, tensor in found.items()} if wrapped else dict(found)
    )


def check_tensors(weights: Mapping[str, torch.Tensor], path: str | Path) -> None:
    """Raise `InputError` for tensors that are no weights as they are, though torch would copy most into a network."""
    for key, value in weights.items():
        kind = str(value.dtype).removeprefix("torch.")
        if value.is_meta:
            what = "no numbers (it was saved on torch's meta device)"
        elif value.is_quantized:
            what = f"quantised ({kind})"
        elif value.is_complex():
            what = f"complex numbers ({kind})"
        elif value.layout != torch.strided:
            what = f"a sparse tensor ({str(value.layout).removeprefix('torch.')})"
        elif key.endswith(("weight", "bias")) and not value.is_floating_point():
            what = f"whole numbers ({kind}), as of a quantised network"
        elif key.endswith(("weight", "bias")) and not value.float().isfinite().all():
            what = "not finite everywhere (the training diverged?)"
        else:
            continue
        raise InputError(f"{path}: {key!r} is {what}; expected dense tensors of finite floating-point numbers")


def first_reasons(error: RuntimeError) -> str:
    """The first of the keys that torch lists where a state dict does not fit a network, in one line."""
    lines = [line.strip() for line in str(error).splitlines()[1:]]
    return "; ".join(re.sub(r'((?:"[^"]*", ){2}"[^"]*").*', r"\1 and more", line) for line in lines[:3])


def read_weights_file(path: str | Path, classes: Sequence[str] = ()) -> dict[str, Any]:
    """Read the content of a file of PyTorch (new or old), safetensors or TensorFlow 1, recognised by its first bytes.

    TensorFlow variables with four axes are returned in the layout of torch's convolutions, (output, input, height,
    width), instead of (height, width, input, output).

    classes: full names of classes, such as ``easydict.EasyDict``, that a file of PyTorch may mention besides tensors
        and plain data. They are not imported: a dict of such a class becomes an OrderedDict, any other object (such
        as NumPy scalars: ``numpy.core.multiarray.scalar`` and ``numpy.dtype``) an empty placeholder.

    Raises `InputError` naming the file if it cannot be read, has another format, is damaged, mentions another class
    (which is named), would take far more memory than its size, or does not hold a dict.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); expected a file of weights") from error
    try:
        checkpoint = _parse(content, classes)
        if isinstance(checkpoint, Mapping):
            _check_sizes(checkpoint, len(content))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # a damaged file may raise any exception in its reader
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{path}: damaged or cut short ({reason}); download it again") from error
    if not isinstance(checkpoint, Mapping):
        raise InputError(f"{path}: holds {describe(checkpoint)}; expected a dict of tensors")
    return dict(checkpoint)


def _parse(content: bytes, classes: Sequence[str]) -> Any:
    if content.startswith(ZIP):
        _check_zip(content)
        return _load_torch(content, classes)
    if content.startswith(LEGACY):
        legacy = io.BytesIO(content)
        for _ in range(PICKLES_BEFORE_CONTENT + 1):
            _check_pickle(legacy)
        return _load_torch(content, classes)
    if content[8:9] == b"{" and int.from_bytes(content[:8], "little") <= LONGEST_HEADER:
        return safetensors.torch.load(content)
    if content.endswith(tensorflow_checkpoints.MAGIC):
        variables = tensorflow_checkpoints.read_variables(content)
        return {name: _to_torch_layout(torch.tensor(values)) for name, values in variables.items()}
    beginning = f"begins with {content[:24]!r}{_format_of(content)}" if content else "is empty"
    raise InputError(f"{beginning}; expected a whole file of torch.save, safetensors or TensorFlow 1")


FORMATS = {
    b"version https://git-lfs": "a pointer of Git LFS; `git lfs pull` fetches the file itself",
    b"<": "a web page, or another text",
    b"\x89HDF": "HDF5, as of Keras",
    b"\x1f\x8b": "gzip; unpack it",
    b"BZh": "bzip2; unpack it",
    b"\xfd7zXZ": "xz; unpack it",
    b"7z\xbc\xaf": "7-Zip; unpack it",
    b"Rar!": "RAR; unpack it",
    b"\x28\xb5\x2f\xfd": "Zstandard; unpack it",
    b"\x93NUMPY": "an array of NumPy",
    b"GGUF": "GGUF",
    b"7767517": "layers of ncnn: the `param` that belongs to a `bin`",
    b"\x80": "a pickle, which would have to be executed",
    b"\x08": "ONNX or TensorFlow, perhaps: export the weights themselves",
}
"""Formats of other files by their first bytes."""


def _format_of(content: bytes) -> str:
    found = next((name for beginning, name in FORMATS.items() if content.startswith(beginning)), "")
    return f", which is {found}" if found else ""


def _check_zip(content: bytes) -> None:
    """Check what torch does not: sizes, checksums, the program that wrote the file, and names in its pickle."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        unpacked = sum(entry.file_size for entry in archive.infolist())
        _check_growth(unpacked, len(content), "unpacked")
        damaged = archive.testzip()
        if damaged:
            raise ValueError(f"the checksum of {damaged} in it is wrong")
        entries = {name.rpartition("/")[2] for name in names}
        if "data.pkl" not in entries:
            raise InputError(f"a zip archive of {abbreviate(names)}; expected the file of weights in it")
        if "constants.pkl" in entries:
            raise InputError("a TorchScript program; expected a state dict written by torch.save")
        for entry in archive.infolist():  # an archive may have several entries of one name
            if entry.filename.endswith("data.pkl"):
                _check_pickle(archive.open(entry))


def _check_pickle(stream: IO[bytes]) -> None:
    """Raise `InputError` for bytearray, which torch allows, and which allocates any number of bytes."""
    for operation, argument, _ in pickletools.genops(stream):
        if operation.name == "GLOBAL" and str(argument).endswith(" bytearray"):
            raise InputError("mentions bytearray; expected a file of tensors and plain data")


def _check_sizes(checkpoint: Mapping[str, Any], size: int) -> None:
    """Raise `InputError` for tensors that are expanded views: a network of their shapes would fill the memory."""
    tensors = [
        value for _, found in walk_dicts(checkpoint) for value in found.values() if isinstance(value, torch.Tensor)
    ]
    _check_growth(sum(tensor.numel() * tensor.element_size() for tensor in tensors), size, "as tensors")


def _check_growth(grown: int, size: int, how: str) -> None:
    if grown > LARGEST_GROWTH * size:
        raise InputError(
            f"{grown:,} bytes {how}, of a file of {size:,}; expected at most {LARGEST_GROWTH} times as many"
        )


def _load_torch(content: bytes, classes: Sequence[str]) -> Any:
    try:
        with torch.serialization.safe_globals([(_Placeholder, name) for name in classes]):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # The reason is between paragraphs that advise executing the file.
        *_, reason, _ = str(error).split("\n\n")
        mentioned = re.search(r"GLOBAL (\S+)", reason)
        raise InputError(
            f"mentions {mentioned[1]}, and nothing is executed; expected a state dict alone (`torch.save("
            "network.state_dict(), ...)`), or, if that is a class of settings beside it, its full name among the "
            "`classes` of the network"
            if mentioned
            else f"cannot be read without executing it ({reason}); expected a file of tensors and plain data"
        ) from error


class _Placeholder:
    """Replacement for a class that a pickle mentions.

    Created without arguments, as dicts of any class are, it is an OrderedDict: torch does not set items of other
    subclasses of dict, nor attributes of a plain dict. Created with arguments, as NumPy scalars are, it ignores them.
    """

    def __new__(cls, *arguments: Any) -> Any:
        return super().__new__(cls) if arguments else OrderedDict()

    def __setstate__(self, state: Any) -> None:
        pass


def _to_torch_layout(values: torch.Tensor) -> torch.Tensor:
    return values.permute(3, 2, 0, 1).contiguous() if values.ndim == 4 else values


def _is_state_dict(found: Any) -> bool:
    """Whether ``found`` is a non-empty dict from names to tensors."""
    if not isinstance(found, Mapping) or not found:
        return False
    return all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in found.items())


def _find_state_dicts(checkpoint: Mapping[str, Any]) -> Iterator[str]:
    """Paths of the state dicts in a checkpoint."""
    return (place for place, found in walk_dicts(checkpoint) if _is_state_dict(found))


def walk_dicts(checkpoint: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield path and content of each dict in a checkpoint, once even if it is repeated or contains itself."""
    seen, left = set(), [("", checkpoint, 0)]
    while left:
        place, found, depth = left.pop()
        if id(found) in seen or depth > DEEPEST:
            continue
        seen.add(id(found))
        yield place, found
        for key, value in found.items():
            if isinstance(value, Mapping):
                left.append((f"{place}.{key}" if place else str(key), value, depth + 1))


def _quoted_place(place: str) -> str:
    return repr(place) if place else "the top level"


def describe(found: Any) -> str:
    if isinstance(found, Mapping):
        return f"a dict of {abbreviate(found)}" if found else "an empty dict"
    return f"a value of type {type(found).__name__}"


def abbreviate(names: Sequence[str] | Mapping[str, Any]) -> str:
    """The first three of the names, and how many more there are."""
    shown = ", ".join(map(repr, list(names)[:3]))
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown

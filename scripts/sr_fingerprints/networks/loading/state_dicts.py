"""The weights in any kind of file that published networks come in; nothing in a file is ever executed."""

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

from sr_fingerprints.networks.growth import LARGEST_GROWTH
from sr_fingerprints.networks.loading import tensorflow_checkpoints
from sr_fingerprints.runtime.errors import InputError

ZIP = b"PK\x03\x04"
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""How files begin that ``torch.save`` wrote before version 1.6: with a pickled number."""

LONGEST_HEADER = 100_000_000
"""Bytes; the limit of safetensors itself."""

DEEPEST = 50
"""Dicts inside dicts; a training's checkpoint has two or three."""

PICKLES_BEFORE_CONTENT = 3
"""In such a file: that number, the version, and the sizes of the machine's integers."""

DATA_PARALLEL_PREFIX = "module."
"""What every key begins with in a file that was saved from within torch's DataParallel."""


def read_state_dict(path: str | Path, inside: str = "", classes: Sequence[str] = ()) -> dict[str, torch.Tensor]:
    """The state dict in a file of PyTorch, safetensors or TensorFlow 1, on the CPU; see `read_checkpoint`.

    inside: where in the file the state dict is, such as ``params_ema`` or ``model.sd``; at the top level by default.
    classes: see `read_checkpoint`.

    If all keys begin with `DATA_PARALLEL_PREFIX`, that is taken off.

    Raises `InputError` naming the file, what is there, and where in the file there are state dicts.
    """
    checkpoint = found = read_checkpoint(path, classes)
    steps = inside.split(".") if inside else []
    while steps and isinstance(found, Mapping) and steps[0] in found:
        found = found[steps.pop(0)]
    if steps or not _is_state_dict(found):
        places = sorted(_find_state_dicts(checkpoint), key=lambda place: (place.count("."), place))
        right = " or ".join(map(_quoted_place, places[:3])) or "another file"
        raise InputError(
            f"{path}: no state dict at {_quoted_place(inside)}, only {_describe(found)}; right would be {right}"
        )
    wrapped = all(key.startswith(DATA_PARALLEL_PREFIX) for key in found)
    return (
        {key.removeprefix(DATA_PARALLEL_PREFIX): tensor for key, tensor in found.items()} if wrapped else dict(found)
    )


def read_checkpoint(path: str | Path, classes: Sequence[str] = ()) -> dict[str, Any]:
    """All that a file of PyTorch (new or old), safetensors or TensorFlow 1 holds, recognised by its content.

    Of the variables of TensorFlow, those with four axes are returned in the layout of torch's convolutions, (output,
    input, height, width), instead of (height, width, input, output).

    classes: full names of classes, such as ``easydict.EasyDict``, that a file of PyTorch may mention besides tensors
        and plain data. They are not imported: a dict of such a class becomes an OrderedDict, any other object (as
        NumPy's numbers: ``numpy.core.multiarray.scalar`` and ``numpy.dtype``) a placeholder without content.

    Raises `InputError` naming the file when it cannot be read, is none of these, is damaged, mentions another class
    (which is named), would take far more memory than its size, or holds no dict.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); right would be a file of weights") from error
    try:
        checkpoint = _parse(content, classes)
        if isinstance(checkpoint, Mapping):
            _check_tensors(checkpoint, len(content))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Exception as error:  # a damaged file may lead its reader to any
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{path}: damaged or cut short ({reason}); fetch it again") from error
    if not isinstance(checkpoint, Mapping):
        raise InputError(f"{path}: holds {_describe(checkpoint)}; right would be a dict of tensors")
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
    beginning = f"begins with {content[:24]!r}" if content else "is empty"
    raise InputError(f"{beginning}; right would be a whole file of torch.save, safetensors or TensorFlow 1")


def _check_zip(content: bytes) -> None:
    """Checks what torch does not: sizes, checksums, which program wrote it, and what its pickle mentions."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        unpacked = sum(entry.file_size for entry in archive.infolist())
        _check_growth(unpacked, len(content), "unpacked")
        damaged = archive.testzip()
        if damaged:
            raise ValueError(f"the checksum of {damaged} in it is wrong")
        entries = {name.rpartition("/")[2] for name in names}
        if "data.pkl" not in entries:
            raise InputError(f"a zip archive of {_abbreviate(names)}; right would be the file of weights out of it")
        if "constants.pkl" in entries:
            raise InputError("a TorchScript program; right would be a state dict, written by torch.save")
        for entry in archive.infolist():  # an archive may have several of one name
            if entry.filename.endswith("data.pkl"):
                _check_pickle(archive.open(entry))


def _check_pickle(stream: IO[bytes]) -> None:
    """Refuse the one harmless name that torch would call with any number, and get as many bytes of memory."""
    for operation, argument, _ in pickletools.genops(stream):
        if operation.name == "GLOBAL" and str(argument).endswith(" bytearray"):
            raise InputError("mentions bytearray; right would be a file of tensors and plain data")


def _check_tensors(checkpoint: Mapping[str, Any], size: int) -> None:
    """Refuse tensors that are views of far fewer numbers: a network of their shapes would fill the memory."""
    tensors = [
        value for _, found in _walk_dicts(checkpoint) for value in found.values() if isinstance(value, torch.Tensor)
    ]
    _check_growth(sum(tensor.numel() * tensor.element_size() for tensor in tensors), size, "as tensors")


def _check_growth(grown: int, size: int, how: str) -> None:
    if grown > LARGEST_GROWTH * size:
        raise InputError(
            f"{grown:,} bytes {how}, of a file of {size:,}; right would be at most {LARGEST_GROWTH} times as many"
        )


def _load_torch(content: bytes, classes: Sequence[str]) -> Any:
    try:
        with torch.serialization.safe_globals([(_Placeholder, name) for name in classes]):
            return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # The reason stands between paragraphs of advice to execute the file.
        *_, reason, _ = str(error).split("\n\n")
        mentioned = re.search(r"GLOBAL (\S+)", reason)
        raise InputError(
            f"mentions {mentioned[1]}, and nothing is executed; right would be a file of tensors and plain data, "
            "or, if that is a class of settings, its full name among the `classes`"
            if mentioned
            else f"cannot be read without executing it ({reason}); right would be a file of tensors and plain data"
        ) from error


class _Placeholder:
    """Takes the place of a class that a pickle mentions.

    Created without arguments, as a dict of any class is, it is an OrderedDict: torch gives items to no subclass of
    dict, and attributes to no plain dict. Created with arguments, as NumPy's numbers are, it forgets them.
    """

    def __new__(cls, *arguments: Any) -> Any:
        return super().__new__(cls) if arguments else OrderedDict()

    def __setstate__(self, state: Any) -> None:
        pass


def _to_torch_layout(values: torch.Tensor) -> torch.Tensor:
    return values.permute(3, 2, 0, 1).contiguous() if values.ndim == 4 else values


def _is_state_dict(found: Any) -> bool:
    """Whether it is a dict of named tensors and nothing else, and has some."""
    if not isinstance(found, Mapping) or not found:
        return False
    return all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in found.items())


def _find_state_dicts(checkpoint: Mapping[str, Any]) -> Iterator[str]:
    """Where the state dicts are in a checkpoint."""
    return (place for place, found in _walk_dicts(checkpoint) if _is_state_dict(found))


def _walk_dicts(checkpoint: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All dicts of a checkpoint and their places, each once, though it may lie in several places or in itself."""
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


def _describe(found: Any) -> str:
    if isinstance(found, Mapping):
        return f"a dict of {_abbreviate(found)}" if found else "an empty dict"
    return f"a value of type {type(found).__name__}"


def _abbreviate(names: Sequence[str] | Mapping[str, Any]) -> str:
    shown = ", ".join(map(repr, list(names)[:3]))
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown

"""Super-resolution networks: building the ones we train, loading any, and one way of applying them all.

A network as a torch module takes float32 (n, 3, h, w) RGB in [0, 1] and returns the same, ``scale`` times the
size. To add an architecture, write a file beside this one with a function like `edsr.build`, and enter it in
`ARCHITECTURES`; its parameters after ``scale`` are the settings that users may give.
"""

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_fingerprints.errors import InputError
from sr_fingerprints.networks import edsr, rcan

if TYPE_CHECKING:
    import torch

    from sr_fingerprints.networks.super_resolver import SuperResolver

ARCHITECTURES: dict[str, Callable[..., "torch.nn.Module"]] = {
    "EDSR": edsr.build,
    "RCAN": rcan.build,
}

SCALES = (2, 3, 4, 8)
"""What the pixel shuffling at the end of these networks can do."""


def build_network(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """A network of one of `ARCHITECTURES` with fresh random weights, drawn from torch's random state.

    ``settings`` bear the names and defaults of the architecture's ``build`` function. Raises `InputError` for
    an architecture, a setting or a scale that there is not.
    """
    if architecture not in ARCHITECTURES:
        raise InputError(f"architecture: {architecture!r} is not known; use one of {_listed(ARCHITECTURES)}")
    build = ARCHITECTURES[architecture]
    _, *allowed = signature(build).parameters
    for setting in settings:
        if setting not in allowed:
            raise InputError(f"{architecture}: {setting!r} is not a setting of it; use {_listed(allowed)}")
    if scale not in SCALES:
        raise InputError(f"scale: {scale!r} is not possible; use one of {_listed(SCALES)}")
    return build(scale, **settings)


def load_network(
    row: Mapping[str, Any], files: Sequence[str | Path], device: str = "cpu", threads: int = 1
) -> "SuperResolver":
    """The network of one row of the table of networks, ready to super-resolve.

    ``files`` are its weights: the one ``.safetensors`` file of a custom network, or the ``.param`` and the
    ``.bin`` file of a published one, which ncnn runs on the CPU, with this many ``threads``; torch has the
    threads of the process. Raises `InputError` naming a file that is damaged or belongs to another network.
    """
    if row["framework"] == "torch":
        from sr_fingerprints.networks import custom

        return custom.load(row, files[0], device)
    if row["framework"] == "ncnn":
        from sr_fingerprints.networks import ncnn_networks

        return ncnn_networks.load(row, files, threads)
    raise InputError(f"{row['network']}: framework {row['framework']!r} is not known; use 'torch' or 'ncnn'")


def _listed(names: Any) -> str:
    return ", ".join(map(str, names))

"""Super-resolution networks: those we train, those that others published, and one way of applying them all.

``trainable.py`` builds the networks that the workflow trains, and ``custom.py`` keeps them in files;
``architectures/`` are the published ones, loaded by ``published.py``; ``recognised.py`` loads what spandrel knows,
and ``ncnn_networks.py`` what ncnn runs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_fingerprints.errors import InputError
from sr_fingerprints.networks.architectures import build_network
from sr_fingerprints.networks.effort import Effort
from sr_fingerprints.provenance import file_digests

if TYPE_CHECKING:
    from sr_fingerprints.networks.super_resolver import SuperResolver


__all__ = ["build_network", "load_network"]


CONVENTION = ("networks/convention", "networks/super_resolver", "networks/tiles")
MODULES = {
    "trained": (*CONVENTION, "networks/custom", "networks/trainable"),
    "torch": (
        *CONVENTION,
        "networks/published",
        "networks/architectures",
        "networks/state_dicts",
        "networks/tensorflow_checkpoints",
    ),
    "spandrel": (*CONVENTION, "networks/recognised", "networks/state_dicts"),
    "ncnn": ("networks/ncnn_networks",),
}


TRAINED = {
    "SwinIR": ("networks/architectures/__init__", "networks/architectures/swinir"),
    "RDN": ("networks/architectures/__init__", "networks/architectures/rdn", "networks/architectures/parts"),
    "NLSN": ("networks/architectures/__init__", "networks/architectures/nlsn", "networks/architectures/parts"),
}


def modules(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The modules of the library that decide the images of a network, for a digest of them."""
    return MODULES[row["framework"]] + (modules_of(row["architecture"]) if row["framework"] == "trained" else ())


def modules_of(architecture: str) -> tuple[str, ...]:
    """The modules that build a network that the workflow trains, beside those that build all of them."""
    return TRAINED.get(architecture, ())


def load_network(
    row: Mapping[str, Any], files: Sequence[str | Path], effort: Effort | None = None
) -> "SuperResolver":
    """The network of one row of the table of networks, ready to super-resolve: uint8 RGB photos to uint8 RGB photos.

    ``files`` are its weights: one file, or the ``.param`` and the ``.bin`` file of a network that ncnn runs (on the
    CPU). Raises `InputError` naming a file that is damaged or belongs to another network.
    """
    effort = effort or Effort()
    if row.get("files"):
        _check_digests(row, files)
    match row["framework"]:
        case "trained":
            from sr_fingerprints.networks import custom

            return custom.load(row, files[0], effort)
        case "torch":
            from sr_fingerprints.networks import published

            return published.load(row, files[0], effort)
        case "spandrel":
            from sr_fingerprints.networks import recognised

            return recognised.load(row, files[0], effort)
        case "ncnn":
            from sr_fingerprints.networks import ncnn_networks

            return ncnn_networks.load(row, files, effort)
    raise InputError(
        f"{row['network']}: framework {row['framework']!r} is not known; use trained, torch, spandrel or ncnn"
    )


def _check_digests(row: Mapping[str, Any], files: Sequence[str | Path]) -> None:
    """Most frameworks would load weights with a flipped bit, and make other images with them."""
    for path, file in zip(files, row["files"].values(), strict=True):
        remedy = "remove it and run again to get it anew"
        if not Path(path).exists():
            raise InputError(f"{path}: not found; {remedy}")
        (found,) = file_digests([path]).values()
        if not found.startswith(expected := file.get("sha256", "")):
            raise InputError(f"{path}: damaged or another version (sha256 {found}, not {expected}); {remedy}")

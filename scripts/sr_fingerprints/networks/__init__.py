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

if TYPE_CHECKING:
    from sr_fingerprints.networks.effort import Effort
    from sr_fingerprints.networks.super_resolver import SuperResolver


__all__ = ["build_network", "load_network"]


def load_network(row: Mapping[str, Any], files: Sequence[str | Path], effort: "Effort") -> "SuperResolver":
    """The network of one row of the table of networks, ready to super-resolve: uint8 RGB photos to uint8 RGB photos.

    ``files`` are its weights: one file, or the ``.param`` and the ``.bin`` file of a network that ncnn runs (on the
    CPU). Raises `InputError` naming a file that is damaged or belongs to another network.
    """
    match row["origin"], row["framework"]:
        case "custom", "torch":
            from sr_fingerprints.networks import custom

            return custom.load(row, files[0], effort)
        case "published", "torch":
            from sr_fingerprints.networks import published

            return published.load(row, files[0], effort)
        case _, "spandrel":
            from sr_fingerprints.networks import recognised

            return recognised.load(row, files[0], effort)
        case _, "ncnn":
            from sr_fingerprints.networks import ncnn_networks

            return ncnn_networks.load(row, files, effort)
    raise InputError(f"{row['network']}: framework {row['framework']!r} is not known; use torch, spandrel or ncnn")

"""Super-resolution of the photos by derived networks, all in one job."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.study.network_row import NetworkRow

SPLITS = ("validation", "test")
"""Nothing is trained on the images of derived networks."""


def super_resolve_with_derived(
    rows: Sequence[NetworkRow],
    own: Sequence[str | Path],
    parents: Mapping[str, Sequence[str | Path]],
    photos: Mapping[int, str | Path],
    outputs: Sequence[str | Path],
    settings: Mapping[str, Any],
    device: str,
    threads: int,
    seed: int,
) -> None:
    """Super-resolve validation and test photos with each network of the ``rows``; see `super_resolve`.

    ``own`` has the file of each derived network and ``outputs`` that of its images, ``parents`` the files of the
    networks that they were derived from, by name; ``photos`` the low-resolution photos, by scale; ``settings``
    memory, precision and batch_size. 8-bit networks run on the CPU, since torch has no 8-bit kernels for others.
    """
    for row, file, output in zip(rows, own, outputs, strict=True):
        weights = [file, *parents[row.run["parent"]["network"]]]
        where = "cpu" if row.run["by"] == "quantise" else device
        budget = ComputeBudget(where, threads, settings["memory"], settings["precision"])
        network = load_network(row, weights, budget)
        super_resolve(
            network,
            row,
            photos[row.scale],
            output,
            settings["batch_size"],
            device=where,
            seed=seed,
            weights=weights,
            splits=SPLITS,
        )

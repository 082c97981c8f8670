"""Derive networks from others: from the parent's weights to a file of weights for each derived network."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sr_fingerprints.derived.changes import averaged, calibrate, observed, pruned
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.networks.loading import derived
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.networks.training.train import seed_of, train_network
from sr_fingerprints.networks.training.trainer import TrainingSettings
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.study.derived import data_of
from sr_fingerprints.study.network_row import NetworkRow

CALIBRATION_PHOTOS = 32
"""Number of training photos, or tiles, evenly spaced in their file, from which ranges of activations are taken."""

Files = Sequence[str | Path]


def derive(
    rows: Sequence[NetworkRow],
    files: Mapping[str, Files],
    photos: Mapping[int, str | Path],
    outputs: Mapping[str, str | Path],
) -> None:
    """Derive networks without training, and write their weights (see `networks.loading.derived`).

    ``rows`` are those of derived networks, of which `train_further` makes the fine-tuned ones; ``files`` the weights
    of their parents, and of the other networks of averages, by name; ``photos`` the low-resolution photos, by scale,
    whose training photos calibrate 8-bit arithmetic; ``outputs`` the files to write, by the name of the derived
    network. All of it runs on the CPU. Raises `InputError` for a network that cannot be derived in this way.
    """
    for row in progress([row for row in rows if row.run["by"] != "finetune"], "deriving networks"):
        try:
            network = _derived(row, files, photos)
        except InputError as error:
            raise InputError(f"{row.network}: {error}") from error
        derived.save(outputs[row.network], network, row)


def train_further(
    trainings: Sequence[Mapping[str, Any]],
    files: Mapping[str, Files],
    datasets: Mapping[str, str | Path],
    outputs: Mapping[str, str | Path],
    curves: Sequence[str | Path],
    checkpoint: str | Path,
    device: str = "cpu",
) -> None:
    """Train networks of the study further, each with the loss of its own training (see `derived.further_trainings`).

    As by somebody who has nothing but a network's weights: with a new optimizer, and a discriminator with random
    weights. One training passes through all derived networks that differ in the number of iterations alone. ``files``
    and ``outputs`` are those of `derive`; ``datasets`` has the files of images by the names that `derived.data_of`
    gives. One ``checkpoint`` serves the trainings, which follow each other.
    """
    for training, curve in zip(trainings, curves, strict=True):
        row, iterations = NetworkRow(**training["row"]), training["iterations"]
        high_resolution, low_resolution = (datasets[name] for name in data_of(training))
        train_network(
            row,
            training["architecture"],
            TrainingSettings(**training["settings"]),
            high_resolution=high_resolution,
            low_resolution=low_resolution,
            output=outputs[max(iterations, key=lambda name: iterations[name])],
            curve=curve,
            checkpoint=checkpoint,
            device=device,
            initial=files[training["parent"]][0],
            snapshots={outputs[name]: count for name, count in iterations.items()},
        )


def _derived(row: NetworkRow, files: Mapping[str, Files], photos: Mapping[int, str | Path]) -> torch.nn.Module:
    resolver = derived.parent_of(row, files[row.run["parent"]["network"]])
    network, by, amount, how = resolver.network, row.run["by"], row.run["amount"], row.run["how"]
    match by:
        case "prune":
            return pruned(network, amount)
        case "half":
            return network.to(getattr(torch, how))
        case "average":
            second = derived.parent_of(row, files[how]).network.state_dict()
            network.load_state_dict(averaged(network.state_dict(), second, amount))
        case "quantise" if how == "static":
            observed(network)
            calibrate(network, _calibration(resolver, photos[row.scale]), seed_of(row))
    return network


def _calibration(resolver: TorchSuperResolver, low_resolution: str | Path) -> Iterator[torch.Tensor]:
    """What the network is given for each of the `CALIBRATION_PHOTOS`."""
    with ImageFile(low_resolution) as photos:
        training = photos.indices("train")
        places = np.linspace(0, len(training) - 1, min(CALIBRATION_PHOTOS, len(training)))
        for index in training[places.round().astype(int)]:
            yield resolver.network_input(photos.image(index))

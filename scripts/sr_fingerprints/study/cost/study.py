"""Inputs of the cost estimate: the configuration, and the number and size of images."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from sr_fingerprints.photos.formats import photo_formats
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.cost.operations import OperationCounts, Operations
from sr_fingerprints.study.cost.speeds import Speeds
from sr_fingerprints.study.experiments import Experiment, training_networks
from sr_fingerprints.study.network_row import NetworkRow

SAMPLE = 20


@dataclass(frozen=True)
class Collection:
    """A number of images, and their mean width and height in pixels."""

    images: int
    width: float
    height: float

    @property
    def pixels(self) -> float:
        """Pixels of all images together."""
        return self.images * self.width * self.height


def estimate_collection(
    files: Sequence[Path], longest_side: int | None = None, tile: int | None = None, tiles: float = inf
) -> Collection:
    """Estimate the collection prepared from photos, from the sizes of `SAMPLE` of them; other files are skipped.

    ``longest_side`` and ``tile`` are those of `photos.preparation.Preparation`, ``tiles`` is the most of a photo, as
    of `mean_most_tiles`.
    """
    sample = files[:: -(-len(files) // SAMPLE) or 1]
    sizes = [size for path in sample if (size := _size(path, longest_side))]
    if not sizes:
        return Collection(0, 0, 0)
    if tile:
        found = sum(min(tiles, (width // tile) * (height // tile)) for width, height in sizes)
        return Collection(round(len(files) * found / len(sizes)), tile, tile)
    return Collection(len(files), *(sum(sides) / len(sizes) for sides in zip(*sizes, strict=True)))


def declared_collection(
    images: Sequence[tuple[int, tuple[int, int]]],
    fraction: float = 1,
    longest_side: int | None = None,
    tile: int | None = None,
    tiles: float = inf,
) -> Collection:
    """The collection prepared from photos that are not here yet: numbers of them, and their width and height.

    A ``fraction`` of them is drawn; the others are as of `estimate_collection`.
    """
    sizes = [(count, _limited(size, longest_side)) for count, size in images]
    total = sum(count for count, _ in sizes)
    drawn = max(1, round(fraction * total))
    if tile:
        found = sum(count * min(tiles, (width // tile) * (height // tile)) for count, (width, height) in sizes)
        return Collection(round(drawn * found / total), tile, tile)
    return Collection(drawn, *(sum(count * size[side] for count, size in sizes) / total for side in (0, 1)))


def mean_most_tiles(photos: Mapping[str, Any]) -> float:
    """The most tiles of a photo, by the section ``photos``: the mean of the splits by their shares; inf for all."""
    tiles = photos["tiles"]
    if isinstance(tiles, Mapping):
        return float(sum(share * tiles[split] for split, share in photos["split"].items()))
    return inf if tiles is None else float(tiles)


def _size(path: Path, longest_side: int | None) -> tuple[int, int] | None:
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=photo_formats()) as image:
            return _limited(image.size, longest_side)
    except Exception:  # of any kind, depending on the format: `photos.reading` tells it when the photo is read
        return None


def _limited(size: tuple[int, int], longest_side: int | None) -> tuple[int, int]:
    part = min(1, longest_side / max(size)) if longest_side else 1
    width, height = (round(side * part) for side in size)
    return width, height


@dataclass(frozen=True)
class Study:
    """Everything that the cost depends on: the checked configuration and what follows from it."""

    config: Mapping[str, Any]
    networks: pd.DataFrame
    experiments: Mapping[str, Experiment]
    photos: Collection
    datasets: Mapping[str, Collection]
    operations: Operations
    speeds: Speeds | None = None  # of a CPU

    def on_cpu(self, speeds: Speeds) -> "Study":
        """The same study, whose seconds are those of one core of a CPU."""
        return replace(self, operations=self.operations.on_cpu(speeds))

    def photos_of(self, split: str) -> float:
        """Number of photos, or of tiles, in one split."""
        photos = self.config["photos"]
        share: float = photos["split"][split]
        if isinstance(photos["tiles"], Mapping):
            share *= photos["tiles"][split] / mean_most_tiles(photos)
        return self.photos.images * share

    def classifier(self, experiment: Experiment) -> dict[str, Any]:
        """Settings of an experiment's classifiers."""
        return {**self.config["classifiers"], **experiment.classifier}

    def classifier_experiments(self) -> list[Experiment]:
        """The experiments with classifiers, that is all except PRNU."""
        return [experiment for experiment in self.experiments.values() if not experiment.is_prnu]

    def extractions(self) -> Iterator[tuple[Mapping[str, Any], int]]:
        """Yield the residuals to extract: fields of each `prnu.settings.Extraction`, and the number of networks."""
        rows = [(row, {**self.config["prnu"], **row.prnu}) for row in self.experiments.values() if row.is_prnu]
        for name, fields in prnu.extractions([settings for _, settings in rows], 1).items():
            networks = {
                network
                for row, settings in rows
                if prnu.residuals_name(settings) == name
                for network in training_networks(row, self.networks).network
            }
            yield fields, len(networks)

    def network_counts(self, row: NetworkRow) -> OperationCounts:
        """Operation counts of one network; zeros for ncnn, which runs on the CPU, and for networks not counted."""
        match row.framework:
            case "trained":
                settings = self.config["networks"]["settings"][row.architecture]
                return self.operations.look_up("trained", row.architecture, settings, row.scale)
            case "torch":
                architecture = row.published_architecture
                return self.operations.look_up("torch", architecture, row.run.get("settings", {}), row.scale)
            case "derived":
                return self.network_counts(NetworkRow(**row.run["parent"]))
            case "spandrel" | "basicsr":
                self.operations.add_missing(f"{row.network} (by {row.framework})")
        return OperationCounts()

    def backbone_counts(self, experiment: Experiment, crop: str = "crop") -> OperationCounts:
        """Operation counts of the backbone of an experiment's classifiers; zeros for PRNU."""
        if experiment.is_prnu:
            return OperationCounts()
        settings = self.classifier(experiment)
        return self.operations.look_up("backbone", settings["backbone"], {"crop": settings[crop]})

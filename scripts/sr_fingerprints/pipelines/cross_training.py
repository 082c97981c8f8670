"""Train a classifier on each of several sets of images, and evaluate each on all of them."""

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sr_fingerprints.classifiers.application import apply_classifier
from sr_fingerprints.classifiers.settings import ClassifierSettings
from sr_fingerprints.classifiers.training import train_classifier


@dataclass(frozen=True)
class ImageSet:
    """Images to train on, or to be evaluated on: one file and label a network, and some or all photos of it."""

    images: Sequence[str | Path]
    networks: Sequence[str]
    labels: Sequence[str]
    photos: Collection[str] | None = None


def cross_train(
    training: Mapping[str, ImageSet],
    testing: Mapping[str, ImageSet],
    classifiers: Path,
    predictions: Path,
    checkpoints: Path,
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    device: str = "cpu",
) -> None:
    """Train on each set; write ``<predictions>/<trained on>/<tested on>-s<seed>.h5`` for the test photos of each.

    ``settings`` are those of `ClassifierSettings`. Classifiers and their curves are written to ``classifiers``;
    an interrupted training resumes from the folder ``checkpoints``.
    """
    for name, chosen in training.items():
        for seed in seeds:
            trained = classifiers / f"{name}-s{seed}.safetensors"
            train_classifier(
                chosen.images,
                chosen.labels,
                trained,
                trained.with_suffix(".csv"),
                checkpoints / f"{name}-s{seed}.pt",
                ClassifierSettings(**settings),
                seed,
                device=device,
                names=chosen.photos,
            )
            for tested, asked in testing.items():
                evaluate(trained, asked, predictions / name / f"{tested}-s{seed}.h5", device)


def evaluate(classifier: str | Path, asked: ImageSet, output: Path, device: str = "cpu") -> None:
    """Apply a trained classifier to the test images of a set, and write its predictions."""
    output.parent.mkdir(parents=True, exist_ok=True)
    apply_classifier(
        classifier, asked.images, asked.networks, asked.labels, "test", output, device, names=asked.photos
    )


def train_on_pipelines(
    images: Path,
    applied: Path,
    networks: Sequence[str],
    of_study: Mapping[str, Path],
    classifiers: Path,
    predictions: Path,
    checkpoints: Path,
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    device: str = "cpu",
) -> None:
    """Train on the images of each pipeline, on which pipeline made an image, and apply the study's own classifiers.

    ``images`` and ``applied`` are what `apply_pipelines` wrote, ``networks`` the names of the networks, ``of_study``
    trained classifiers of networks by name. In the folder ``predictions``

    * ``networks/<trained on>/<tested on>-s<seed>.h5`` name the network;
    * ``pipelines/all/all-s<seed>.h5`` the pipeline, of images of the same networks;
    * ``study/<name>/<tested on>.h5`` are by the classifiers of the study.

    A pipeline with the same pixels as an earlier one is left out, except where pipelines are named: there the two
    must come out at chance. Where a single pipeline could be carried out, none is named.
    """
    with Path(applied).open(encoding="utf-8", newline="") as file:
        used = [row for row in csv.DictReader(file) if not row["skipped"]]
    files = {row["pipeline"]: [images / row["pipeline"] / f"{network}.h5" for network in networks] for row in used}
    distinct = {
        row["pipeline"]: ImageSet(files[row["pipeline"]], networks, networks)
        for row in used
        if not row["identical_to"]
    }
    cross_train(
        distinct,
        distinct,
        classifiers / "networks",
        predictions / "networks",
        checkpoints / "networks",
        settings,
        seeds,
        device,
    )
    for name, classifier in of_study.items():
        for tested, asked in distinct.items():
            evaluate(classifier, asked, predictions / "study" / name / f"{tested}.h5", device)
    if len(files) < 2:
        return
    together = [(path, network, name) for name in files for path, network in zip(files[name], networks, strict=True)]
    everything = {"all": ImageSet(*map(list, zip(*together, strict=True)))}
    cross_train(
        everything,
        everything,
        classifiers / "pipelines",
        predictions / "pipelines",
        checkpoints / "pipelines",
        settings,
        seeds,
        device,
    )

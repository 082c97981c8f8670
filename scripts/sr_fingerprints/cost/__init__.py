"""What a study will cost, estimated before anything runs: hours of a GPU, and gigabytes of disk.

How long a GPU takes is what `operations` makes of counted operations, or the time of reading its images where that is
longer. What nobody has counted is named in the `summary`, and taken for nothing. Left out are the shorter jobs:
preparing photos, measuring quality, tables and figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import pandas as pd
from PIL import Image

from sr_fingerprints.cost.operations import SECONDS_PER_OPERATOR, TERAFLOPS, TERAFLOPS_OF, Counted, Operations
from sr_fingerprints.experiments import Experiment, evaluated_networks, training_networks

FORWARD, FORWARD_AND_BACKWARD = 1, 3
"""Passes: going back, gradients are computed with respect to both a layer's input and its weights."""

PERCEPTUAL_PASSES = 3
"""Two images forwards, and one back to its pixels; the weights have no gradients."""

DISCRIMINATOR_PASSES = 8
"""For the network one image forwards, and back to its pixels; then two images, from which the weights learn."""

PERCEPTUAL = {"VGG_GAN": "VGG19", "ResNet_GAN": "ResNet18"}

PAIR_SECONDS = 2.5e-4
"""For reading a pair of patches while the GPU computes. On one core 16 pairs of 64 to 128 pixels took 2 to 4 ms."""

CROP_SECONDS = 3.5e-4
"""For reading a classifier's crop, while the GPU waits. On one core a crop of 224 pixels took 0.25 to 0.39 ms."""

JOB_SECONDS = 5
"""Assumed for starting Python, importing torch, and waking the GPU up."""

BM3D_SECONDS = 3.6
"""For one crop of 224 pixels, by the package ``bm3d`` on one core (measured)."""

SAMPLE = 20


@dataclass(frozen=True)
class Collection:
    """A number of images, and their mean width and height in pixels."""

    images: int
    width: float
    height: float

    @property
    def pixels(self) -> float:
        """Of all images together."""
        return self.images * self.width * self.height


def collection(files: Sequence[Path], longest_side: int | None = None, tile: int | None = None) -> Collection:
    """What is made of photos, judged by the sizes of `SAMPLE` of them; files that are not images are passed over.

    ``longest_side`` and ``tile`` are those of `photographs.Preparation`.
    """
    sample = files[:: -(-len(files) // SAMPLE) or 1]
    sizes = [size for path in sample if (size := _size(path, longest_side))]
    if not sizes:
        return Collection(0, 0, 0)
    if tile:
        tiles = sum((width // tile) * (height // tile) for width, height in sizes)
        return Collection(round(len(files) * tiles / len(sizes)), tile, tile)
    return Collection(len(files), *(sum(sides) / len(sizes) for sides in zip(*sizes, strict=True)))


def _size(path: Path, longest_side: int | None) -> tuple[int, int] | None:
    try:
        with Image.open(path) as image:
            part = min(1, longest_side / max(image.size)) if longest_side else 1
            return tuple(round(side * part) for side in image.size)
    except OSError:
        return None


@dataclass(frozen=True)
class Study:
    """All that the cost depends on: the checked configuration, and what it comes to."""

    config: Mapping[str, Any]
    networks: pd.DataFrame
    experiments: Mapping[str, Experiment]
    photos: Collection
    datasets: Mapping[str, Collection]
    operations: Operations

    def photos_of(self, split: str) -> float:
        """The number of photos, or of tiles of them, in one split."""
        return self.photos.images * self.config["photos"]["split"][split]

    def classifier(self, experiment: Experiment) -> dict[str, Any]:
        """The settings of an experiment's classifiers."""
        return {**self.config["classifiers"], **experiment.classifier}

    def of_prnu(self) -> set[str]:
        """Names of the networks whose noise residuals are needed."""
        rows = [row for row in self.experiments.values() if row.is_prnu]
        return {
            name
            for row in rows
            for taking_part in (training_networks(row, self.networks), evaluated_networks(row, self.networks))
            for name in taking_part.network
        }


def summary(study: Study, jobs: Mapping[str, int]) -> str:
    """The estimate as text, about 25 lines of up to 110 characters; ``jobs`` are numbers by rule."""
    hours, disk = gpu_hours(study), gigabytes(study)
    origins = study.networks.origin.value_counts()
    custom, published = (origins.get(origin, 0) for origin in ("custom", "published"))
    photos = study.photos
    busiest = sorted(jobs.items(), key=lambda item: -item[1])[:6]
    slower = ", ".join(f"{speed:g} for {name}" for name, speed in TERAFLOPS_OF.items())
    lines = ["What this study will cost, estimated: operations are counted, the speed of a GPU is assumed.", ""]
    lines += _entry(
        "Networks", f"{custom} custom, {published} published, {len(study.networks) - custom - published} other"
    )
    lines += _entry("Photos", f"{photos.images:,} of about {photos.width:.0f} x {photos.height:.0f} pixels")
    lines += _entry(
        "Jobs", f"{sum(jobs.values()):,}, of them " + ", ".join(f"{count} {rule}" for rule, count in busiest)
    )
    lines += ["", *_column("GPU-hours", hours, 2)]
    lines += _entry(
        "Assumed",
        f"one GPU of the A100's class, sustaining {TERAFLOPS:g} teraflop/s ({slower}) and taking "
        f"{SECONDS_PER_OPERATOR * 1e6:g} microseconds to start an operator; neither is measured on one",
    )
    if core_hours := bm3d_hours(study):
        lines += _entry("CPU-hours", f"{core_hours:,.1f} of one core, for BM3D")
    lines += ["", *_column("Gigabytes", disk, 3)]
    if missing := study.operations.missing:
        more = f"; and {len(missing) - 4} more" if len(missing) > 4 else ""
        lines += _entry("Not estimated", f"{'; '.join(missing[:4])}{more}; run perf/operations.py")
    return "\n".join(lines)


def gpu_hours(study: Study) -> dict[str, float]:
    """Hours that jobs hold one GPU, by stage. Classifiers are taken to train to the last epoch."""
    rows = study.networks.to_dict("records")
    classified = [experiment for experiment in study.experiments.values() if not experiment.is_prnu]
    seconds = {
        "training networks": sum(_training(study, row) for row in rows if row["origin"] == "custom"),
        "super-resolving": sum(_generation(study, row) for row in rows),
        "training classifiers": sum(_learning(study, experiment) for experiment in classified),
        "applying classifiers": sum(_application(study, experiment) for experiment in classified),
        "starting these jobs": JOB_SECONDS * _jobs(study),
    }
    return {stage: value / 3600 for stage, value in seconds.items()}


def gigabytes(study: Study) -> dict[str, float]:
    """Disk by what lies on it, in 10^9 bytes. Images are not compressed (see `storage`)."""
    applied = study.networks[study.networks.framework != "none"]
    pixels = study.photos.pixels + sum(dataset.pixels for dataset in study.datasets.values())
    of_each_scale = 1 + sum(1 / scale**2 for scale in set(applied.scale))
    own = applied[applied.origin.isin(["custom", "published"])]
    residual = 3 * study.config["prnu"]["crop"] ** 2
    experiments = study.experiments.values()
    bytes_of = {
        "photos and data sets": pixels * 3 * of_each_scale,
        "super-resolved images": len(applied) * study.photos.pixels * 3,
        "weights of networks": 4 * sum(_network(study, row).parameters for row in own.to_dict("records")),
        "weights of classifiers": 4 * sum(len(row.seeds) * _backbone(study, row).parameters for row in experiments),
        "PRNU residuals": len(study.of_prnu()) * residual * (2 * study.photos_of("test") + 4),
        "predictions": 4 * sum(_predicted_numbers(study, row) for row in experiments),
    }
    return {name: value / 1e9 for name, value in bytes_of.items()}


def bm3d_hours(study: Study) -> float:
    """Hours of one core for the noise of training and test photos by BM3D; 0 for another denoiser."""
    if study.config["prnu"]["denoiser"] != "bm3d":
        return 0.0
    crops = len(study.of_prnu()) * (study.photos_of("train") + study.photos_of("test"))
    return crops * BM3D_SECONDS * (study.config["prnu"]["crop"] / 224) ** 2 / 3600


def _network(study: Study, row: Mapping[str, Any]) -> Counted:
    match row["framework"]:
        case "trained":
            settings = study.config["networks"]["settings"][row["architecture"]]
            return study.operations.of("trained", row["architecture"], settings, row["scale"])
        case "torch":
            architecture = row["run"].get("architecture", row["architecture"])
            return study.operations.of("torch", architecture, row["run"].get("settings", {}), row["scale"])
        case "spandrel":
            study.operations.lacks(f"{row['network']} (by spandrel)")
    return Counted()  # ncnn runs on the CPU


def _training(study: Study, row: Mapping[str, Any]) -> float:
    """Seconds for one network."""
    training = study.config["training"]
    pixels = training["batch_size"] * training["patch_size"] ** 2
    iteration = _network(study, row).seconds(pixels / row["scale"] ** 2, FORWARD_AND_BACKWARD)
    if extractor := PERCEPTUAL.get(row["loss"]):
        layer = {"vgg_layer": training["vgg_layer"]} if extractor == "VGG19" else {}
        iteration += study.operations.of("perceptual", extractor, layer).seconds(pixels, PERCEPTUAL_PASSES)
        sizes = {"num_feat": training["discriminator_features"], "patch_size": training["patch_size"]}
        discriminator = study.operations.of("discriminator", "Discriminator", sizes)
        iteration += discriminator.seconds(pixels, DISCRIMINATOR_PASSES)
    return training["iterations"] * max(iteration, training["batch_size"] * PAIR_SECONDS)


def _generation(study: Study, row: Mapping[str, Any]) -> float:
    """Seconds for all photos by one network, one by one."""
    return _network(study, row).seconds(study.photos.pixels / row["scale"] ** 2, FORWARD, study.photos.images)


def _learning(study: Study, experiment: Experiment) -> float:
    """Seconds for an experiment's classifiers, with a validation after every epoch."""
    settings = study.classifier(experiment)
    networks, batch = len(training_networks(experiment, study.networks)), settings["batch_size"]
    steps = settings["steps_per_epoch"] or max(1, networks * study.photos_of("train") // batch)
    backbone, pixels = _backbone(study, experiment), steps * batch * settings["crop"] ** 2
    validation = _looking(study, experiment, networks * study.photos_of("validation"))
    others = steps * batch * CROP_SECONDS + validation
    head = backbone.seconds(pixels, FORWARD, steps) + others
    whole = backbone.seconds(pixels, FORWARD_AND_BACKWARD, steps) + others
    return len(experiment.seeds) * (settings["head_epochs"] * head + settings["epochs"] * whole)


def _application(study: Study, experiment: Experiment) -> float:
    """Seconds for an experiment's classifiers to look at the test photos of all that they are asked about."""
    images = len(evaluated_networks(experiment, study.networks)) * study.photos_of("test")
    return len(experiment.seeds) * _looking(study, experiment, images)


def _looking(study: Study, experiment: Experiment, images: float) -> float:
    settings = study.classifier(experiment)
    backbone = _backbone(study, experiment, "evaluation_crop")
    pixels, batches = images * settings["evaluation_crop"] ** 2, images / settings["batch_size"]
    return backbone.seconds(pixels, FORWARD, batches) + images * CROP_SECONDS


def _jobs(study: Study) -> int:
    """The number of jobs on a GPU."""
    networks, experiments = study.networks, study.experiments.values()
    trained, applied = networks.origin == "custom", ~networks.framework.isin(["none", "ncnn"])
    return int(trained.sum() + applied.sum()) + 2 * sum(len(row.seeds) for row in experiments if not row.is_prnu)


def _backbone(study: Study, experiment: Experiment, crop: str = "crop") -> Counted:
    if experiment.is_prnu:
        return Counted()
    settings = study.classifier(experiment)
    return study.operations.of("backbone", settings["backbone"], {"crop": settings[crop]})


def _predicted_numbers(study: Study, experiment: Experiment) -> float:
    """How many scores and features an experiment's files of predictions hold."""
    classes = training_networks(experiment, study.networks)[experiment.task].map(str).nunique()
    images = len(evaluated_networks(experiment, study.networks)) * study.photos_of("test")
    return len(experiment.seeds) * images * (classes + _backbone(study, experiment).features)


def _entry(name: str, text: str) -> list[str]:
    """A name before text that is wrapped beside it."""
    first, *others = wrap(text, 94)
    return [f"{name:<16}{first}", *(f"{'':<16}{line}" for line in others)]


def _column(name: str, parts: Mapping[str, float], digits: int) -> list[str]:
    """A name before numbers and their sum, one a line and aligned."""
    parts = {**parts, "together": sum(parts.values())}
    names = [name, *[""] * len(parts)]
    return [
        f"{label:<16}{part:<24}{value:>12,.{digits}f}"
        for label, (part, value) in zip(names, parts.items(), strict=False)
    ]

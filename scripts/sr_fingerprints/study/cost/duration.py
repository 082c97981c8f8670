"""Estimated duration of one job of each of the longer rules, in seconds.

Seconds of a GPU follow from counted operations (see `operations`), or from reading the images where that takes
longer. What is not counted takes no time here and is listed in ``missing`` of the study's `Operations`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sr_fingerprints.networks.training.configured import settings_of
from sr_fingerprints.study.augmentation import evaluated
from sr_fingerprints.study.cost.study import Study
from sr_fingerprints.study.experiments import Experiment, evaluated_networks, training_networks
from sr_fingerprints.study.losses import LOSSES, extractor_settings
from sr_fingerprints.study.network_row import NetworkRow

FORWARD, FORWARD_AND_BACKWARD = 1, 3
"""Cost in forward passes: the backward pass computes gradients of both a layer's input and its weights."""

PERCEPTUAL_PASSES = 3
"""Two images forward, and one backward to its pixels; the weights have no gradients."""

DISCRIMINATOR_PASSES = 8
"""Generator step: one image forward and backward to its pixels. Discriminator step: two images, with gradients of
the weights."""

PAIR_SECONDS = 2.5e-4
"""To read a pair of patches, while the GPU computes. On one core 16 pairs of 64 to 128 pixels took 2 to 4 ms."""

CROP_SECONDS = 3.5e-4
"""To read a classifier's crop, while the GPU waits. On one core a crop of 224 pixels took 0.25 to 0.39 ms."""

STATISTICS_SECONDS = 1.9e-3
"""To draw, perhaps degrade, and count the statistics of a crop of 84 pixels, while all cores work; from
config/factorial_cpu.yaml, whose crops of 64 pixels took 1.0 to 1.2 ms."""

START_SECONDS, START_SECONDS_OF_CPU = 5, 3.2
"""For starting Python and importing torch: assumed, with initialising a GPU, and measured while all cores work."""

RESIDUAL_SECONDS = {"wavelet": 8.4e-3, "bm3d": 3.6}
"""For the residual of one crop of 224 pixels, on one core (measured), by denoiser."""

NCNN_SECONDS = 8.0
"""For a megapixel that a network by ncnn makes, on one core: on average over the 20 of config/factorial_cpu.yaml, of
which half took less than 3, and three 16 to 50."""

OTHER_START_SECONDS, OTHER_SECONDS_PER_IMAGE = 1.5, 6e-4
"""Of one core, for a job of a rule without a function here: a table, a figure, copies of photos. On average over
config/factorial_cpu.yaml, which has 20,000 test images of all networks."""

DEGRADED_SECONDS = 0.005
"""For one crop of a degraded image, to denoise or classify it. On one core a crop of 64 pixels took 1 to 2 ms."""

DEGRADATION_SECONDS = 0.05
"""For one degradation of one megapixel, on one core: 0.04 on average over the demo's."""


def train_network(study: Study, row: NetworkRow) -> float:
    """GPU seconds to train the network of one row of the table of networks."""
    return _start(study) + _training_seconds(study, row, settings_of(study.config["training"], row))


def derive_networks(study: Study, rows: Sequence[NetworkRow], trainings: Sequence[Mapping[str, Any]]) -> float:
    """GPU seconds to derive all networks of ``rows``, with the further ``trainings`` of `study.derived`."""
    further = sum(_training_seconds(study, NetworkRow(**each["row"]), each["settings"]) for each in trainings)
    return _start(study) + len(rows) + further


def generate_derived(study: Study, rows: Sequence[NetworkRow]) -> float:
    """GPU seconds to super-resolve the photos with all derived networks of ``rows``, 8-bit ones on the CPU."""
    return sum(generate_sr(study, row) for row in rows)


def _training_seconds(study: Study, row: NetworkRow, training: Mapping[str, Any]) -> float:
    """GPU seconds of one training with the settings ``training``."""
    extractor, adversarial = LOSSES[row.loss]
    pixels = training["batch_size"] * training["patch_size"] ** 2
    iteration = study.network_counts(row).seconds(pixels / row.scale**2, FORWARD_AND_BACKWARD)
    if extractor:
        counted = study.operations.look_up("perceptual", extractor, extractor_settings(extractor, training))
        iteration += counted.seconds(pixels, PERCEPTUAL_PASSES)
    if adversarial:
        sizes = {"num_feat": training["discriminator_features"], "patch_size": training["patch_size"]}
        discriminator = study.operations.look_up("discriminator", "Discriminator", sizes)
        iteration += discriminator.seconds(pixels, DISCRIMINATOR_PASSES)
    training_seconds: float = training["iterations"] * max(iteration, training["batch_size"] * PAIR_SECONDS)
    return training_seconds


def generate_sr(study: Study, row: NetworkRow) -> float:
    """GPU seconds to super-resolve all photos with one network, one by one; 0 for ncnn, which uses the CPU's."""
    if row.framework in ("none", "ncnn"):
        by_ncnn = row.framework == "ncnn" and study.operations.of_cpu
        return START_SECONDS_OF_CPU + NCNN_SECONDS * study.photos.pixels / 1e6 if by_ncnn else 0.0
    network = study.network_counts(row)
    return _start(study) + network.seconds(study.photos.pixels / row.scale**2, FORWARD, study.photos.images)


def train_classifier(study: Study, experiment: Experiment) -> float:
    """GPU seconds to train one classifier to the last epoch, with a validation after each epoch."""
    settings = study.classifier(experiment)
    networks, batch = len(training_networks(experiment, study.networks)), settings["batch_size"]
    steps = settings["steps_per_epoch"] or max(1, networks * study.photos_of("train") // batch)
    if kept := settings["kept_crops"]:
        crops: float = settings["epochs"] * kept + networks * study.photos_of("validation")
        return _start(study) + crops * _statistics_seconds(settings["crop"])
    backbone, pixels = study.backbone_counts(experiment), steps * batch * settings["crop"] ** 2
    validation = _inference_seconds(study, experiment, networks * study.photos_of("validation"))
    others = steps * batch * CROP_SECONDS + validation
    head = backbone.seconds(pixels, FORWARD, steps) + others
    whole = backbone.seconds(pixels, FORWARD_AND_BACKWARD, steps) + others
    training_seconds: float = settings["head_epochs"] * head + settings["epochs"] * whole
    return _start(study) + training_seconds


def apply_classifier(study: Study, experiment: Experiment) -> float:
    """GPU seconds to apply one classifier to the test images of all networks that it is evaluated on."""
    images = len(evaluated_networks(experiment, study.networks)) * study.photos_of("test")
    return _start(study) + _inference_seconds(study, experiment, images)


def extract_residuals(study: Study, extraction: Mapping[str, Any]) -> float:
    """Seconds of one core to extract the residuals of one network's images, but for starting.

    ``extraction`` has the fields of a `prnu.settings.Extraction`.
    """
    crops = study.photos_of("train") + len(extraction["shifts"]) * study.photos_of("test")
    size: float = (extraction["crop"] / 224) ** 2
    return crops * RESIDUAL_SECONDS[extraction["denoiser"]] * size


def degrade(study: Study, networks: int) -> float:
    """Seconds of one core to degrade the test images of so many networks in every way, and to attribute each."""
    most, photos = study.config["robustness"]["images_per_network"], study.photos_of("test")
    images = networks * min(most or photos, photos) * len(evaluated(study.config["degradations"]))
    megapixels = study.photos.pixels / max(study.photos.images, 1) / 1e6
    seconds: float = images * (DEGRADED_SECONDS + megapixels * DEGRADATION_SECONDS)
    return _start(study) + seconds


ATTACKED_SECONDS = 0.02
"""For one image of 128 pixels, on one core, to change it, and to ask one recogniser about it: 0.003 on average."""


def attack(study: Study, networks: int, recognisers: int) -> float:
    """Seconds of one core to launder and forge images of so many networks, and to ask so many recognisers."""
    settings, crop = study.config["attacks"], study.config["classifiers"]["evaluation_crop"]
    pairs = len(settings["forging"]["pairs"]) * settings["forging"]["number"]
    forged = 10 * len(settings["forging"]["strengths"]) * pairs * sum(settings["images"].values())
    laundered = networks * (
        len(settings["laundering"]["chains"]) * settings["images"]["validation"] + 3 * settings["images"]["test"]
    )
    followed = settings["gradient"]["steps"] * len(settings["gradient"]["levels"]) * (networks + pairs) * 3
    seconds: float = (laundered + forged + followed) * recognisers * ATTACKED_SECONDS * (crop / 128) ** 2
    return _start(study) + seconds


def other_job(study: Study) -> float:
    """Seconds of one core for an average job of a rule without a function here."""
    return OTHER_START_SECONDS + OTHER_SECONDS_PER_IMAGE * len(study.networks) * study.photos_of("test")


def _start(study: Study) -> float:
    return START_SECONDS_OF_CPU if study.operations.of_cpu else START_SECONDS


def _statistics_seconds(crop: int) -> float:
    """Seconds of one core to read and count the statistics of one crop of so many pixels."""
    seconds: float = STATISTICS_SECONDS * (crop / 84) ** 2
    return seconds


def _inference_seconds(study: Study, experiment: Experiment, images: float) -> float:
    """GPU seconds for one forward pass over ``images`` evaluation crops, including reading them."""
    settings = study.classifier(experiment)
    if settings["kept_crops"]:
        return images * _statistics_seconds(settings["evaluation_crop"])
    backbone = study.backbone_counts(experiment, "evaluation_crop")
    pixels, batches = images * settings["evaluation_crop"] ** 2, images / settings["batch_size"]
    return backbone.seconds(pixels, FORWARD, batches) + images * CROP_SECONDS

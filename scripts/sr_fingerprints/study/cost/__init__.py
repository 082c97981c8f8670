"""What a study will cost, estimated before anything runs: by rule, hours of a GPU and gigabytes of disk.

What nobody has counted is named in the `summary`, and taken for nothing. Left out are hours of a CPU, but for BM3D,
and the disk of what is small: tables, figures, logs.
"""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.cost import duration
from sr_fingerprints.study.cost.operations import SECONDS_PER_OPERATOR, TERAFLOPS, TERAFLOPS_OF
from sr_fingerprints.study.cost.study import Study
from sr_fingerprints.study.experiments import Experiment, evaluated_networks, training_networks
from sr_fingerprints.study.network_row import NetworkRow, network_rows

WIDTH = 110


def summary(study: Study, jobs: Mapping[str, int]) -> str:
    """The estimate as text, about 30 lines of up to 110 characters; ``jobs`` are numbers by rule."""
    origins = study.networks.origin.value_counts()
    custom, published = (origins.get(origin, 0) for origin in ("custom", "published"))
    photos = study.photos
    slower = ", ".join(f"{speed:g} for {name}" for name, speed in TERAFLOPS_OF.items())
    lines = ["What this study will cost, estimated: operations are counted, the speed of a GPU is assumed.", ""]
    lines += _entry(
        "Networks", f"{custom} custom, {published} published, {len(study.networks) - custom - published} other"
    )
    lines += _entry("Photos", f"{photos.images:,} of about {photos.width:.0f} x {photos.height:.0f} pixels")
    lines += ["", *_by_rule(jobs, gpu_hours(study), gigabytes(study)), ""]
    lines += _entry(
        "Assumed",
        f"one GPU of the A100's class, sustaining {TERAFLOPS:g} teraflop/s ({slower}) and taking "
        f"{SECONDS_PER_OPERATOR * 1e6:g} microseconds to start an operator; neither is measured on one",
    )
    if core_hours := bm3d_hours(study):
        lines += _entry("CPU-hours", f"{core_hours:,.1f} of one core, for BM3D")
    if missing := study.operations.missing:
        more = f"; and {len(missing) - 4} more" if len(missing) > 4 else ""
        lines += _entry("Not estimated", f"{'; '.join(missing[:4])}{more}; run perf/operations.py")
    return "\n".join(lines)


def gpu_hours(study: Study) -> dict[str, float]:
    """Hours that all jobs of a rule together hold one GPU, by rule. Classifiers are taken to train to the end."""
    rows, classified = network_rows(study.networks), study.classified()
    seconds = {
        "train_network": sum(duration.train_network(study, row) for row in _of(rows, "custom")),
        "generate_sr": sum(duration.generate_sr(study, row) for row in _of(rows, "custom", "published")),
        "generate_twin": sum(duration.generate_sr(study, row) for row in _of(rows, "twin")),
        "train_classifier": sum(len(row.seeds) * duration.train_classifier(study, row) for row in classified),
        "apply_classifier": sum(len(row.seeds) * duration.apply_classifier(study, row) for row in classified),
    }
    return {rule: value / 3600 for rule, value in seconds.items()}


def gigabytes(study: Study) -> dict[str, float]:
    """Disk that the files of a rule take, by rule, in 10^9 bytes. Images are not compressed (see `files.images`)."""
    rows, experiments = network_rows(study.networks), study.experiments.values()
    applied = [row for row in rows if row.framework != "none"]
    datasets = sum(dataset.pixels for dataset in study.datasets.values())
    reduced = sum(1 / scale**2 for scale in {row.scale for row in applied})
    bytes_of = {
        "prepare_photos": study.photos.pixels * 3,
        "prepare_dataset": datasets * 3,
        "downscale_photos": (study.photos.pixels + datasets) * 3 * reduced,
        "train_network": 4 * sum(study.counted_network(row).parameters for row in _of(rows, "custom")),
        "download_weights": 4 * sum(study.counted_network(row).parameters for row in _of(rows, "published")),
        "generate_sr": len(_of(rows, "custom", "published")) * study.photos.pixels * 3,
        "generate_twin": len(_of(rows, "twin")) * study.photos.pixels * 3,
        "interpolate_photos": len(_of(rows, "interpolated")) * study.photos.pixels * 3,
        "train_classifier": 4 * sum(len(row.seeds) * study.counted_backbone(row).parameters for row in experiments),
        "apply_classifier": 4 * sum(_predicted_numbers(study, row) for row in experiments if not row.is_prnu),
        "extract_residuals": sum(count * _residual_bytes(study, fields) for fields, count in study.extractions()),
        "attribute_by_prnu": 4 * sum(_predicted_numbers(study, row) for row in experiments if row.is_prnu),
    }
    return {rule: value / 1e9 for rule, value in bytes_of.items()}


def bm3d_hours(study: Study) -> float:
    """Hours of one core for the noise of training and test photos by BM3D; 0 for another denoiser."""
    return sum(count * duration.extract_residuals(study, fields) for fields, count in study.extractions()) / 3600


def _residual_bytes(study: Study, extraction: Mapping[str, Any]) -> float:
    """Test residuals of two bytes a number, and for each kept number of training photos two sums of four."""
    sums = len(prnu.kept_photo_counts(round(study.photos_of("train"))))
    numbers = len(extraction["shifts"]) * study.photos_of("test") * 2 + sums * 8
    crop: int = extraction["crop"]
    return numbers * 3 * crop**2


def _of(rows: list[NetworkRow], *origins: str) -> list[NetworkRow]:
    return [row for row in rows if row.origin in origins]


def _predicted_numbers(study: Study, experiment: Experiment) -> float:
    """How many scores and features an experiment's files of predictions hold."""
    classes = training_networks(experiment, study.networks)[experiment.task].map(str).nunique()
    images = len(evaluated_networks(experiment, study.networks)) * study.photos_of("test")
    return len(experiment.seeds) * images * (classes + study.counted_backbone(experiment).features)


def _by_rule(jobs: Mapping[str, int], hours: Mapping[str, float], disk: Mapping[str, float]) -> list[str]:
    """A line for each rule that takes time of a GPU or space, and one for all; ``jobs`` are those still to run."""
    told = [rule for rule in disk if disk[rule] or hours.get(rule)]
    rows = [(rule, jobs.get(rule, 0), hours.get(rule, 0.0), disk[rule]) for rule in told]
    others = sum(jobs.values()) - sum(jobs.get(rule, 0) for rule in told)
    rows += [("other rules", others, 0.0, 0.0)] if others else []
    rows.append(("together", *(sum(column) for column in list(zip(*rows, strict=True))[1:])))
    lines = [f"{'Rule':<22}{'Jobs':>8}{'GPU-hours':>14}{'Gigabytes':>14}"]
    return lines + [f"{rule:<22}{count:>8,}{time:>14,.2f}{space:>14,.3f}" for rule, count, time, space in rows]


def _entry(name: str, text: str) -> list[str]:
    """A name before text that is wrapped beside it."""
    first, *others = wrap(text, WIDTH - 16)
    return [f"{name:<16}{first}", *(f"{'':<16}{line}" for line in others)]

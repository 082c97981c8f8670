"""Estimate the cost of a study before anything runs: GPU hours and gigabytes of disk, by rule.

Networks whose operations are not counted are listed in the `summary` and estimated as zero. Hours of a CPU's cores,
for those who have no GPU, go by measured speeds, and are of all jobs; GPU hours are of those that use it. The disk
space of small files is left out: tables, figures, logs.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from sr_fingerprints.photos.fetching.photographs import Photographs, in_units
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.cost import duration
from sr_fingerprints.study.cost.operations import SECONDS_PER_OPERATOR, TERAFLOPS, TERAFLOPS_OF
from sr_fingerprints.study.cost.study import Study
from sr_fingerprints.study.derived import further_trainings
from sr_fingerprints.study.experiments import Experiment, evaluated_networks, training_networks
from sr_fingerprints.study.network_row import NetworkRow, network_rows

WIDTH = 110


def summary(
    study: Study, jobs: Mapping[str, int], fetched: Sequence[Photographs] = (), cores: int | None = None
) -> str:
    """Format the estimate as text, about 30 lines of up to 110 characters.

    ``jobs`` is the number of jobs by rule; ``fetched`` are the photographs that some of these download; ``cores`` are
    those of this machine that are used, if it has no GPU.
    """
    origins = study.networks.origin.value_counts()
    custom, published, derived = (origins.get(origin, 0) for origin in ("custom", "published", "derived"))
    others = len(study.networks) - custom - published - derived
    photos = study.photos
    slower = ", ".join(f"{speed:g} for {name}" for name, speed in TERAFLOPS_OF.items())
    lines = ["Estimated cost of this study: operations are counted, the speed of a GPU is assumed.", ""]
    counted = f"{custom} custom, {published} published, {f'{derived} derived, ' if derived else ''}{others} other"
    lines += _entry("Networks", counted)
    lines += _entry("Photos", f"{photos.images:,} of about {photos.width:.0f} x {photos.height:.0f} pixels")
    if fetched:
        lines += _entry("To download", to_download(fetched))
    on_cpu = study.speeds and study.on_cpu(study.speeds)
    of_cores = core_hours(on_cpu, jobs) if on_cpu else {}
    lines += ["", *_cost_table(jobs, gpu_hours(study), of_cores, gigabytes(study, fetched)), ""]
    if on_cpu and cores:
        hours = sum(of_cores.values()) / cores
        time = f"{hours:,.1f} hours" if hours > 1 else f"{60 * hours:.0f} minutes"
        bound = "at least" if on_cpu.operations.missing else "about"
        lines += _entry("Without a GPU", f"{bound} {time} on {cores} core{'s' * (cores > 1)}, if nothing is made yet")
    lines += _entry(
        "Assumed",
        f"one GPU of the A100's class, sustaining {TERAFLOPS:g} teraflop/s ({slower}) and taking "
        f"{SECONDS_PER_OPERATOR * 1e6:g} microseconds to start an operator; neither is measured on one",
    )
    if study.speeds and on_cpu:
        text = f"core-hours, in place of GPU-hours, on one core of {study.speeds.machines} ({study.speeds.precision})"
        unmeasured = _shortened(on_cpu.operations.missing)
        lines += _entry("Measured", text + (f"; not measured, and left out: {unmeasured}" if unmeasured else ""))
    if hours := residual_hours(study, "bm3d"):
        lines += _entry("CPU-hours", f"{hours:,.1f} of one core, for BM3D")
    if missing := study.operations.missing:
        lines += _entry("Not estimated", f"{_shortened(missing)}; run perf/operations.py")
    return "\n".join(lines)


def to_download(fetched: Sequence[Photographs]) -> str:
    """The photographs that are to be fetched, with their size and licence, and the sum of the sizes."""
    rows = ". ".join(f"{row.name}: {row.in_words()}" for row in fetched)
    return f"{in_units(sum(row.megabytes for row in fetched))} of photographs. {rows}"


def gpu_hours(study: Study) -> dict[str, float]:
    """GPU hours of all jobs of a rule together, by rule. Classifiers are assumed to train to the last epoch."""
    rows, classifier_experiments = network_rows(study.networks), study.classifier_experiments()
    seconds = {
        "train_network": sum(duration.train_network(study, row) for row in _from_origins(rows, "custom")),
        "generate_sr": sum(duration.generate_sr(study, row) for row in _from_origins(rows, "custom", "published")),
        "generate_twin": sum(duration.generate_sr(study, row) for row in _from_origins(rows, "twin")),
        "derive_networks": _further_training_seconds(study, rows),
        "generate_derived": duration.generate_derived(study, _from_origins(rows, "derived")),
        "train_classifier": sum(
            len(row.seeds) * duration.train_classifier(study, row) for row in classifier_experiments
        ),
        "apply_classifier": sum(
            len(row.seeds) * duration.apply_classifier(study, row)
            for row in classifier_experiments
            if row.kind != "open_set"
        ),
        "apply_to_unknown": sum(
            duration.apply_classifier(study, row) for row in classifier_experiments if row.kind == "open_set"
        ),
    }
    return {rule: value / 3600 for rule, value in seconds.items()}


def core_hours(study: Study, jobs: Mapping[str, int]) -> dict[str, float]:
    """Hours of one core of all jobs of a rule together, by rule, for a study `Study.on_cpu`.

    ``jobs`` is the number of jobs by rule; those of rules without an estimate take `duration.other_job` each.
    """
    hours = gpu_hours(study) | {"extract_residuals": residual_hours(study)}
    each = duration.other_job(study) / 3600
    return hours | {rule: count * each for rule, count in jobs.items() if not hours.get(rule)}


def gigabytes(study: Study, fetched: Sequence[Photographs] = ()) -> dict[str, float]:
    """Disk space of the output of each rule, in 10^9 bytes. Images are not compressed (see `files.images`).

    Archives of the ``fetched`` photographs are counted with what is taken out of them.
    """
    rows, experiments = network_rows(study.networks), study.experiments.values()
    applied = [row for row in rows if row.framework != "none"]
    datasets = sum(dataset.pixels for dataset in study.datasets.values())
    reduced = sum(1 / scale**2 for scale in {row.scale for row in applied})
    bytes_of = {
        "fetch_photographs": 2 * sum(row.megabytes * 1e6 for row in fetched),
        "prepare_photos": study.photos.pixels * 3,
        "prepare_dataset": datasets * 3,
        "downscale_photos": (study.photos.pixels + datasets) * 3 * reduced,
        "train_network": 4 * sum(study.network_counts(row).parameters for row in _from_origins(rows, "custom")),
        "download_weights": 4 * sum(study.network_counts(row).parameters for row in _from_origins(rows, "published")),
        "generate_sr": len(_from_origins(rows, "custom", "published")) * study.photos.pixels * 3,
        "generate_twin": len(_from_origins(rows, "twin")) * study.photos.pixels * 3,
        "derive_networks": 4 * sum(study.network_counts(row).parameters for row in _from_origins(rows, "derived")),
        "generate_derived": len(_from_origins(rows, "derived")) * study.photos.pixels * 3 * _evaluated_share(study),
        "process_photos": len([row for row in _from_origins(rows, "real") if row.run]) * study.photos.pixels * 3,
        "interpolate_photos": len(_from_origins(rows, "interpolated")) * study.photos.pixels * 3,
        "train_classifier": 4 * sum(len(row.seeds) * study.backbone_counts(row).parameters for row in experiments),
        "apply_classifier": 4
        * sum(_prediction_values(study, row) for row in experiments if not row.is_prnu and row.kind != "open_set"),
        "apply_to_unknown": 4 * sum(_prediction_values(study, row) for row in experiments if row.kind == "open_set"),
        "extract_residuals": sum(count * _residual_bytes(study, fields) for fields, count in study.extractions()),
        "attribute_by_prnu": 4 * sum(_prediction_values(study, row) for row in experiments if row.is_prnu),
    }
    return {rule: value / 1e9 for rule, value in bytes_of.items()}


def _further_training_seconds(study: Study, rows: list[NetworkRow]) -> float:
    """GPU seconds of the job that derives networks; checkpoints are made in training."""
    made = [row for row in _from_origins(rows, "derived") if row.by != "checkpoint"]
    if not made:
        return 0.0
    return duration.derive_networks(study, made, further_trainings(study.config, {row.network: row for row in rows}))


def _evaluated_share(study: Study) -> float:
    """Share of the photos that derived networks super-resolve: nothing is trained on their images."""
    split = study.config["photos"]["split"]
    share: float = split["validation"] + split["test"]
    return share


def residual_hours(study: Study, *denoisers: str) -> float:
    """Hours of one core to extract residuals of training and test photos, by all ``denoisers`` or some."""
    return (
        sum(
            count * (duration.OTHER_START_SECONDS + duration.extract_residuals(study, fields))
            for fields, count in study.extractions()
            if not denoisers or fields["denoiser"] in denoisers
        )
        / 3600
    )


def _residual_bytes(study: Study, extraction: Mapping[str, Any]) -> float:
    """Bytes of one file of residuals: two per value of test residuals, eight per value of stored training sums."""
    sums = len(prnu.kept_photo_counts(round(study.photos_of("train"))))
    numbers = len(extraction["shifts"]) * study.photos_of("test") * 2 + sums * 8
    crop: int = extraction["crop"]
    return numbers * 3 * crop**2


def _from_origins(rows: list[NetworkRow], *origins: str) -> list[NetworkRow]:
    return [row for row in rows if row.origin in origins]


def _prediction_values(study: Study, experiment: Experiment) -> float:
    """Number of scores and features in an experiment's files of predictions."""
    classes = training_networks(experiment, study.networks)[experiment.task].map(str).nunique()
    images = len(evaluated_networks(experiment, study.networks)) * study.photos_of("test")
    return len(experiment.seeds) * images * (classes + study.backbone_counts(experiment).features)


def _cost_table(
    jobs: Mapping[str, int], hours: Mapping[str, float], core_hours: Mapping[str, float], disk: Mapping[str, float]
) -> list[str]:
    """Table with one line per rule that takes GPU time or disk space, and the total; ``jobs`` are still to run.

    Without ``core_hours`` it has no column for them.
    """
    counted_rules = [rule for rule in disk if disk[rule] or hours.get(rule)]
    rows = [
        (rule, jobs.get(rule, 0), *(of.get(rule, 0.0) for of in (hours, core_hours, disk))) for rule in counted_rules
    ]
    others = [rule for rule in jobs if rule not in counted_rules]
    if others:
        of_others = sum(core_hours.get(rule, 0.0) for rule in others)
        rows.append(("other rules", sum(jobs[rule] for rule in others), 0.0, of_others, 0.0))
    rows.append(("together", *(sum(column) for column in list(zip(*rows, strict=True))[1:])))
    of_cores = f"{'or core-hours':>15}" if core_hours else ""
    lines = [f"{'Rule':<22}{'Jobs':>8}{'GPU-hours':>14}{of_cores}{'Gigabytes':>14}"]
    for rule, count, time, core_time, space in rows:
        of_cores = f"{core_time:>15,.2f}" if core_hours else ""
        lines.append(f"{rule:<22}{count:>8,}{time:>14,.2f}{of_cores}{space:>14,.3f}")
    return lines


def _shortened(things: list[str]) -> str:
    more = f"; and {len(things) - 4} more" if len(things) > 4 else ""
    return "; ".join(things[:4]) + more


def _entry(name: str, text: str) -> list[str]:
    """Lines with a name on the left and wrapped text on the right."""
    first, *others = wrap(text, WIDTH - 16)
    return [f"{name:<16}{first}", *(f"{'':<16}{line}" for line in others)]

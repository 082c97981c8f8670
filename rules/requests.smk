"""What jobs ask a cluster for: memory and time, and more of both at every further attempt. No rules.

On one machine nothing of it matters but `gpu`, and `mem_mb` where `--resources` limits it. Memory is at least half as
much again as perf/job_requests measured at the paper's size, and for jobs on a GPU several gigabytes more, for CUDA,
which was not measured. Time follows from the study: from cost/, or from seconds of one core for each image.
"""

from functools import cache

from sr_fingerprints.study import cost
from sr_fingerprints.study.cost import duration
from sr_fingerprints.study.cost.operations import Operations
from sr_fingerprints.study.cost.study import Study, estimate_collection

RUN_FOLDER = Path.cwd()  # of the run; Snakemake has left it when the estimate is made

SAFETY_FACTOR = 3  # times as slow as assumed in cost/ a GPU may be
START_MINUTES = 10  # minutes that any job may take
NCNN_SECONDS = 20  # of a core for a megapixel, by RealSR, the slowest
UNCOUNTED_SECONDS = 5  # of a GPU for a megapixel, by a network that nobody has counted


@cache
def study():
    """What the cost depends on."""
    photos = config["photos"]
    return Study(
        config,
        NETWORKS,
        EXPERIMENTS,
        estimate_collection([RUN_FOLDER / file for file in PHOTOS.values()], photos["longest_side"], photos["tile"]),
        {name: estimate_collection([RUN_FOLDER / file for file in files.values()]) for name, files in DATASETS.items()},
        Operations(ROOT / "resources/operations.tsv"),
    )


def memory_mb(megabytes):
    """Memory (a number, or a function of wildcards) that doubles with each attempt: a job that was killed for want of it
    is given more."""

    def wanted(wildcards, attempt):
        return (megabytes(wildcards) if callable(megabytes) else megabytes) * 2 ** (attempt - 1)

    return wanted


def runtime_minutes(seconds):
    """Minutes for a job of so many seconds by estimate (a number, or a function of its wildcards).

    They double with each attempt, up to the configuration's `runtime_limit`; a training that is out of time goes on
    from its last checkpoint.
    """

    def minutes(wildcards, attempt):
        estimated = seconds(wildcards) if callable(seconds) else seconds
        wanted = math.ceil(START_MINUTES + SAFETY_FACTOR * estimated / 60) * 2 ** (attempt - 1)
        return min(wanted, config["runtime_limit"] or wanted)

    return minutes


def generation_seconds(wildcards):
    """For all photos by one network, on a GPU, or for ncnn on one core."""
    row, megapixels = network_row(wildcards), study().photos.pixels / 1e6
    each = {"ncnn": NCNN_SECONDS, "spandrel": UNCOUNTED_SECONDS}.get(row.framework, 0)
    return duration.generate_sr(study(), row) + each * megapixels

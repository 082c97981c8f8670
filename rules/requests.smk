"""Memory and run time that jobs request from a cluster, doubled at each further attempt. No rules.

On a single machine only `gpu` matters, and `mem_mb` where `--resources` limits it. Memory is at least 1.5 times what
perf/job_requests measured at the paper's size, plus several gigabytes on a GPU for CUDA, which was not measured. Run
time is estimated from the study, by cost/ or by seconds of one core for each image.
"""

from functools import cache

from sr_fingerprints.study import cost
from sr_fingerprints.study.cost import duration
from sr_fingerprints.study.cost.operations import Operations
from sr_fingerprints.study.cost.speeds import Speeds
from sr_fingerprints.study.cost.study import Study, mean_most_tiles

RUN_FOLDER = Path.cwd()  # the estimate is made later, when Snakemake has changed the working directory

SAFETY_FACTOR = 3  # a GPU may be this many times slower than cost/ assumes
START_MINUTES = 10  # allowed for any job
NCNN_SECONDS = 20  # of one core per megapixel, for RealSR, the slowest
UNCOUNTED_SECONDS = 5  # of a GPU per megapixel, for a network whose operations are not counted


@cache
def study():
    """The study as the cost estimate sees it."""
    photos = config["photos"]
    return Study(
        config,
        NETWORKS,
        EXPERIMENTS,
        PHOTOS.estimate(RUN_FOLDER, photos["longest_side"], photos["tile"], mean_most_tiles(photos)),
        {name: source.estimate(RUN_FOLDER) for name, source in DATASETS.items()},
        Operations(ROOT / "resources/operations.tsv"),
        Speeds(ROOT / "resources/speeds.tsv", config["training"]["precision"]),
    )


def memory_mb(megabytes):
    """Megabytes (a number, or a function of wildcards), doubled at each attempt in case the job ran out of memory."""

    def requested(wildcards, attempt):
        return (megabytes(wildcards) if callable(megabytes) else megabytes) * 2 ** (attempt - 1)

    return requested


def runtime_minutes(seconds):
    """Minutes to request for a job estimated at so many seconds (a number, or a function of its wildcards).

    They double with each attempt, up to the configuration's `runtime_limit`. A training that runs out of time resumes
    from its last checkpoint.
    """

    def minutes(wildcards, attempt):
        estimated = seconds(wildcards) if callable(seconds) else seconds
        requested = math.ceil(START_MINUTES + SAFETY_FACTOR * estimated / 60) * 2 ** (attempt - 1)
        return min(requested, config["runtime_limit"] or requested)

    return minutes


def training_seconds(section):
    """Estimated seconds to train and apply one classifier with the settings of ``pipelines`` or ``photo_sources``."""
    settings = config[section]["classifier"]
    row = experiments.Experiment(section, "network", ("custom", "published"), classifier=settings)
    count = len(config[section]["seeds"])
    return count * (duration.train_classifier(study(), row) + duration.apply_classifier(study(), row))


def generation_seconds(wildcards):
    """Estimated seconds to super-resolve all photos with one network, on a GPU, or with ncnn on one core."""
    row, megapixels = network_row(wildcards), study().photos.pixels / 1e6
    each = {"ncnn": NCNN_SECONDS, "spandrel": UNCOUNTED_SECONDS, "basicsr": UNCOUNTED_SECONDS}.get(row.framework, 0)
    return duration.generate_sr(study(), row) + each * megapixels


def photographs_to_fetch():
    """Photographs that this run fetches, known when its jobs are planned."""
    planned = {
        job.wildcards.photographs
        for job in workflow.dag.jobs
        if job.rule.name == rule_alias("fetch_photographs") and workflow.dag.needrun(job)
    }
    return [row for name, row in PHOTOGRAPHS.items() if name in planned]


def tell_downloads():
    """Say on the screen, before any job, what is downloaded, how large it is and under which licence."""
    if fetched := photographs_to_fetch():
        print(f"To download: {cost.to_download(fetched)}.", file=sys.stderr)

"""Measure the time on one core and the memory of every rule's job at the paper's size, for `resources` in rules/.

uv run python perf/job_requests                                             everything: hours
uv run python perf/job_requests --part 0.1 --only extract_residuals         with a tenth of the photos

Snakemake runs the jobs of jobs.yaml on one core, one after another. Missing inputs are synthesised in --folder (42 GB
for all photos) and kept there.

"Seconds" is the wall time of a job's processes, "core" their processor time, which other programs change less. "Core
at full size" is scaled up to the whole job (an overestimate if start-up dominates). Memory is the peak resident
memory of all processes of the job. In rows with "host" the network is tiny: they measure the host's share of a GPU
job, without CUDA's libraries. Linux only; BM3D only if its package is installed.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from inputs import Inputs
from runs import ROOT, RULES, Measurement, Runner
from snakemake.utils import update_config

JOBS = Path(__file__).parent / "jobs.yaml"


@dataclass(frozen=True)
class Job:
    """One job to measure; jobs.yaml describes the fields."""

    rule: str
    output: str
    what: str = "all"
    inputs: str = "paper"
    times: float | None = 1
    part: bool = True
    config: Mapping[str, Any] = field(default_factory=dict)


def main() -> None:
    arguments = parse_arguments()
    folder = arguments.folder.absolute() / f"{arguments.part:g}"
    print("| rule | what | seconds | core | core at full size | MB |\n|---|---|---|---|---|---|", flush=True)
    for job in jobs(arguments.part):
        if job.rule not in arguments.only or (job.what == "BM3D" and not find_spec("bm3d")):
            continue
        measured = measure(job, folder, arguments.part)
        times = None if job.times is None else job.times / (arguments.part if job.part else 1)
        whole = "-" if times is None else f"{measured.core * times:.0f}"
        numbers = f"{measured.seconds:.1f} | {measured.core:.1f} | {whole} | {measured.megabytes:.0f}"
        print(f"| {job.rule} | {job.what} | {numbers} |", flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=RULES, metavar="RULE", help="rules to measure; default: all")
    parser.add_argument("--part", type=float, default=1, help="of the photos, 0.02 to 1")
    parser.add_argument("--folder", type=Path, default=ROOT / "results/job_requests")
    return parser.parse_args()


def jobs(part: float) -> Iterator[Job]:
    """Jobs of jobs.yaml, and one for each other table and figure."""
    table = yaml.safe_load(JOBS.read_text())
    listed = [Job(**row) for row in table["jobs"]]
    yield from listed
    outputs = {rule: f"tables/{rule.removeprefix('tabulate_')}.csv" for rule in RULES if rule.startswith("tabulate_")}
    outputs |= {rule: f"figures/{rule.removeprefix('plot_')}.png" for rule in RULES if rule.startswith("plot_")}
    for rule, output in (outputs | table["others"]).items():
        if rule not in {job.rule for job in listed}:
            yield Job(
                rule, output, times=1 if part == 1 else None
            )  # their time is not proportional to the number of photos


def measure(job: Job, folder: Path, part: float) -> Measurement:
    """Run the job in the folder, synthesising missing inputs."""
    overlay = {"pathvars": {key: f"{key}/{job.inputs}" for key in ("results", "logs", "benchmarks")}}
    update_config(overlay, yaml.safe_load(JOBS.read_text())["always"])
    update_config(overlay, job.config)
    runner = Runner(folder, overlay)
    output = f"results/{job.inputs}/{job.output}"
    Inputs(runner, part, job.inputs).make_for(output, job.rule)
    measured = runner.measure(output, job.rule)
    if not job.rule.startswith(("tabulate", "plot")):
        (folder / output).unlink()  # may be of a part of the photos, or of a small network
    return measured


if __name__ == "__main__":
    main()

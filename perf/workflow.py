"""Report where the time of a study went: jobs, wall time, and the share that programs needed to start.

uv run python perf/workflow.py results/demo              a study that ran here, in the folder of the Snakefile
uv run python perf/workflow.py results/demo --cores 2    with so many cores; default: as many as there are

Start and end of each job come from Snakemake's own record, .snakemake/metadata, of the last time that each file was
made. Start-up time is measured now, in fresh processes: Python, Snakemake's preamble, the script's imports, torch if
the job's log names it, and exit. It is processor time, which other programs hardly change; later imports and waiting
count as work. A pause of more than 30 s without a job separates runs.
"""

import argparse
import ast
import json
import os
import re
import resource
import subprocess
import sys
from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"
PAUSE = 30.0
"""Seconds without a job that separate two runs."""

PREAMBLE = """
import atexit, gc, pickle, sys
atexit.register(gc.freeze)
from snakemake.logging import logger
from snakemake.iocontainers import Snakemake
"""
"""Imports of the preamble that Snakemake 9.27 puts before a script, and what a job does at exit."""


@dataclass(frozen=True)
class Job:
    """One job that ran: its rule, the name of its script ('' if it has none), whether it imported torch, and seconds
    since 1970."""

    rule: str
    script: str
    torch: bool
    start: float
    end: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a study, such as results/demo")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    jobs = finished_jobs(arguments.results)
    if not jobs:
        sys.exit(f"{arguments.results}: no job of it in .snakemake/metadata here; run it first, in this folder")
    by_rule = defaultdict(list)
    for job in jobs:
        by_rule[job.rule].append(job)
    print(
        "| stage | rule | jobs | wall (s) | a job (s) | starting (s) | working (s) |\n|---|---|---|---|---|---|---|"
    )
    stages, totals = stage_of_rules(), [0.0, 0.0]
    for rule, of_rule in sorted(by_rule.items(), key=lambda item: -wall(item[1])):
        starting = sum(seconds_to_start(job.script, job.torch) for job in of_rule)
        print_row(stages.get(rule, ""), rule, of_rule, starting)
        totals = [totals[0] + wall(of_rule), totals[1] + starting]
    print_row("", "**all**", jobs, totals[1])
    spans = runs(jobs)
    elapsed = sum(end - start for start, end in spans)
    available = arguments.cores * elapsed
    print(
        f"\nFrom the start of the first job to the end of the last one: {elapsed:.0f} s in {len(spans)} run(s), of "
        f"{arguments.cores} cores {available:.0f} s: {totals[0]:.0f} s in jobs ({totals[1]:.0f} s of them starting), "
        f"{available - totals[0]:.0f} s idle, or planning. Python and Snakemake's preamble alone are "
        f"{seconds_to_start(''):.2f} s a job."
    )


def print_row(stage: str, rule: str, jobs: list[Job], starting: float) -> None:
    seconds = wall(jobs)
    print(
        f"| {stage} | {rule} | {len(jobs)} | {seconds:.1f} | {seconds / len(jobs):.2f} | {starting:.1f} "
        f"| {seconds - starting:.1f} |",
        flush=True,
    )


def finished_jobs(results: Path) -> list[Job]:
    """Jobs that made the files below ``results``, each once."""
    found = {}
    record = Path(".snakemake/metadata")
    for path in record.rglob("*"):
        # Snakemake splits long names into folders, each with an @ in front.
        name = "".join(part.removeprefix("@") for part in path.relative_to(record).parts)
        if not path.is_file() or not b64decode(name).decode().startswith(f"{results}/"):
            continue
        made = json.loads(path.read_text())
        if made["starttime"] and made["endtime"]:
            script = re.search(r'scripts/(\w+\.py)"', made["code"] or "")
            torch = any(" torch " in Path(log).read_text() for log in made["log"] if Path(log).exists())
            job = Job(made["rule"], script[1] if script else "", torch, made["starttime"], made["endtime"])
            key = made["rule"], *made["log"]
            found[key] = max(found.get(key, job), job, key=lambda one: one.end)
    return list(found.values())


def wall(jobs: list[Job]) -> float:
    return sum(job.end - job.start for job in jobs)


def runs(jobs: list[Job]) -> list[tuple[float, float]]:
    """Start and end of each run, in order."""
    spans: list[tuple[float, float]] = []
    for job in sorted(jobs, key=lambda job: job.start):
        if spans and job.start <= spans[-1][1] + PAUSE:
            spans[-1] = spans[-1][0], max(spans[-1][1], job.end)
        else:
            spans.append((job.start, job.end))
    return spans


def stage_of_rules() -> dict[str, str]:
    """File in rules/ of each rule."""
    return {
        rule: file.stem
        for file in (ROOT / "rules").glob("*.smk")
        for rule in re.findall(r"^(?:use rule \w+ as|rule) (\w+)", file.read_text(), re.MULTILINE)
    }


@cache
def seconds_to_start(script: str, torch: bool = False) -> float:
    """Processor time in seconds of a fresh process that only executes a script's imports."""
    code = f"import sys; sys.path.append({str(SCRIPTS)!r})\n{PREAMBLE}"
    if script:
        tree = ast.parse((SCRIPTS / script).read_text())
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        code += "\n".join(map(ast.unparse, imports)) + ("\nimport torch" if torch else "")
    return min(_processor_seconds([sys.executable, "-c", code]) for _ in range(3))


def _processor_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()

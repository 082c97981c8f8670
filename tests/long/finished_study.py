"""Copies of a finished run of the smoke study, to do something to, and how they compare with it afterwards."""

import re
import shutil
from pathlib import Path

from smoke_study import snakemake

RESULTS = Path("results/smoke")
WITH_TIMES = re.compile(r"report/(making|networks/.+)\.html")


def copy_of(finished, folder):
    """A copy with the times of the files, by which Snakemake goes."""
    return shutil.copytree(finished, folder, dirs_exist_ok=True, symlinks=True)


def files_of(folder):
    """All files under ``results``, hidden ones too, by their path there."""
    results = folder / RESULTS
    return {str(path.relative_to(results)): path for path in results.rglob("*") if path.is_file()}


def differences(folder, finished, chosen=None):
    """Names of files under ``results`` that are not the same, to the byte, or that only one of the two has.

    Pages that tell how long jobs took are left out.
    """
    ours, theirs = files_of(folder), files_of(finished)
    names = ours.keys() | theirs.keys() if chosen is None else set(chosen)
    return sorted(
        name
        for name in names
        if not WITH_TIMES.fullmatch(name)
        and (name not in ours or name not in theirs or ours[name].read_bytes() != theirs[name].read_bytes())
    )


def planned(folder, *arguments):
    """The number of jobs that a dry run plans, by rule."""
    told = snakemake(folder, "-n", *arguments)
    assert told.returncode == 0, told.stderr[-2000:]
    return planned_jobs(told.stdout)


def planned_jobs(screen):
    """The number of jobs by rule that a dry run has printed."""
    table = screen.partition("Job stats:")[2].partition("\n\n")[0]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE) if rule != "total"}

"""How long the jobs of a study took, and on what: from the benchmarks and logs that they left."""

import csv
import os
import platform
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sr_fingerprints.runtime.errors import InputError, as_input_error, explain_unread

DEVICE = re.compile(r" torch \S+ on (.+?)(?: \(|, \d+ thread)")
"""What `runtime.job` logs of the device."""


@dataclass(frozen=True)
class Duration:
    """Jobs of one rule."""

    rule: str
    jobs: int
    seconds: float  # of all its jobs
    longest: float  # seconds of the longest of them


def durations(folder: Path, patterns: Mapping[str, str], needed: bool = True) -> list[Duration]:
    """Durations by rule, in the order of ``patterns``, from Snakemake's benchmarks in ``folder``.

    ``patterns`` are regular expressions of a rule's benchmarks, by its name; files of jobs that the study no longer
    has match none. A job that was interrupted has the duration of its last attempt. Raises `InputError` if one
    is damaged, or if there are none and they are ``needed``.
    """
    found: dict[str, list[float]] = {}
    for rule, _, row in benchmarks(folder, patterns):
        found.setdefault(rule, []).append(float(row["s"]))
    if not found and needed:
        raise InputError(
            f"{folder}: found no benchmarks of this study; allowed: the folder that its run wrote beside its results "
            "(pathvars.benchmarks), from which durations are published"
        )
    return [
        Duration(rule, len(found[rule]), sum(sorted(found[rule])), max(found[rule]))
        for rule in patterns
        if rule in found
    ]


def durations_by_network(folder: Path, patterns: Mapping[str, str]) -> dict[str, list[Duration]]:
    """The jobs whose benchmarks are named by a network, by its name; arguments as for `durations`."""
    found: dict[str, list[Duration]] = {}
    for rule, wildcards, row in benchmarks(folder, patterns):
        if "network" in wildcards:
            seconds = float(row["s"])
            found.setdefault(wildcards["network"], []).append(Duration(rule, 1, seconds, seconds))
    return found


def devices(folder: Path, patterns: Mapping[str, str]) -> dict[str, int]:
    """Number of jobs that used torch, by the device that they logged; ``patterns`` as for `durations`, of logs."""
    found: Counter[str] = Counter()
    for _, _, path in matching(folder, "log", patterns):
        with explain_unread(path):
            found.update(DEVICE.findall(path.read_text(encoding="utf-8", errors="replace"))[-1:])
    return dict(sorted(found.items()))


def processor() -> str:
    """Model of this machine's processor, and the number of cores that this process may use."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists() and (
        named := re.search(r"^model name\s*: *(.+)$", information.read_text(), re.MULTILINE)
    ):
        model = named[1]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{model}, {cores} core{'s' * (cores > 1)}"


def in_words(seconds: float) -> str:
    """A duration in the two largest of its units: ``2 h 05 min``, ``3 min 20 s``, ``0.4 s``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {left:02} s" if minutes else f"{left} s"
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def benchmarks(folder: Path, patterns: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str], Mapping[str, str]]]:
    """The rule, the wildcards and what Snakemake measured (``s``, ``max_rss``, ...), of each benchmark in ``folder``.

    ``patterns`` as for `durations`. Raises `InputError` for a damaged one.
    """
    for rule, wildcards, path in matching(folder, "tsv", patterns):
        with as_input_error(path, "a benchmark of Snakemake", "remove the result of its job and run again"):
            (measured,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t")
            float(measured["s"])
        yield rule, wildcards, measured


def matching(folder: Path, suffix: str, patterns: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str], Path]]:
    """Each file with ``suffix`` in ``folder`` that a pattern matches, with the name of its rule and its wildcards."""
    for path in sorted(folder.rglob(f"*.{suffix}")):
        for rule, pattern in patterns.items():
            if found := re.match(pattern, str(path)):
                yield rule, found.groupdict(), path
                break

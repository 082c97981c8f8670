"""What each job of a study recorded: when it ran, on what, how long and with how much memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, nan

from sr_fingerprints.report.durations import DEVICE, benchmarks, matching
from sr_fingerprints.report.ran import Study
from sr_fingerprints.runtime.errors import explain_unread

RECORD = re.compile(r"^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d:\d\d[+-]\d{4})| \d\d:\d\d:\d\d,\d{3}) [A-Z]+ ", re.MULTILINE)
"""The beginning of a record of a log. Those of version 0.8 have local times, of which only the date is used."""


@dataclass(frozen=True)
class JobRecord:
    """One job that left a log."""

    rule: str
    wildcards: Mapping[str, str]
    start: str  # ISO 8601, in UTC; a date alone where the offset from UTC is not recorded; empty if nothing is
    end: str
    ran_on: str  # the device of torch, such as cpu; empty if it did not use torch
    seconds: float  # NaN if not measured
    mebibytes: float  # largest resident memory; NaN if not measured


def jobs_of(study: Study) -> list[JobRecord]:
    """The jobs, in the order of their rules in the study's patterns. Raises `InputError` for a damaged benchmark."""
    measured = {
        _key(rule, wildcards): row for rule, wildcards, row in benchmarks(study.benchmarks, study.benchmark_patterns)
    }
    found = []
    for rule, wildcards, path in matching(study.logs, "log", study.log_patterns):
        with explain_unread(path):
            log = path.read_text(encoding="utf-8", errors="replace")
        times = [_time(*record) for record in RECORD.findall(log)] or [""]
        row = measured.get(_key(rule, wildcards), {})
        found.append(
            JobRecord(
                rule,
                wildcards,
                times[0],
                times[-1],
                (DEVICE.findall(log) or [""])[-1],
                _number(row.get("s", "")),
                _number(row.get("max_rss", "")),
            )
        )
    order = list(study.log_patterns)
    return sorted(found, key=lambda job: (order.index(job.rule), sorted(job.wildcards.items())))


def span(jobs: list[JobRecord]) -> tuple[str, str]:
    """Start of the first job and end of the last one: dates alone unless all have times, empty if none has any."""
    starts, ends = ([getattr(job, when) for job in jobs if job.end] for when in ("start", "end"))
    if not ends:
        return "", ""
    length = min(map(len, [*starts, *ends]))
    return min(start[:length] for start in starts), max(end[:length] for end in ends)


def _key(rule: str, wildcards: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    return rule, frozenset(wildcards.items())


def _time(date: str, time: str) -> str:
    return datetime.fromisoformat(date + time).astimezone(UTC).isoformat() if time else date


def _number(text: str) -> float:
    """The number that Snakemake wrote, which is ``-`` or ``NA`` where it could not measure."""
    try:
        number = float(text)
    except ValueError:
        return nan
    return number if isfinite(number) else nan

"""`sr-fingerprints studies`: which studies were run here, how large they are, since when, and what they found."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sr_fingerprints.command.words import field
from sr_fingerprints.report import PAGE
from sr_fingerprints.runtime.errors import InputError, explain_unread

FINDINGS = "findings.rst"
VERDICT = re.compile(r"^\*\*(?P<verdict>[^*]+)\*\*: ")
"""How a finding begins that confirms or contradicts the paper."""

UNFINISHED = "no report yet: interrupted, running, or only a part was asked for"


@dataclass(frozen=True)
class Finding:
    """One statement of the paper, and what the study says to it."""

    title: str
    verdict: str | None  # as "seen here"; None for findings that only tell numbers


@dataclass(frozen=True)
class StudyFolder:
    """What is known of a study from its folder of results."""

    folder: str
    finished: str | None  # ISO 8601 with the time zone, when the report was written; None without one
    bytes: int  # of all its files; what several names share counts once
    tables: int
    figures: int
    page: str | None  # the report
    findings: tuple[Finding, ...]


def run(given: argparse.Namespace) -> bool:
    """List the studies below a folder. Raises `InputError` if it is not a folder."""
    root: Path = given.results
    if not root.is_dir():
        raise InputError(f"{root}: found no folder; allowed: one with results of studies, such as results")
    found = list(studies_in(root))
    if given.json:
        sys.stdout.write(json.dumps([asdict(study) for study in found], ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(map(as_text, found)) if found else f"{root}: no studies yet\n")
    return True


def studies_in(root: Path) -> Iterator[StudyFolder]:
    """The studies in ``root``, by name: folders with photos, tables or a report."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if any((folder / name).exists() for name in ("photos.h5", "tables", PAGE, FINDINGS)):
            yield described(folder)


def described(folder: Path) -> StudyFolder:
    """What a study's ``folder`` tells of it. Raises `InputError` for a file that cannot be read."""
    page, findings = folder / PAGE, folder / FINDINGS
    finished = None
    if page.is_file():
        finished = datetime.fromtimestamp(page.stat().st_mtime, UTC).astimezone().isoformat(timespec="minutes")
    with explain_unread(findings):
        text = findings.read_text(encoding="utf-8") if findings.is_file() else ""
    return StudyFolder(
        folder=str(folder),
        finished=finished,
        bytes=_bytes_in(folder),
        tables=len(list(folder.glob("tables/*.csv"))),
        figures=len(list(folder.glob("figures/*.png"))),
        page=str(page) if page.is_file() else None,
        findings=tuple(findings_in(text)),
    )


def findings_in(text: str) -> Iterator[Finding]:
    """The headings of findings, reStructuredText, with the verdict that follows each, if one does."""
    lines = text.splitlines()
    for place in range(2, len(lines)):
        title, line = lines[place - 1], lines[place]
        if title and set(line) == {"-"} and len(line) >= len(title):
            rest = next((other for other in lines[place + 1 :] if other.strip()), "")
            found = VERDICT.match(rest)
            yield Finding(title.replace("\\", ""), found["verdict"] if found else None)


def _bytes_in(folder: Path) -> int:
    stats = [path.lstat() for path in folder.rglob("*") if path.is_file()]
    return sum({(each.st_dev, each.st_ino): each.st_size for each in stats}.values())


def as_text(study: StudyFolder) -> str:
    """A study as people read it."""
    contents = f"{study.tables} tables, {study.figures} figures, {size(study.bytes)}"
    lines = [study.folder, *field("finished", study.finished or UNFINISHED), *field("holds", contents)]
    if study.page:
        lines.append(f"  {'report:':14}{study.page}")  # never wrapped, so that it can be copied
    for found in study.findings:
        if found.verdict:
            lines += field("finding", f"{found.title}: {found.verdict}")
    return "\n".join(lines) + "\n"


def size(number: int) -> str:
    """Bytes in decimal units, with one digit after the point from a kilobyte on."""
    value, unit = float(number), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.95:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"

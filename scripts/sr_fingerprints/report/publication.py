"""The results of a study as a folder for a repository: a page in Markdown, tables, figures and the configuration.

The same results give the same bytes. No path of this machine is written: folders outside the working directory are
shortened to their names in the configuration, and a path anywhere else is an error.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sr_fingerprints.files.folders import write_folder
from sr_fingerprints.files.images import SPLITS, ImageFile
from sr_fingerprints.report import durations, markdown
from sr_fingerprints.report.items import Item, software_versions, table_columns
from sr_fingerprints.report.ran import Study, command, without_folders
from sr_fingerprints.report.small_png import small_png
from sr_fingerprints.runtime.errors import InputError, explain_unread

LONGEST = 40
"""Rows of a table in the page; of a longer one there is only the file."""

MARK = "<!-- Made by the rule publish_results of sr-fingerprints, which overwrites this folder. -->"
HOMES = ("/home/", "/root/", "/Users/", "/tmp/")  # noqa: S108 (nothing is written there)


def publish(
    items: Sequence[Item],
    study: Study,
    *,
    findings: Path,
    photos: Path,
    predictions: Iterable[Path],
    output: Path,
) -> None:
    """Write the folder ``output``: README.md, tables/*.csv, figures/*.png and configuration.yaml.

    ``items``, ``findings`` and ``predictions`` are those of the report (see `site.pages`), ``photos`` is the
    HDF5 file of prepared photos. An earlier publication in ``output`` is replaced once the new one is complete.
    Raises `InputError` where something else is there, an input is damaged, or a path of this machine is in it.
    """
    _check_replaceable(output)
    configuration = without_folders(study.configuration)
    page = [
        *_opening(study),
        *_how_it_was_made(study, predictions),
        *_photos(photos, configuration["photos"]),
        "## Findings",
        markdown.rst_to_markdown(findings, 2).partition("\n\n")[2],
        *_items("tables", items),
        *_items("figures", items),
    ]
    contents: dict[str, bytes] = {
        "README.md": "\n\n".join([MARK, *page, ""]).rstrip("\n").encode() + b"\n",
        "configuration.yaml": yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True, width=118).encode(),
    }
    for item in items:
        contents[f"{item.folder}/{item.file.name}"] = _content(item.file)
    for name, content in contents.items():
        if not name.endswith(".png"):
            check_no_local_path(name, content.decode())
    write_folder(output, contents)


def description(file: Path) -> str:
    """The comment at the beginning of a configuration file as Markdown; indented lines are code."""
    lines: list[str] = []
    with explain_unread(file):
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.removeprefix("#").removeprefix(" ").rstrip())
    blocks = [block for block in "\n".join(lines).split("\n\n") if block.strip()]
    return "\n\n".join(
        block if all(line.startswith("    ") for line in block.split("\n")) else _with_code(block) for block in blocks
    )


def _with_code(text: str) -> str:
    """Escaped text in which what stands between backticks stays code."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(markdown.code(part) if number % 2 else markdown.escaped(part) for number, part in enumerate(parts))


def _opening(study: Study) -> Iterator[str]:
    yield f"# Results of the study {markdown.escaped(study.name)}"
    if study.configuration_files and (text := description(study.configuration_files[-1])):
        yield text
    yield (
        "On this page: [how it was made](#how-it-was-made), [photos](#photos), [findings](#findings), "
        "[tables](#tables), [figures](#figures)."
    )


def _how_it_was_made(study: Study, predictions: Iterable[Path]) -> Iterator[str]:
    yield "## How it was made"
    yield f"    {command(study.configuration_files, study.root)}"
    yield (
        f"by sr-fingerprints {markdown.escaped(study.version)}, {markdown.escaped(study.commit)}. The whole "
        "configuration, with all defaults, is in [configuration.yaml](configuration.yaml); absolute paths are "
        "shortened to their last part."
    )
    used = durations.devices(study.logs, study.log_patterns)
    ran = ", ".join(f"{markdown.escaped(device)} ({jobs:,} job{'s' * (jobs > 1)})" for device, jobs in used.items())
    yield (
        f"Published on a machine with {markdown.escaped(durations.processor())}."
        + f" By their logs, jobs that use torch ran on: {ran}." * bool(ran)
    )
    found = durations.durations(study.benchmarks, study.benchmark_patterns)
    rows = [[row.rule, f"{row.jobs:,}", *map(durations.in_words, (row.seconds, row.longest))] for row in found]
    total = [f"{sum(row.jobs for row in found):,}", durations.in_words(sum(row.seconds for row in found)), ""]
    yield (
        "The longer jobs took this time, added up though several ran at once; of a job that was interrupted, the "
        "last attempt counts. Other jobs are not measured."
    )
    yield markdown.table(["rule", "jobs", "together", "longest"], [*rows, ["all", *total]], [False, True, True, True])
    packages = ", ".join(f"{name} {version}" for name, version in software_versions(predictions).items())
    yield f"Versions: {markdown.escaped(packages)}."


def _photos(path: Path, section: Mapping[str, Any]) -> Iterator[str]:
    yield "## Photos"
    with ImageFile(path) as photos:
        rows = [
            [split, f"{len(np.unique(photos.source[photos.split == split])):,}", f"{(photos.split == split).sum():,}"]
            for split in SPLITS
        ]
    yield markdown.table(["split", "photos", "images of them"], rows, [False, True, True])
    yield "They are got and prepared as the section `photos` of the configuration says:"
    yield f"```yaml\n{yaml.safe_dump(dict(section), sort_keys=False, allow_unicode=True)}```"


def _items(folder: str, items: Sequence[Item]) -> Iterator[str]:
    yield f"## {folder.capitalize()}"
    if folder == "tables":
        yield (
            "Numbers are rounded here, and columns without any value are left out; the CSV files have all. A number "
            "stands as mean ± standard deviation \\[lower end, upper end of its interval\\], as far as it has them."
        )
    for item in items:
        if item.folder == folder:
            address = f"{folder}/{item.file.name}"
            yield f"### {markdown.escaped(item.title)}"
            yield f"![{markdown.escaped(item.title)}]({address})" if folder == "figures" else _table(item, address)
            yield markdown.rst_to_markdown(item.caption, 4)
            yield f"In the paper: {markdown.escaped(item.in_the_paper)}. By the rule {markdown.code(item.rule)}."


def _table(item: Item, address: str) -> str:
    columns = table_columns(item.file)
    rows = len(columns[0].cells) if columns else 0
    file = f"[{item.file.name}]({address})"
    if not rows:
        return f"This study has no rows of this table ({file})."
    if rows > LONGEST:
        return f"All {rows:,} rows: {file}"
    return f"{markdown.table_of_columns(columns)}\n\n{file}"


def _content(path: Path) -> bytes:
    if path.suffix == ".png":
        return small_png(path)
    with explain_unread(path):
        return path.read_bytes()


def check_no_local_path(name: str, text: str) -> None:
    """Refuse a text with a path of this machine or somebody's home folder."""
    local = [f"{folder}/" for folder in map(str, (Path.cwd(), Path.home())) if folder != "/"]
    for number, line in enumerate(text.splitlines(), start=1):
        for folder in (*local, *HOMES):
            if re.search(rf"(?<![\w./]){re.escape(folder)}", line):
                raise InputError(
                    f"{name}: line {number}: found a path below {folder}; allowed in what is published: relative "
                    "paths (rename what the configuration names so, then run again)"
                )


def _check_replaceable(folder: Path) -> None:
    readme = folder / "README.md"
    if folder.exists() and not (readme.is_file() and readme.read_text(encoding="utf-8").startswith(MARK)):
        raise InputError(
            f"{folder}: found something that was not published here; allowed: nothing, or results to replace"
        )

"""What was run, and by which command."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Study:
    """What was run, and how."""

    name: str
    configuration: Mapping[str, Any]  # the whole, with defaults
    configuration_files: Sequence[Path]  # in their order: the first is always read, the last one wins
    root: Path  # of the workflow, which names of these files start from
    version: str  # of sr-fingerprints, such as 0.8.0
    commit: str  # see `runtime.provenance.workflow_version`
    benchmarks: Path  # folder
    benchmark_patterns: Mapping[str, str]  # regular expressions of its files, by rule
    logs: Path
    log_patterns: Mapping[str, str]


def study_of(params: Any) -> Study:
    """The study that the params of a rule describe (RAN in rules/report.smk)."""
    return Study(
        name=params.study,
        configuration=params.configuration,
        configuration_files=[Path(file) for file in params.configuration_files],
        root=Path(params.root),
        version=params.version,
        commit=params.commit,
        benchmarks=Path(params.folders["benchmarks"]),
        benchmark_patterns=params.benchmarks,
        logs=Path(params.folders["logs"]),
        log_patterns=params.logs,
    )


def without_folders(value: Any) -> Any:
    """A copy of a configuration with each absolute path shortened to its last part: ``.../photos``."""
    if isinstance(value, Mapping):
        return {key: without_folders(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_folders(inner) for inner in value]
    if isinstance(value, str) and (path := re.fullmatch(r"(?:file://)?/(?:.*/)?([^/]+)/*", value)):
        return f".../{path[1]}"
    return value


def command(files: Sequence[Path], root: Path) -> str:
    """The command, in ``root``, that runs a study with these files; of one elsewhere only the name is told."""
    given = " ".join(str(path.relative_to(root)) if path.is_relative_to(root) else path.name for path in files[1:])
    return "uv run snakemake --cores all" + f" --configfile {given}" * bool(given)

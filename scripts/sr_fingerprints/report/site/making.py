"""How each file was made: its rule, script and command, and how long jobs took, on what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from sr_fingerprints.report import durations
from sr_fingerprints.report.items import Item, software_versions
from sr_fingerprints.report.ran import command, without_folders
from sr_fingerprints.report.site.sources import Sources


@dataclass(frozen=True)
class MadeFile:
    """One file of the results."""

    item: Item
    command: str  # makes it anew


@dataclass(frozen=True)
class Making:
    """How a study was made."""

    command: str
    configuration: str  # YAML, the whole with defaults, without folders of this machine
    versions: Mapping[str, str]
    machine: str
    devices: Mapping[str, int]  # jobs that use torch, by device
    took: Sequence[durations.Duration]
    of_networks: Mapping[str, Sequence[durations.Duration]]  # the jobs of each network
    files: Sequence[MadeFile]

    @property
    def jobs(self) -> int:
        """Number of all jobs that were measured."""
        return sum(row.jobs for row in self.took)

    @property
    def seconds(self) -> float:
        """Seconds of all these jobs, added up."""
        return sum(row.seconds for row in self.took)


def making(sources: Sources) -> Making:
    """Read how the study was made from what its jobs left. Raises `InputError` when a benchmark is damaged."""
    study = sources.study
    base = command(study.configuration_files, study.root)
    return Making(
        base,
        yaml.safe_dump(without_folders(study.configuration), sort_keys=False, allow_unicode=True, width=118),
        software_versions(sources.predictions),
        durations.processor(),
        durations.devices(study.logs, study.log_patterns),
        durations.durations(study.benchmarks, study.benchmark_patterns, needed=False),
        durations.durations_by_network(study.benchmarks, study.benchmark_patterns),
        [MadeFile(item, _command(base, item)) for item in sources.items],
    )


def _command(base: str, item: Item) -> str:
    """The command that makes one file anew, of a folder elsewhere with its last part alone."""
    return base.replace("--cores all", f"--cores all --force {without_folders(str(item.file))}", 1)

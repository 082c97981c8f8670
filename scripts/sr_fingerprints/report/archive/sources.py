"""What an archive is made from, as the rules know it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sr_fingerprints.report.items import Item
from sr_fingerprints.report.ran import Study

if TYPE_CHECKING:
    from sr_fingerprints.study.source_photos import SourcePhotos

NOT_OF_THE_STUDY = ("scripts/archive_results.py", "scripts/publish_results.py")
"""Scripts of rules that pass on what a study found."""

CONSTRAINT = re.compile(r"\{(\w+),[^{}]*\}")
"""A wildcard with a regular expression."""

DISTRIBUTIONS = {"skimage": "scikit-image", "sklearn": "scikit-learn"}
"""Packages with photos that are not called as what is imported."""


@dataclass(frozen=True)
class Rule:
    """A rule of the workflow, with paths below its root."""

    name: str
    description: str
    script: str
    environment: str
    outputs: Sequence[str]  # paths as the rule has them, with wildcards in braces


@dataclass(frozen=True)
class Sources:
    """Files of a finished study, and what its rules know of it."""

    study: Study
    results: Path  # folder
    items: Sequence[Item]  # with their files in that folder
    more: Sequence[Path]  # other files in it
    report: Path  # folder in it
    photos: Path  # HDF5
    patches: Path  # HDF5, see `files.patches`
    predictions: Sequence[Path]  # HDF5
    rules: Sequence[Rule]
    networks: Sequence[Mapping[str, Any]]  # rows of the trained, published and own ones, see `NetworkRow`
    photo_sets: Mapping[str, Mapping[str, Any]]  # see `described_photos`, by what they are for
    snakemake: str  # version


def described_rules(rules: Iterable[Any], root: Path) -> list[dict[str, Any]]:
    """The rules of Snakemake whose scripts are below ``root``, as fields of `Rule`."""
    found = []
    for rule in rules:
        script, environment = (
            _below(root, rule.basedir, path) if path else "" for path in (rule.script, rule.conda_env)
        )
        if script and script not in NOT_OF_THE_STUDY:
            found.append(
                {
                    "name": rule.name,
                    "description": " ".join((rule.docstring or "").split()),
                    "script": script,
                    "environment": environment,
                    "outputs": [CONSTRAINT.sub(r"{\1}", str(file)) for file in rule.output if isinstance(file, str)],
                }
            )
    return found


def _below(root: Path, folder: Any, path: Any) -> str:
    """Path below ``root`` of a file that is named from ``folder``; empty if it is elsewhere."""
    absolute = Path(str(folder), str(path)).resolve()
    return absolute.relative_to(root.resolve()).as_posix() if absolute.is_relative_to(root.resolve()) else ""


def described_photos(source: "SourcePhotos") -> dict[str, Any]:
    """Where photos are from: their ``number``, rows of ``fetched`` ones, and ``bundled`` files.

    Of a user's own there is the number alone.
    """
    from sr_fingerprints.photos.sources import BUNDLED
    from sr_fingerprints.runtime.provenance import sha256_of

    bundled = {} if source.fetched or source.folder else source.files
    return {
        "number": len(source),
        "fetched": [vars(row) for row in source.fetched],
        "bundled": {
            name: {
                "package": DISTRIBUTIONS.get(package, package),
                "version": version(DISTRIBUTIONS.get(package, package)),
                "file": f"{package}/{file}",
                "sha256": sha256_of(bundled[name]),
            }
            for name, (package, file) in BUNDLED.items()
            if name in bundled
        },
    }

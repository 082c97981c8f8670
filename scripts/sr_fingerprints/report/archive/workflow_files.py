"""The files of the workflow that an archive has: what a run of it needs, and no tests or documentation."""

import subprocess
from pathlib import Path

from sr_fingerprints.runtime.provenance import git

PARTS = (
    *("Snakefile", "config.yaml", "config", "rules", "scripts", "envs", "schemas", "report", "profiles"),
    *("resources", "workflow", "pyproject.toml", "uv.lock", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md"),
)
LEFT_OUT = ("resources/bundles/",)
"""Results of another study, of 14 MB."""


def workflow_files(root: Path) -> dict[str, Path]:
    """Files by their path below ``root``, sorted. In a checkout these are the ones that are committed or added.

    So a user's own configuration beside them is none of them.
    """
    return {name: root / name for name in sorted(_tracked(root) or _all(root)) if not name.startswith(LEFT_OUT)}


def _tracked(root: Path) -> list[str]:
    """Names of files that git knows; none without git, and where ``root`` is no top of a checkout."""
    try:
        listed = git(root, "ls-files", "-z", "--", *PARTS)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def _all(root: Path) -> list[str]:
    paths = [
        path for part in PARTS for path in ([root / part] if (root / part).is_file() else (root / part).rglob("*"))
    ]
    names = [path.relative_to(root) for path in paths if path.is_file() and path.suffix != ".pyc"]
    return [name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts)]

"""Provenance of results: digests of settings and files, and versions of software and of the workflow."""

import hashlib
import json
import os
import platform
import subprocess
import tomllib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sr_fingerprints.runtime.errors import explain_unread

VERSION = "SR_FINGERPRINTS_VERSION"
"""Environment variable with the workflow's version; jobs inherit it from the Snakemake that starts them."""


def settings_digest(settings: Any) -> str:
    """Digest of JSON-serialisable settings, independent of the order of keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


def versions(*distributions: str) -> dict[str, str]:
    """Versions of Python and of installed distributions, by name."""
    return {"python": platform.python_version()} | {name: version(name) for name in distributions}


def sha256_of(path: Path) -> str:
    """SHA-256 of the content of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def file_digests(paths: Iterable[str | Path]) -> dict[str, str]:
    """SHA-256 of the content of files, by file name. Raises `InputError` for a file that cannot be read."""
    digests = {}
    for path in map(Path, paths):
        with explain_unread(path):
            digests[path.name] = sha256_of(path)
    return digests


def file_stamps(paths: Iterable[str | Path]) -> list[tuple[str, int, int]]:
    """Path, size in bytes and modification time (ns) of each file; they change when a file is rewritten."""
    return [(str(path), Path(path).stat().st_size, Path(path).stat().st_mtime_ns) for path in paths]


def version_of_run(folder: Path) -> str:
    """The `workflow_version` at the start of the run: the same for all jobs, even if files are edited meanwhile."""
    if VERSION not in os.environ:
        os.environ[VERSION] = workflow_version(folder)
    return os.environ[VERSION]


def workflow_version(folder: Path) -> str:
    """Commit of the workflow in ``folder`` and whether there are uncommitted changes; without git, its version.

    ``folder`` must be the top of a checkout: an enclosing repository would have an unrelated commit. Published
    results (docs/results) are no part of the workflow, so changes of them do not count.
    """
    changed = ["status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)docs/results"]
    try:
        commit, changes = (git(folder, *command).strip() for command in (["describe", "--always", "--tags"], changed))
    except (OSError, subprocess.CalledProcessError):
        return f"version {project_version(folder)}"
    return f"commit {commit}" + " with uncommitted changes" * bool(changes)


def git(folder: Path, *command: str) -> str:
    """What a command of git prints about the checkout whose top is ``folder``, and no enclosing one; changes nothing.

    Raises `OSError` without git, and `subprocess.CalledProcessError` where ``folder`` is no top of a checkout.
    """
    program = ["git", "--no-optional-locks", f"--git-dir={folder / '.git'}", f"--work-tree={folder}"]
    return subprocess.run([*program, *command], cwd=folder, capture_output=True, text=True, check=True).stdout


def project_version(folder: Path) -> str:
    """The version that pyproject.toml in ``folder`` has."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])

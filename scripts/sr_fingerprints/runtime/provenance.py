"""What a result came from: digests of settings and files, and versions of software."""

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any


def settings_digest(settings: Any) -> str:
    """Digest of settings that JSON can write, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


def versions(*distributions: str) -> dict[str, str]:
    """Versions of Python and of installed distributions, by name."""
    return {"python": platform.python_version()} | {name: version(name) for name in distributions}


def file_digests(paths: Iterable[str | Path]) -> dict[str, str]:
    """SHA-256 of the content of files, by their names."""
    digests = {}
    for path in map(Path, paths):
        with path.open("rb") as stream:
            digests[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests


def file_stamps(paths: Iterable[str | Path]) -> list[tuple[str, int, int]]:
    """Path, size in bytes and time of change of files: equal while nobody has written them again."""
    return [(str(path), Path(path).stat().st_size, Path(path).stat().st_mtime_ns) for path in paths]

"""The record of photographs that were fetched: their digests and source, beside their folder.

It outlives the folder: photographs that are fetched again have to be the same, digest published or not.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.networks.downloading.sources import SourceError
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.runtime.provenance import sha256_of


def record_of(folder: Path) -> Path:
    """Path of the record of the photographs in ``folder``."""
    return folder.with_name(f"{folder.name}.json")


def check_same(folder: Path, digests: Mapping[str, str]) -> None:
    """Raise `SourceError` if other photographs were fetched into ``folder`` before than these SHA-256 by name."""
    path = record_of(folder)
    former = _read(path)
    if former and former["photos"] != digests:
        every = sorted({*former["photos"], *digests})
        differing = next(name for name in every if former["photos"].get(name) != digests.get(name))
        raise SourceError(
            f"not the photographs that were first fetched: {differing} is another file than {path} records; "
            "remove that record to use these"
        )


def write_record(folder: Path, source: str, digests: Mapping[str, str]) -> None:
    """Record where photographs came from, and their SHA-256 by name."""
    content = {"source": source, "photos": dict(sorted(digests.items()))}
    write_text(record_of(folder), json.dumps(content, indent=1) + "\n")


def check_unchanged(folder: Path, names: Iterable[str]) -> None:
    """Raise `InputError` if a photograph in ``folder`` is another file than was fetched, or if none is recorded."""
    recorded = _read(record_of(folder)).get("photos", {})
    for name in names:
        if sha256_of(folder / name) != recorded.get(name):
            raise InputError(
                f"{folder / name}: not the file that was fetched, of which {record_of(folder)} has the digest; "
                f"remove {folder} to have it fetched again, or give your own photos as a `folder`"
            )


def _read(path: Path) -> dict[str, Any]:
    try:
        with as_input_error(path, "the record of fetched photographs", "remove it and run again"):
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return {"photos": dict(content["photos"]), "source": str(content["source"])}
    except FileNotFoundError:
        return {}

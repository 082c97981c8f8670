"""The folder of downloads, which jobs share."""

import json
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from itertools import chain
from pathlib import Path
from typing import Any

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.networks.downloading.sources import BY_HAND
from sr_fingerprints.runtime.errors import as_input_error
from sr_fingerprints.runtime.locks import file_lock

logger = logging.getLogger(__name__)

SECONDS_BEFORE_ABANDONED = 86_400.0
"""Without a byte; what is older is of a process that was killed."""


class Download:
    """One file in the folder of downloads: ``path``, the partial download ``part``, and notes on both.

    The notes record the source and the version of the file. They are written before the first byte of the part, so
    that a download can be resumed even if its process was killed.
    """

    def __init__(self, folder: Path, name: str):
        self.path = folder / name
        self.part = folder / f".{name}.part"
        self._notes = self._notes_on_part = folder / f".{name}.json"
        self._lock = folder / f".{name}.lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock this download against other processes; wait while one holds the lock.

        On a drive without locks, several processes may download one file at the same time: each has a part of its
        own, which cannot be resumed, and the last to finish replaces the file of the others.
        """
        with file_lock(self._lock, f"another job that downloads {self.path}") as is_locked:
            if is_locked:
                yield
                return
            logger.warning("%s: this drive has no locks; two jobs may download the file at the same time", self.path)
            with self._own_part():
                yield

    @contextmanager
    def _own_part(self) -> Iterator[None]:
        shared = (self.part, self._notes)
        for file in chain(*(path.parent.glob(f"{escape(path.name)}-????????") for path in shared)):
            with suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > SECONDS_BEFORE_ABANDONED:
                    file.unlink()
        own = secrets.token_hex(4)
        self.part, self._notes_on_part = (path.with_name(f"{path.name}-{own}") for path in shared)
        try:
            yield
        finally:
            self.discard()
            self._notes_on_part.unlink(missing_ok=True)

    @property
    def source(self) -> str:
        """Source of the complete file, or `BY_HAND`."""
        notes = _read_notes(self._notes)
        return notes["source"] if notes.get("complete") else BY_HAND

    def begin(self, source: str, validator: str) -> None:
        """Start a new part; ``validator`` is the server's identifier of the file's version (ETag or date)."""
        self.discard()
        write_text(self._notes_on_part, json.dumps({"source": source, "validator": validator}))

    def validator(self, source: str) -> str:
        """The part's validator; empty if there is no part from this source to resume."""
        notes = _read_notes(self._notes_on_part)
        return notes["validator"] if notes.get("source") == source and self.size else ""

    @property
    def size(self) -> int:
        """Size of the part in bytes."""
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self) -> None:
        """Remove the part."""
        self.part.unlink(missing_ok=True)

    def publish(self) -> None:
        """Rename the part to the complete file."""
        write_text(self._notes_on_part, json.dumps(_read_notes(self._notes_on_part) | {"complete": True}))
        self._notes_on_part.replace(self._notes)
        self.part.replace(self.path)


def _read_notes(path: Path) -> dict[str, Any]:
    try:
        with as_input_error(path, "the notes on a download", "remove it and run again"):
            notes: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return notes
    except FileNotFoundError:
        return {}

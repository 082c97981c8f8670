"""The folder of downloads, and how jobs share it."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.networks.downloading.sources import BY_HAND

logger = logging.getLogger(__name__)

SECONDS_BEFORE_LOGGING = 5.0


class Download:
    """One file in the folder of downloads: ``path``, ``part`` for what there is of it so far, and notes on both.

    The notes say which version of which source's file it is. They are written before the first byte of a part, so
    that a process can be killed at any time and another one go on.
    """

    def __init__(self, folder: Path, name: str):
        self.path = folder / name
        self.part = folder / f".{name}.part"
        self._notes = folder / f".{name}.json"
        self._lock = folder / f".{name}.lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from downloading this file; wait while one does."""
        from filelock import FileLock, Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock)
        try:
            lock.acquire(timeout=SECONDS_BEFORE_LOGGING)
        except Timeout:
            logger.info("waiting for another job that downloads %s", self.path)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @property
    def source(self) -> str:
        """Where the complete file came from."""
        notes = self._read_notes()
        return notes["source"] if notes.get("complete") else BY_HAND

    def begin(self, source: str, validator: str) -> None:
        """Start a new part, of what the server calls the version ``validator`` of the file."""
        self.discard()
        write_text(self._notes, json.dumps({"source": source, "validator": validator}))

    def validator(self, source: str) -> str:
        """The version that the part is of; empty if there is no part of this source's file to go on with."""
        notes = self._read_notes()
        return notes["validator"] if notes.get("source") == source and self.size else ""

    @property
    def size(self) -> int:
        """Bytes of the part."""
        return self.part.stat().st_size if self.part.exists() else 0

    def discard(self) -> None:
        """Give the part up."""
        self.part.unlink(missing_ok=True)

    def publish(self) -> None:
        """Make the part the complete file."""
        write_text(self._notes, json.dumps(self._read_notes() | {"complete": True}))
        self.part.replace(self.path)

    def _read_notes(self) -> dict[str, Any]:
        notes: dict[str, Any] = json.loads(self._notes.read_text(encoding="utf-8")) if self._notes.exists() else {}
        return notes

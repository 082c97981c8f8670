"""The folder of downloads, which jobs share."""

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
    """One file in the folder of downloads: ``path``, the partial download ``part``, and notes on both.

    The notes record the source and the version of the file. They are written before the first byte of the part, so
    that a download can be resumed even if its process was killed.
    """

    def __init__(self, folder: Path, name: str):
        self.path = folder / name
        self.part = folder / f".{name}.part"
        self._notes = folder / f".{name}.json"
        self._lock = folder / f".{name}.lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock this download against other processes; wait while one holds the lock."""
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
        """Source of the complete file, or `BY_HAND`."""
        notes = self._read_notes()
        return notes["source"] if notes.get("complete") else BY_HAND

    def begin(self, source: str, validator: str) -> None:
        """Start a new part; ``validator`` is the server's identifier of the file's version (ETag or date)."""
        self.discard()
        write_text(self._notes, json.dumps({"source": source, "validator": validator}))

    def validator(self, source: str) -> str:
        """The part's validator; empty if there is no part from this source to resume."""
        notes = self._read_notes()
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
        write_text(self._notes, json.dumps(self._read_notes() | {"complete": True}))
        self.part.replace(self.path)

    def _read_notes(self) -> dict[str, Any]:
        notes: dict[str, Any] = json.loads(self._notes.read_text(encoding="utf-8")) if self._notes.exists() else {}
        return notes

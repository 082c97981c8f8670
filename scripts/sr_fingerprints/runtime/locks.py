"""Locks of files against other processes, which some network drives do not have."""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

HELD_ERRNOS = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK}
SECONDS_BEFORE_LOGGING = 5.0
LONGEST_CHANGE = 10.0
"""Seconds; changing a small file takes milliseconds, unless the process was killed meanwhile."""


@contextmanager
def file_lock(path: Path, waiting_for: str) -> Iterator[bool]:
    """Hold the operating system's lock of ``path`` while the block runs; False where it has none.

    The lock ends with the process, however it ends. ``waiting_for`` is logged when another process holds it for long.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if reason := why_no_lock(path):
        logger.info("%s: cannot be locked (%s)", path, reason)
        yield False
        return
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=SECONDS_BEFORE_LOGGING)
    except Timeout:
        logger.info("waiting for %s", waiting_for)
        lock.acquire()
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def change_lock(path: Path) -> Iterator[None]:
    """Hold a lock for a change of a small file, on any drive: without locks, the existence of a file is one."""
    with file_lock(path, "another job that holds it") as is_locked:
        if is_locked:
            yield
            return
        from filelock import SoftFileLock, Timeout

        marker = path.with_name(f"{path.name}ed")
        lock = SoftFileLock(marker, timeout=LONGEST_CHANGE)
        try:
            lock.acquire()
        except Timeout:  # of a killed process
            marker.unlink(missing_ok=True)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def why_no_lock(path: Path) -> str:
    """Why the operating system cannot lock ``path``, else an empty string."""
    try:
        stream = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        return error.strerror or type(error).__name__
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return "" if error.errno in HELD_ERRNOS else error.strerror or type(error).__name__
    finally:
        os.close(stream)
    return ""

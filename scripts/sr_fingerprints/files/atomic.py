"""Atomic writing of files: a partly written file never appears under its final name."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from sr_fingerprints.runtime.errors import InputError

DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
PERMISSION_ERRNOS = {errno.EROFS, errno.EACCES, errno.EPERM}
IN_USE_ERRNOS = {errno.EBUSY, errno.ETXTBSY, errno.EAGAIN}
DRIVE_ERRNOS = {errno.EIO, errno.ESTALE, errno.ENXIO, errno.ENODEV, errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTDOWN}


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; rename it to ``path`` when the block succeeds.

    The temporary file keeps the suffix of ``path`` (writers that choose a format by suffix go on working),
    reaches the disk before the rename, and is removed when the block raises. A process killed inside the
    block leaves ``path`` as it was, and a hidden file that the next attempt removes.

    Of two processes that write one path at once (a job of a killed run, and the same job of the next run), the one
    that began later succeeds: it removes the other's temporary file. Raises `InputError` in the other one, and where
    the disk is full or not writable, where another program holds ``path``, and where the drive fails.
    """
    path = Path(path)
    with explain_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        start = f".{path.stem}.partial-"
        for leftover in path.parent.glob(f"{escape(start)}????????{escape(path.suffix)}"):
            leftover.unlink(missing_ok=True)
        temporary = path.with_name(f"{start}{secrets.token_hex(4)}{path.suffix}")
        try:
            yield temporary
            with temporary.open("r+b") as stream:  # network drives refuse it for files open for reading only
                os.fsync(stream.fileno())
            temporary.replace(path)
        except FileNotFoundError as error:
            if Path(error.filename or "") == temporary:
                raise InputError(f"{path}: another process began to write it later") from error
            raise
        finally:
            with suppress(OSError):
                temporary.unlink()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write ``content`` to ``path`` atomically (see `atomic_path`)."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, content: str) -> None:
    """Write ``content`` to ``path`` as UTF-8, atomically (see `atomic_path`)."""
    write_bytes(path, content.encode())


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn errors of a disk that is full, write-protected or gone into an `InputError` that names ``path``."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = _write_error_reason(error, path.parent)
        if not reason:
            raise
        raise InputError(f"{path}: {reason}, then run again; nothing that was complete is lost") from error


def _write_error_reason(error: BaseException | None, folder: Path) -> str:
    """Why ``folder`` could not be written, else an empty string; may be in the context of a library's error."""
    while error is not None:
        file, number = getattr(error, "filename", None), getattr(error, "errno", None)
        if not file or Path(file).parent == folder or Path(file) in folder.parents or Path(file) == folder:
            if number in DISK_FULL_ERRNOS or os.strerror(errno.ENOSPC) in str(error):
                return "no space left on the disk while writing it; free some"
            if number in PERMISSION_ERRNOS:
                return f"cannot be written ({os.strerror(number)}); make its folder writable"
            if number in IN_USE_ERRNOS:
                return f"cannot be written ({os.strerror(number)}); close it in other programs"
            if number in DRIVE_ERRNOS:
                return f"cannot be written ({os.strerror(number)}); check the drive that it is on"
        error = error.__context__
    return ""

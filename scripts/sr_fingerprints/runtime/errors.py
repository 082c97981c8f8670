"""The error for invalid user input, and conversion of other errors into it."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """Something the user gave is not usable: a configuration value, a photo, a weights or data file.

    The message names the file or key, what was found there and what is allowed, in one line (several if several
    places were tried). Jobs show it on the screen without a traceback, which goes to their log.
    """


REBUILD = "remove it and run again to rebuild it"
"""What to do about a result that was read and found damaged."""

NOT_OF_THE_SYSTEM = {None, 0, errno.EINVAL, errno.EOVERFLOW}
"""Numbers of an OSError that a library raises for a file's content: none, or of an offset that damage has moved."""

AGAIN = ", then run again"
REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "make it readable"),
    **dict.fromkeys((errno.EAGAIN, errno.EBUSY, errno.ETXTBSY), f"close it in other programs{AGAIN}"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), f"allow more open files (`ulimit -n 4096`){AGAIN}"),
    **dict.fromkeys((errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP), f"put it on another drive{AGAIN}"),
    **dict.fromkeys((errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG), "give the path of a file"),
    errno.ENOMEM: f"free memory{AGAIN}",
    errno.ESTALE: "it was replaced while it was read; run again",
}
"""What to do about an error of the operating system, by its number."""


def system_error(error: BaseException) -> str:
    """What the operating system said when a file could not be opened or read, and the remedy; else an empty string.

    The content of such a file was not read, so nothing is known about it.
    """
    if not isinstance(error, OSError) or error.errno in NOT_OF_THE_SYSTEM:
        return ""
    number = error.errno or 0
    return f"({os.strerror(number)}); {REMEDIES.get(number, f'check the drive that it is on{AGAIN}')}"


@contextmanager
def explain_unread(path: Path) -> Iterator[None]:
    """Turn errors of the operating system into an `InputError` that ``path`` cannot be read.

    A missing file stays a FileNotFoundError.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if not (reason := system_error(error)):
            raise
        raise InputError(f"{path}: cannot be read {reason}") from error


@contextmanager
def as_input_error(path: Path, expected: str, remedy: str = REBUILD) -> Iterator[None]:
    """Turn errors of reading a damaged or foreign file into an `InputError` that names it.

    ``expected`` is what the file should be, ``remedy`` what to do about one that was read and is something else.
    Where it could not be read, the message has what the operating system said, and never advises to remove it. A
    missing file stays a FileNotFoundError.
    """
    try:
        with explain_unread(path):
            yield
    except (FileNotFoundError, InputError):
        raise
    except (OSError, LookupError, RuntimeError, AttributeError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(":") if str(error).strip() else type(error).__name__
        raise InputError(f"{path}: damaged, or not {expected} ({reason}); {remedy}") from error


def listed(values: Iterable[object]) -> str:
    """Format values for a message: ``a, b, null``, or ``nothing``."""
    return ", ".join("null" if value is None else str(value) for value in values) or "nothing"

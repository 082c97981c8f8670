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


@contextmanager
def as_input_error(path: Path, expected: str) -> Iterator[None]:
    """Turn errors of reading a damaged or foreign file into an `InputError` that names it.

    ``expected`` is what the file should be. A missing file stays a FileNotFoundError.
    """
    try:
        yield
    except (FileNotFoundError, InputError):
        raise
    except PermissionError as error:
        reason = os.strerror(error.errno or errno.EACCES)  # the message of h5py has several lines
        raise InputError(f"{path}: cannot be read ({reason}); make it readable") from error
    except (OSError, LookupError, RuntimeError, AttributeError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{path}: damaged, or not {expected} ({reason}); remove it and run again to rebuild it"
        ) from error


def listed(values: Iterable[object]) -> str:
    """Format values for a message: ``a, b, null``, or ``nothing``."""
    return ", ".join("null" if value is None else str(value) for value in values) or "nothing"

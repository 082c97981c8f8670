"""Writing files so that a half-written one is never taken for a whole one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``path``; rename it to ``path`` when the block succeeds.

    The temporary file keeps the suffix of ``path`` (writers that choose a format by suffix go on working),
    reaches the disk before the rename, and is removed when the block raises. A process killed inside the
    block leaves ``path`` as it was, and a hidden file that the next attempt overwrites. One process at a time
    may write a path.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.partial{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one piece (see `written_beside`)."""
    with written_beside(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, content: str) -> None:
    """Write ``content`` to ``path`` as UTF-8 in one piece (see `written_beside`)."""
    write_bytes(path, content.encode())

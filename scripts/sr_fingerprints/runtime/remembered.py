"""Digests of files that the user gives, computed again only for files that changed.

Snakemake compares time stamps, which say too little of a user's files: one that is replaced by an older one
(``cp -p``, ``mv``, ``rsync -a``) looks unchanged, one that is only touched looks new. A digest of the content as a
param of a rule does both right.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import sha256_of

SETTLED = 2.0
"""Seconds after a file's last change from which on its time stamps tell a further one: the coarsest are of 2 s."""

THREADS = 8
"""Files that are read at once; drives on a network answer many requests faster than one after another."""


def content_of_all(paths: Iterable[Path], memory: Path) -> str:
    """One digest of the contents of files, in their order; files that cannot be read are left to who reads them."""
    files = list(paths)
    digests = remembered([path for path in files if path.is_file()], _sha256_if_readable, memory / "sha256.json")
    return hashlib.sha256(json.dumps([digests.get(path, "") for path in files]).encode()).hexdigest()[:16]


def _sha256_if_readable(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return ""


def remembered(paths: Iterable[Path], compute: Callable[[Path], str], memory: Path) -> dict[Path, str]:
    """``compute(path)`` for each of the files, from ``memory`` for those that did not change since.

    ``memory`` is a JSON file, one for each function; it is only there to save time, and is left alone where it cannot
    be written. A file counts as changed if its size, its inode or one of its times (of its content, of its entry)
    is another; ``touch`` and ``cp -p`` do not get around that.
    """
    known = _read(memory)
    stamps = {path: _stamp(path) for path in dict.fromkeys(paths)}
    missing = [path for path, stamp in stamps.items() if known.get(_key(path), [None])[0] != stamp]
    with ThreadPoolExecutor(THREADS) as pool:
        computed = dict(zip(missing, pool.map(compute, missing), strict=True))
    found = {path: computed[path] if path in computed else known[_key(path)][1] for path in stamps}
    settled = {path for path in computed if time.time() - max(stamps[path][2:]) / 1e9 > SETTLED}
    if settled:
        with suppress(OSError, InputError):
            write_text(memory, json.dumps(known | {_key(path): [stamps[path], computed[path]] for path in settled}))
    return found


def _key(path: Path) -> str:
    return os.fsencode(path.absolute()).decode(errors="backslashreplace")


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def _read(memory: Path) -> dict[str, Any]:
    """What is remembered; nothing if that cannot be read."""
    try:
        known = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {key: entry for key, entry in known.items() if isinstance(entry, list) and len(entry) == 2}

"""Folders that are replaced as a whole: one that is half written never appears under its name."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from sr_fingerprints.runtime.errors import InputError


def write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a folder beside ``folder``, and put that in its place when it is complete.

    ``contents`` are the files by their paths in it. Raises `InputError` when they cannot be written; what was there
    then is unchanged.
    """
    new, old = (folder.with_name(f".{folder.name}.{what}") for what in ("new", "old"))
    if old.exists() and not folder.exists():  # a run was killed between the two
        old.rename(folder)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        for name, content in contents.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); what was there is unchanged") from error
    finally:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)

"""Training checkpoints: the full state, so that resumed training ends as if it had never been interrupted."""

import io
import logging
import zipfile
from pathlib import Path
from typing import Any

import torch

from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.runtime.errors import explain_unread

logger = logging.getLogger(__name__)


def write_checkpoint(path: Path, identity: str, state: dict[str, Any]) -> None:
    """Write ``state`` (tensors, numbers, strings, and dicts and lists of them) atomically.

    ``identity`` is a digest of the settings and data; only training with the same identity resumes from it.
    """
    # Given a path, torch would store the temporary file's name in the file, and hide that a disk is full.
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        torch.save({"identity": identity, "state": state}, stream)


def read_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """Return the state of a checkpoint with this ``identity``, or None if there is none.

    A checkpoint that is damaged or of another identity is ignored with a warning: it only saves time, so starting
    from scratch is safe, and the next checkpoint replaces it. Raises `InputError` for one that cannot be read, which
    may be whole.
    """
    try:
        with explain_unread(path):
            content = path.read_bytes()  # zipfile calls a file that it cannot read damaged
    except FileNotFoundError:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # torch does not compare checksums
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"bad checksum of {damaged}")
        checkpoint = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        saved_identity: str = checkpoint["identity"]
        state: dict[str, Any] = checkpoint["state"]
    except Exception as error:  # damaged archives and pickles raise many kinds
        logger.warning("%s: damaged, training starts from scratch (%s)", path, str(error).partition("\n")[0])
        return None
    if saved_identity != identity:
        logger.warning("%s: has other settings or data, training starts from scratch", path)
        return None
    return state

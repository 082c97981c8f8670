"""Checkpoints of a training: everything it takes to go on as if it had not been interrupted."""

import logging
import zipfile
from pathlib import Path
from typing import Any

import torch

from sr_fingerprints.files.atomic import atomic_path

logger = logging.getLogger(__name__)


def write_checkpoint(path: Path, identity: str, state: dict[str, Any]) -> None:
    """Write ``state`` (tensors, numbers, strings, and dicts and lists of them) in one piece.

    ``identity`` says what is being trained, on what and how; only a training of the same identity resumes.
    """
    # Given a path, torch would write the temporary file's name into it, and not say that a disk is full.
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        torch.save({"identity": identity, "state": state}, stream)


def read_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """The state in a checkpoint of this ``identity``, or None where there is none.

    A checkpoint that is damaged or of another identity is left alone with a warning: it only saves time, so
    starting anew is safe, and the next checkpoint replaces it.
    """
    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as archive:  # compares checksums, as torch does not
            if damaged := archive.testzip():
                raise zipfile.BadZipFile(f"bad checksum of {damaged}")
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        found: str = checkpoint["identity"]
        state: dict[str, Any] = checkpoint["state"]
    except Exception as error:  # whatever a damaged archive or pickle raises
        logger.warning("%s: damaged, training starts anew (%s)", path, str(error).partition("\n")[0])
        return None
    if found != identity:
        logger.warning("%s: of other settings or data, training starts anew", path)
        return None
    return state

"""Checkpoints of a training: everything it takes to go on as if it had not been interrupted."""

import logging
import pickle
from pathlib import Path
from typing import Any

import torch

from sr_fingerprints.files import written_beside

logger = logging.getLogger(__name__)


def write_checkpoint(path: Path, identity: str, state: dict[str, Any]) -> None:
    """Write ``state`` (tensors, numbers, strings, and dicts and lists of them) in one piece.

    ``identity`` says what is being trained, on what and how; only a training of the same identity resumes.
    """
    with written_beside(path) as temporary:
        torch.save({"identity": identity, "state": state}, temporary)


def read_checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    """The state in a checkpoint of this ``identity``, or None where there is none.

    A checkpoint that is damaged or of another identity is left alone with a warning: it only saves time, so
    starting anew is safe, and the next checkpoint replaces it.
    """
    if not path.exists():
        return None
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        found, state = checkpoint["identity"], checkpoint["state"]
    except (OSError, EOFError, RuntimeError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        logger.warning("%s: damaged, training starts anew (%s)", path, str(error).partition("\n")[0])
        return None
    if found != identity:
        logger.warning("%s: of other settings or data, training starts anew", path)
        return None
    return state

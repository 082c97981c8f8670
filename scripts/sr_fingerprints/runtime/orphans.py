"""Jobs end with the Snakemake that started them.

When Snakemake alone is killed, its jobs live on. Left alone, such an orphan would write its outputs in the midst of
the next run, which may have other settings.
"""

import logging
import os
import signal
import sys
import threading
import time
from types import FrameType

logger = logging.getLogger(__name__)

SNAKEMAKE = "SR_FINGERPRINTS_SNAKEMAKE"
"""The environment variable in which the rules leave the process id of the Snakemake that starts jobs."""

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_TO_END = 20


def end_with_snakemake() -> None:
    """Watch from a thread; once Snakemake is gone, end this process as SIGTERM does, and as SIGKILL if that fails.

    SIGTERM, which clusters send as well, now lets the process remove its temporary files. To be called from the main
    thread.
    """
    signal.signal(signal.SIGTERM, _leave)
    snakemake = int(os.environ.get(SNAKEMAKE, os.getppid()))
    watched = snakemake if _lives(snakemake) else os.getppid()  # in a container, numbers are others
    threading.Thread(target=_watch, args=(watched, os.getppid()), daemon=True).start()


def _watch(snakemake: int, parent: int) -> None:
    """Between Snakemake and a job there may be a shell, which lives on: neither tells enough."""
    while os.getppid() == parent and _lives(snakemake):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    logger.warning("the Snakemake that started this job is gone: the job ends too")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_END)
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(f"ended by {signal.Signals(number).name}")

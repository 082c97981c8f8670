"""Termination of jobs whose Snakemake process is gone.

When only Snakemake is killed, its jobs keep running. Such an orphan would write its outputs during the next run,
which may have other settings.
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
"""Environment variable in which the rules store the process id of the Snakemake that starts jobs."""

POLL_INTERVAL = 0.5
GRACE_PERIOD = 20


def end_with_snakemake() -> None:
    """Start a thread that ends this process once Snakemake is gone, with SIGTERM, then SIGKILL if that fails.

    SIGTERM, which clusters send too, is handled so that the process removes its temporary files. Call it from the
    main thread.
    """
    signal.signal(signal.SIGTERM, _exit_on_signal)
    snakemake = int(os.environ.get(SNAKEMAKE, os.getppid()))
    watched = snakemake if _is_running(snakemake) else os.getppid()  # a container has process ids of its own
    threading.Thread(target=_watch, args=(watched, os.getppid()), daemon=True).start()


def _watch(snakemake: int, parent: int) -> None:
    """Watch both processes: between Snakemake and a job there may be a shell, which outlives Snakemake."""
    while os.getppid() == parent and _is_running(snakemake):
        time.sleep(POLL_INTERVAL)
    logger.warning("the Snakemake that started this job is gone: ending the job")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_PERIOD)
    os.kill(os.getpid(), signal.SIGKILL)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _exit_on_signal(number: int, frame: FrameType | None) -> None:
    sys.exit(f"ended by {signal.Signals(number).name}")

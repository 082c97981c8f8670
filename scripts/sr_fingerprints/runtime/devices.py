"""Which GPU a job computes on: of several in one machine, jobs that run at the same time get different ones.

Snakemake counts GPUs, but does not say which one a job is to use, and torch takes the first. So every job that wants
a GPU takes the lock of one that is free, and is shown that one alone, by CUDA_VISIBLE_DEVICES; to everything else it
is ``cuda``. A lock is a file locked by the kernel, which frees it when the process ends, however it ends. It bears
the GPU's UUID: on a cluster every job may see a GPU 0, each of them another.

The locks are those of one user. Jobs of other users of the same machine are not seen, nor are containers whose
``/tmp`` is not the machine's.
"""

import logging
import os
import re
import stat
import time
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path

import pynvml
from filelock import FileLock, Timeout

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import logger as screen

logger = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
LOCKS = Path("/tmp") / f"sr-fingerprints-gpus-{os.getuid()}"  # noqa: S108 (its owner and mode are checked)
"""Not under TMPDIR, which Snakemake and clusters set for each job: two jobs would not see each other's locks."""

SECONDS_BETWEEN_TRIES = 0.25
SECONDS_TO_CHOOSE = 10

_held: list["Claim"] = []  # to the end of the process; a lock that nothing refers to is released


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a part of one (MIG): what its lock is named after, and how CUDA_VISIBLE_DEVICES names it."""

    uuid: str
    entry: str


@dataclass(frozen=True)
class Claim:
    """A GPU that this process may use until it ends, or until `release`; ``slot`` counts the jobs on it from 1."""

    gpu: Gpu
    slot: int
    jobs_per_gpu: int
    lock: FileLock

    def __str__(self) -> str:
        return f"{self.gpu.uuid}, job {self.slot} of at most {self.jobs_per_gpu} on it"

    def release(self) -> None:
        """Let other jobs have it."""
        self.lock.release()


def claim_gpu(jobs_per_gpu: int = 1, folder: Path = LOCKS) -> Claim | None:
    """Take a GPU with the fewest jobs, and have CUDA_VISIBLE_DEVICES show it alone; call it before torch uses CUDA.

    A GPU is given to ``jobs_per_gpu`` jobs at a time. Where all are taken, this waits for one, and says so on the
    screen. None when there is no GPU, and for ``jobs_per_gpu`` 0, which leaves the choice to CUDA. Raises
    `InputError` for other numbers, and when ``folder`` cannot hold the locks.
    """
    if not isinstance(jobs_per_gpu, int) or jobs_per_gpu < 0:
        raise InputError(f"resource jobs_per_gpu: found {jobs_per_gpu!r}; allowed: 0, 1, 2, ...")
    gpus = visible_gpus() if jobs_per_gpu else []
    if not gpus:
        return None
    started = time.monotonic()
    waiting = False
    while not (claim := _least_loaded(gpus, jobs_per_gpu, folder)):
        if not waiting:
            screen.info(
                "waits for a GPU: other jobs of this user hold %s, up to %d each (locks in %s); "
                "--resources gpu=%d keeps jobs from starting before one is free",
                ", ".join(gpu.uuid for gpu in gpus), jobs_per_gpu, folder, len(gpus) * jobs_per_gpu,
            )  # fmt: skip
            waiting = True
        time.sleep(SECONDS_BETWEEN_TRIES)
    if waiting:
        screen.info("has a GPU after %.0f s", time.monotonic() - started)
    _held.append(claim)
    os.environ[VISIBLE] = claim.gpu.entry
    return claim


def visible_gpus() -> list[Gpu]:
    """The GPUs that CUDA would show to this process, in its order, read without starting CUDA.

    Those in CUDA_VISIBLE_DEVICES, up to the first entry that is none, as CUDA reads it; where it is not set, those
    that NVML lists. Numbers stand for themselves where NVML lists nothing.
    """
    visible = os.environ.get(VISIBLE)
    if visible is None:
        return [Gpu(uuid, uuid) for uuid in (_listed() or {}).values()]
    entries = [entry.strip() for entry in visible.split(",")]
    kind = _kind(entries[0])
    listed = _listed() if kind in ("number", "GPU-") else None
    gpus = []
    for entry in entries:
        uuid = _uuid(entry, listed) if _kind(entry) == kind else None
        if uuid is None:
            break
        gpus.append(Gpu(uuid, entry))
    return gpus if len({gpu.uuid for gpu in gpus}) == len(gpus) else []  # CUDA shows none when one comes twice


def _kind(entry: str) -> str | None:
    """How an entry of CUDA_VISIBLE_DEVICES names a GPU: all of them have to do it as the first does."""
    if entry[:4] in ("GPU-", "MIG-"):
        return entry[:4]
    return "number" if re.match("[0-9]", entry) else None


def _uuid(entry: str, listed: dict[int, str] | None) -> str | None:
    """What the lock of one entry of CUDA_VISIBLE_DEVICES is named after; None for one that names no GPU."""
    match _kind(entry):
        case "MIG-":
            return entry
        case "GPU-":
            fitting = [entry] if listed is None else [uuid for uuid in listed.values() if uuid.startswith(entry)]
            return fitting[0] if len(fitting) == 1 else None
        case "number":
            number = int("".join(takewhile(str.isdigit, entry)))
            return f"number-{number}" if listed is None else listed.get(number)
    return None


def _listed() -> dict[int, str] | None:
    """UUIDs by number, as NVIDIA's management library (NVML) has them; None where it is missing or fails."""
    try:
        pynvml.nvmlInit()
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return dict(enumerate(map(pynvml.nvmlDeviceGetUUID, handles)))
    except pynvml.NVMLError_LibraryNotFound:
        return None
    except pynvml.NVMLError as error:
        logger.warning("NVIDIA's library (NVML) does not list the GPUs: %s", error)
        return None


def _least_loaded(gpus: list[Gpu], jobs_per_gpu: int, folder: Path) -> Claim | None:
    """The lowest free slot of a GPU that has the most of them; None when none is free."""
    _make_private(folder)
    try:
        with FileLock(folder / "choosing.lock", timeout=SECONDS_TO_CHOOSE):
            free = [
                [claim for slot in range(1, jobs_per_gpu + 1) if (claim := _take(gpu, slot, jobs_per_gpu, folder))]
                for gpu in gpus
            ]
            chosen = max(free, key=len)[:1]
            for claim in chain(*free):
                if claim not in chosen:
                    claim.release()
            return chosen[0] if chosen else None
    except Timeout:
        return None
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error


def _take(gpu: Gpu, slot: int, jobs_per_gpu: int, folder: Path) -> Claim | None:
    lock = FileLock(folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', gpu.uuid)}.{slot}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return Claim(gpu, slot, jobs_per_gpu, lock)


def _make_private(folder: Path) -> None:
    """Make the folder of the locks; everyone may write to ``/tmp``, so it has to be this user's own, and no link."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from error
    if not stat.S_ISDIR(found.st_mode):
        raise _unusable(folder, "a link")
    if found.st_uid != os.getuid():
        raise _unusable(folder, f"a folder of the user with number {found.st_uid}")
    if found.st_mode & 0o022:
        raise _unusable(folder, f"a folder that others may write to (mode {stat.S_IMODE(found.st_mode):o})")


def _unusable(folder: Path, found: str) -> InputError:
    return InputError(
        f"{folder}: the locks of the GPUs cannot be kept there; found: {found}; allowed: a folder of the user with "
        f"number {os.getuid()} of mode 700 (remove what is there, or make {folder.parent} writable); or the resource "
        "jobs_per_gpu=0, with which CUDA alone decides on which GPU a job runs"
    )

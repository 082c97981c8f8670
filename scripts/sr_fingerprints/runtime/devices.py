"""Assignment of GPUs to jobs: jobs that run at the same time on one machine get different GPUs.

Snakemake counts GPUs, but does not assign them, and torch takes the first. So every job that needs a GPU locks a free
one and sets CUDA_VISIBLE_DEVICES to it; everything else just uses ``cuda``. A lock is a file lock of the operating
system, which releases it when the process ends for any reason. It is named after the GPU's UUID: on a cluster, every
job may see a different GPU as number 0.

Locks are per user: jobs of other users of the machine are not seen, nor are containers with a ``/tmp`` of their own.
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
from sr_fingerprints.runtime.locks import why_no_lock
from sr_fingerprints.runtime.progress import logger as screen

logger = logging.getLogger(__name__)

VISIBLE_DEVICES = "CUDA_VISIBLE_DEVICES"
LOCKS = Path("/tmp") / f"sr-fingerprints-gpus-{os.getuid()}"  # noqa: S108 (its owner and mode are checked)
"""Not under TMPDIR, which Snakemake and clusters set for each job: two jobs would not see each other's locks."""

RETRY_INTERVAL = 0.25
LOCK_TIMEOUT = 10

_held: list["Claim"] = []  # until the process ends; a lock without references is released


@dataclass(frozen=True)
class Gpu:
    """A GPU or a MIG instance: the UUID in its lock's name, and its entry in CUDA_VISIBLE_DEVICES."""

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
        """Release the GPU for other jobs."""
        self.lock.release()


def claim_gpu(jobs_per_gpu: int = 1, folder: Path = LOCKS) -> Claim | None:
    """Claim the GPU with the fewest jobs and set CUDA_VISIBLE_DEVICES to it; call it before torch uses CUDA.

    Up to ``jobs_per_gpu`` jobs share a GPU. When all are taken, wait for one, with a message on the screen. Return
    None when there is no GPU, and for ``jobs_per_gpu`` 0, which leaves the choice to CUDA. Raises `InputError` for
    other numbers, and when ``folder`` cannot hold the locks.
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
                "waiting for a GPU: other jobs of this user hold %s, up to %d each (locks in %s); "
                "--resources gpu=%d keeps jobs from starting before one is free",
                ", ".join(gpu.uuid for gpu in gpus), jobs_per_gpu, folder, len(gpus) * jobs_per_gpu,
            )  # fmt: skip
            waiting = True
        time.sleep(RETRY_INTERVAL)
    if waiting:
        screen.info("got a GPU after %.0f s", time.monotonic() - started)
    _held.append(claim)
    os.environ[VISIBLE_DEVICES] = claim.gpu.entry
    return claim


def visible_gpus() -> list[Gpu]:
    """GPUs that CUDA would show to this process, in CUDA's order, found without initialising CUDA.

    These are the entries of CUDA_VISIBLE_DEVICES up to the first invalid one, as CUDA reads it; if it is not set, the
    GPUs that NVML lists. Without NVML, a number is used in place of the UUID.
    """
    visible = os.environ.get(VISIBLE_DEVICES)
    if visible is None:
        return [Gpu(uuid, uuid) for uuid in (_nvml_uuids() or {}).values()]
    entries = [entry.strip() for entry in visible.split(",")]
    kind = _entry_kind(entries[0])
    listed = _nvml_uuids() if kind in ("number", "GPU-") else None
    gpus = []
    for entry in entries:
        uuid = _entry_uuid(entry, listed) if _entry_kind(entry) == kind else None
        if uuid is None:
            break
        gpus.append(Gpu(uuid, entry))
    return gpus if len({gpu.uuid for gpu in gpus}) == len(gpus) else []  # CUDA shows none when one is listed twice


def _entry_kind(entry: str) -> str | None:
    """Kind of an entry of CUDA_VISIBLE_DEVICES, or None if invalid; all entries must be of the first one's kind."""
    if entry[:4] in ("GPU-", "MIG-"):
        return entry[:4]
    return "number" if re.match("[0-9]", entry) else None


def _entry_uuid(entry: str, listed: dict[int, str] | None) -> str | None:
    """UUID (or number) of the GPU of one entry of CUDA_VISIBLE_DEVICES; None for an entry that names no GPU."""
    match _entry_kind(entry):
        case "MIG-":
            return entry
        case "GPU-":
            fitting = [entry] if listed is None else [uuid for uuid in listed.values() if uuid.startswith(entry)]
            return fitting[0] if len(fitting) == 1 else None
        case "number":
            number = int("".join(takewhile(str.isdigit, entry)))
            return f"number-{number}" if listed is None else listed.get(number)
    return None


def _nvml_uuids() -> dict[int, str] | None:
    """UUIDs by GPU number, from NVIDIA's management library (NVML); None if it is missing or fails."""
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
    """Claim the lowest free slot of the GPU with the most free slots; None when no slot is free."""
    _make_private_folder(folder)
    if reason := why_no_lock(folder / "choosing.lock"):  # for which some versions of filelock wait
        raise _lock_folder_error(folder, reason)
    try:
        with FileLock(folder / "choosing.lock", timeout=LOCK_TIMEOUT):
            free = [
                [
                    claim
                    for slot in range(1, jobs_per_gpu + 1)
                    if (claim := _try_claim(gpu, slot, jobs_per_gpu, folder))
                ]
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
        raise _lock_folder_error(folder, error.strerror or str(error)) from error


def _try_claim(gpu: Gpu, slot: int, jobs_per_gpu: int, folder: Path) -> Claim | None:
    lock = FileLock(folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', gpu.uuid)}.{slot}.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return Claim(gpu, slot, jobs_per_gpu, lock)


def _make_private_folder(folder: Path) -> None:
    """Create the folder of the locks and check its owner and mode, since anyone can write to ``/tmp``."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise _lock_folder_error(folder, error.strerror or str(error)) from error
    if not stat.S_ISDIR(found.st_mode):
        raise _lock_folder_error(folder, "a link")
    if found.st_uid != os.getuid():
        raise _lock_folder_error(folder, f"a folder of the user with number {found.st_uid}")
    if found.st_mode & 0o022:
        raise _lock_folder_error(folder, f"a folder that others may write to (mode {stat.S_IMODE(found.st_mode):o})")


def _lock_folder_error(folder: Path, found: str) -> InputError:
    return InputError(
        f"{folder}: the locks of the GPUs cannot be kept there; found: {found}; allowed: a folder of the user with "
        f"number {os.getuid()} of mode 700, on a drive that has locks (move away what is there, or make "
        f"{folder.parent} writable); or the resource jobs_per_gpu=0, with which CUDA alone decides on "
        "which GPU a job runs"
    )

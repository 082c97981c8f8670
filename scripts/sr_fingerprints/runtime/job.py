"""Set-up of every job: its log, threads and device, and how it reports failure.

The adapters in ``scripts/`` call `start` with the object that Snakemake gives them; nothing else in this
package depends on Snakemake.
"""

import atexit
import gc
import logging
import sys
import traceback
from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sr_fingerprints.runtime.allocation import keep_freed_memory
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.memory import memory_error_message
from sr_fingerprints.runtime.orphans import end_with_snakemake
from sr_fingerprints.runtime.progress import logger as screen

if TYPE_CHECKING:
    from sr_fingerprints.runtime.devices import Claim

logger = logging.getLogger(__name__)


class Job:
    """One job, as Snakemake describes it to its script.

    ``input``, ``output``, ``params`` and ``wildcards`` are Snakemake's named lists: files are paths (str) or lists of
    them, params have the types that the rule gave them, wildcards are str.
    """

    def __init__(self, snakemake: Any):
        self.input: Any = snakemake.input
        self.output: Any = snakemake.output
        self.params: Any = snakemake.params
        self.wildcards: Any = snakemake.wildcards
        self.threads: int = snakemake.threads
        self.resources: Mapping[str, int | str] = snakemake.resources

    @cached_property
    def device(self) -> str:
        """``cuda`` with a GPU claimed for this job (see `devices`), or ``cpu`` with the job's threads.

        A GPU is used when the rule's resource ``gpu`` requests one and torch finds one; it is logged.
        """
        from sr_fingerprints.runtime.devices import claim_gpu

        requests_gpu = bool(self.resources.get("gpu", 0))
        jobs_per_gpu = int(self.resources.get("jobs_per_gpu", 1))
        claim = claim_gpu(jobs_per_gpu) if requests_gpu else None
        import torch

        torch.set_num_threads(self.threads)
        if not (requests_gpu and torch.cuda.is_available()):
            if claim:
                claim.release()
                logger.warning(
                    "torch %s cannot use the GPU %s: running on the CPU", torch.__version__, claim.gpu.uuid
                )
            logger.info("torch %s on cpu, %d thread(s)", torch.__version__, self.threads)
            return "cpu"
        if claim:
            self._check_claimed(claim, str(torch.cuda.get_device_properties(0).uuid))
        elif jobs_per_gpu:
            logger.warning("NVIDIA's library (NVML) lists no GPU: all jobs use CUDA's first")
        name = torch.cuda.get_device_name()
        logger.info("torch %s on %s (%s)", torch.__version__, name, claim or "not claimed")
        return "cuda"

    def _check_claimed(self, claim: "Claim", uuid: str) -> None:
        """Warn if CUDA numbers GPUs in another order than NVML: two runs might then use the same GPU."""
        if claim.gpu.uuid.startswith("GPU-") and claim.gpu.uuid != f"GPU-{uuid}":
            logger.warning(
                "CUDA_VISIBLE_DEVICES %s is GPU-%s for CUDA and %s for NVML; set CUDA_DEVICE_ORDER=PCI_BUS_ID",
                claim.gpu.entry, uuid, claim.gpu.uuid,
            )  # fmt: skip


def start(snakemake: Any) -> Job:
    """Prepare this process for one job; ``snakemake`` is the object that Snakemake puts into its script.

    * Print that the job starts, and log to the rule's log file; progress and warnings also go to the screen.
    * The first record of the log is of the start, the last of the end; times in it have their offset from UTC.
    * Threads of OpenMP and BLAS are already limited: Snakemake sets their environment variables before Python starts.
    * On an error, write the traceback to the log and one line to the screen.
    * Keep freed memory for what is allocated next (`allocation`).
    * Skip garbage collection at exit: with torch, it would take 0.4 s.
    """
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    sys.excepthook = partial(_report_failure, name, snakemake.log[0])
    _configure_logging(Path(snakemake.log[0]), name)
    end_with_snakemake()
    keep_freed_memory()
    atexit.register(gc.freeze)
    logger.info("starts")
    atexit.register(logger.info, "ends")
    _write_to_screen(f"{name}: starts")
    return Job(snakemake)


def _write_to_screen(text: str) -> None:
    """Write a line in a single call: ``print`` would write the line end separately when unbuffered.

    Snakemake and all jobs write to the same screen at once.
    """
    sys.stderr.write(f"{text}\n")


class _LogFile(logging.FileHandler):
    """A log file that reports write errors, such as a full disk, in one line on the screen."""

    def handleError(self, record: logging.LogRecord) -> None:
        _write_to_screen(f"{self.baseFilename}: cannot be written ({sys.exception()})")


def _configure_logging(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = _LogFile(path, mode="w", encoding="utf-8")
    record = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    to_file.setFormatter(logging.Formatter(record, "%Y-%m-%dT%H:%M:%S%z"))  # `report.archive.jobs` reads these times
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setFormatter(logging.Formatter(f"{name}: %(message)s"))
    to_screen.addFilter(lambda record: record.name == screen.name or record.levelno >= logging.WARNING)
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_screen], force=True)
    logging.captureWarnings(True)
    # These libraries log their internals at INFO.
    for library in ("matplotlib", "fontTools", "PIL", "h5py"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _report_failure(
    name: str, log: str, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    where = f"the traceback is in {log}"
    try:
        with Path(log).open("a", encoding="utf-8") as stream:
            traceback.print_exception(kind, error, trace, file=stream)
    except OSError as unwritable:
        traceback.print_exception(kind, error, trace)
        where = f"the traceback is above, since {log} cannot be written: {unwritable.strerror}"
    readable = issubclass(kind, (InputError, FloatingPointError))
    reason = memory_error_message(error) or (str(error) if readable else f"{kind.__name__}: {error}")
    _write_to_screen(f"{name} failed: {reason}\n({where})")

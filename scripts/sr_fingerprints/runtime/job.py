"""What every job of the workflow begins with: its log, its threads, its device, and how it fails.

The adapters in ``scripts/`` call `start` with the object that Snakemake hands them; nothing else in this
package knows of Snakemake.
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

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.memory import memory_error_message
from sr_fingerprints.runtime.orphans import end_with_snakemake

if TYPE_CHECKING:
    from sr_fingerprints.runtime.devices import Claim

logger = logging.getLogger(__name__)

PROGRESS = "sr_fingerprints.runtime.progress"
"""The logger whose records are shown on the screen, too."""


class Job:
    """One job, as Snakemake describes it to its script.

    ``input``, ``output``, ``params`` and ``wildcards`` are Snakemake's lists whose items have names: files are paths
    (str) or lists of them, params what the rule computed, wildcards str.
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
        """``cuda``, for a GPU that no other job has (see `devices`), or ``cpu`` with the job's threads.

        A GPU is used when the rule's resource ``gpu`` asks for one and torch sees one; the log says which.
        """
        from sr_fingerprints.runtime.devices import claim_gpu

        wanted = bool(self.resources.get("gpu", 0))
        jobs_per_gpu = int(self.resources.get("jobs_per_gpu", 1))
        claim = claim_gpu(jobs_per_gpu) if wanted else None
        import torch

        torch.set_num_threads(self.threads)
        if not (wanted and torch.cuda.is_available()):
            if claim:
                claim.release()
                logger.warning("torch %s cannot use the GPU %s: on the CPU", torch.__version__, claim.gpu.uuid)
            logger.info("torch %s on cpu, %d thread(s)", torch.__version__, self.threads)
            return "cpu"
        if claim:
            self._check_claimed(claim, str(torch.cuda.get_device_properties(0).uuid))
        elif jobs_per_gpu:
            logger.warning("NVIDIA's library (NVML) lists no GPU: all jobs take the first that CUDA has")
        name = torch.cuda.get_device_name()
        logger.info("torch %s on %s (%s)", torch.__version__, name, claim or "not claimed")
        return "cuda"

    def _check_claimed(self, claim: "Claim", uuid: str) -> None:
        """Warn where CUDA counts GPUs in another order than NVML: two runs might then take one GPU."""
        if claim.gpu.uuid.startswith("GPU-") and claim.gpu.uuid != f"GPU-{uuid}":
            logger.warning(
                "CUDA_VISIBLE_DEVICES %s is GPU-%s for CUDA and %s for NVML; set CUDA_DEVICE_ORDER=PCI_BUS_ID",
                claim.gpu.entry, uuid, claim.gpu.uuid,
            )  # fmt: skip


def start(snakemake: Any) -> Job:
    """Prepare this process for one job, given what Snakemake puts into its script.

    * The screen is told that the job starts. Everything logged goes to the rule's log file, progress and
      warnings to the screen as well.
    * Snakemake itself has told OpenMP and its kin the job's threads, before Python started.
    * An error leaves its traceback in the log and one line on the screen.
    * When the job ends, nothing is searched for garbage once more: with torch, that would take 0.4 s.
    """
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    sys.excepthook = partial(_report_failure, name, snakemake.log[0])
    _log_to(Path(snakemake.log[0]), name)
    end_with_snakemake()
    atexit.register(gc.freeze)
    _tell(f"{name}: starts")
    return Job(snakemake)


def _tell(text: str) -> None:
    """Write to the screen in one piece, where ``print`` writes the end of the line by itself if nothing is buffered.

    Snakemake and all jobs write to the same screen at once.
    """
    sys.stderr.write(f"{text}\n")


class _LogFile(logging.FileHandler):
    """A log file that says in one line of the screen when it cannot be written, as on a full disk."""

    def handleError(self, record: logging.LogRecord) -> None:
        _tell(f"{self.baseFilename}: cannot be written ({sys.exception()})")


def _log_to(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = _LogFile(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setFormatter(logging.Formatter(f"{name}: %(message)s"))
    to_screen.addFilter(
        lambda record: record.name == "sr_fingerprints.runtime.progress" or record.levelno >= logging.WARNING
    )
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_screen], force=True)
    logging.captureWarnings(True)
    # Libraries tell of their own doings at INFO; the log is for this job's.
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
    _tell(f"{name} failed: {reason}\n({where})")

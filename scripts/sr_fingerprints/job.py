"""What every job of the workflow begins with: its log, its threads, its device, and how it fails.

The adapters in ``scripts/`` call `start` with the object that Snakemake hands them; nothing else in this
package knows of Snakemake.
"""

import logging
import subprocess
import sys
import tempfile
import traceback
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from sr_fingerprints.errors import InputError

logger = logging.getLogger(__name__)


class Job:
    """One job: ``input``, ``output``, ``params``, ``wildcards``, ``threads`` and ``log`` as Snakemake has them."""

    def __init__(self, snakemake: Any):
        self._snakemake = snakemake

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snakemake, name)

    @cached_property
    def device(self) -> str:
        """``cuda`` if torch sees a GPU, else ``cpu`` with the job's threads; the log says which."""
        import torch

        torch.set_num_threads(self.threads)
        device = "cuda" if torch.cuda.is_available() else "cpu"
        name = torch.cuda.get_device_name() if device == "cuda" else f"cpu, {self.threads} thread(s)"
        logger.info("torch %s on %s", torch.__version__, name)
        return device

    def ask_snakemake(self, *arguments: str | Path) -> str:
        """What Snakemake prints about this workflow, whose ``snakefile`` and ``config`` are params of the job.

        Its messages go to the job's log. Raises `InputError` when it fails.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as settings:
            yaml.safe_dump(self.params.config, settings)
            settings.flush()
            command = [sys.executable, "-m", "snakemake", "--snakefile", self.params.snakefile, "--nolock"]
            command += [*map(str, arguments), "--configfile", settings.name]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
        logger.info("%s\n%s", " ".join(command), answer.stderr)
        if answer.returncode:
            raise InputError(f"snakemake {' '.join(map(str, arguments))} failed: {answer.stderr.strip()[-500:]}")
        return answer.stdout


def start(snakemake: Any) -> Job:
    """Prepare this process for one job, given what Snakemake puts into its script.

    * The screen is told that the job starts. Everything logged goes to the rule's log file, progress and
      warnings to the screen as well.
    * Snakemake itself has told OpenMP and its kin the job's threads, before Python started.
    * An error leaves its traceback in the log and one line on the screen.
    """
    name = " ".join([snakemake.rule, *map(str, snakemake.wildcards)])
    _log_to(Path(snakemake.log[0]), name)
    sys.excepthook = partial(_report_failure, name, snakemake.log[0])
    print(f"{name}: starts", file=sys.stderr)
    return Job(snakemake)


def _log_to(path: Path, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setFormatter(logging.Formatter(f"{name}: %(message)s"))
    to_screen.addFilter(lambda record: record.name == "sr_fingerprints.progress" or record.levelno >= logging.WARNING)
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_screen], force=True)
    logging.captureWarnings(True)
    # Libraries tell of their own doings at INFO; the log is for this job's.
    for library in ("matplotlib", "fontTools", "PIL", "h5py"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _report_failure(
    name: str, log: str, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    with Path(log).open("a", encoding="utf-8") as stream:
        traceback.print_exception(kind, error, trace, file=stream)
    reason = str(error) if issubclass(kind, InputError) else f"{kind.__name__}: {error}"
    print(f"{name} failed: {reason}\n(the traceback is in {log})", file=sys.stderr)

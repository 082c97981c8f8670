"""Runs of Snakemake in the folder of the synthetic study, and measurement of the processes that it starts."""

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml
from snakemake.utils import update_config

ROOT = Path(__file__).parents[2]
RULES = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))
POLL_INTERVAL = 0.02


@dataclass(frozen=True)
class Measurement:
    """Wall time and processor time in seconds, and peak resident memory in megabytes."""

    seconds: float
    core: float
    megabytes: float


class Runner:
    """Snakemake with config/paper.yaml and an overlay, in a folder."""

    def __init__(self, folder: Path, overlay: Mapping[str, Any]):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        self.folder = folder
        self.config: dict[str, Any] = {}
        for file in (ROOT / "config.yaml", ROOT / "config/paper.yaml", folder / "overlay.yaml"):
            update_config(self.config, yaml.safe_load(file.read_text()))

    def make(self, output: str, rules: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Make an output with only the rules whose names match a pattern."""
        command = self._command(output, rules, *options)
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def missing(self, output: str, rules: str) -> list[str]:
        """Inputs that are missing for an output; exits with Snakemake's message if it fails for another reason."""
        plan = self.make(output, rules, "--force", "--dry-run")
        found = re.findall(r"^        (results/\S+)$", plan.stdout + plan.stderr, re.MULTILINE)
        if plan.returncode and not found:
            raise SystemExit(plan.stderr + plan.stdout)
        return found if plan.returncode else []

    def measure(self, output: str, rule: str) -> Measurement:
        """Make an output with one rule, and measure the processes of its job."""
        log = self.folder / "snakemake.log"
        command = self._command(output, rule, "--force")
        with log.open("w") as stream:
            process = psutil.Popen(command, cwd=self.folder, stdout=stream, stderr=stream)
            measured = measure_jobs(process, command)
        if process.returncode:
            raise SystemExit(log.read_text()[-3000:])
        return measured

    def _command(self, output: str, rules: str, *options: str) -> list[str]:
        names = [name for name in RULES if re.fullmatch(rules, name)]
        start = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "1", *options]
        start += ["--configfile", str(ROOT / "config/paper.yaml"), "overlay.yaml", "--rerun-triggers", "input"]
        return [*start, "--allowed-rules", *names, "--", output]


def measure_jobs(process: psutil.Popen, command: list[str]) -> Measurement:
    """Poll the children of a running Snakemake until it ends; those with its own ``command`` are not jobs yet."""
    first, last, peak = float("inf"), 0.0, 0
    core: dict[int, float] = {}
    while process.poll() is None:
        together = 0
        for job in process.children(recursive=True):
            try:
                if job.cmdline() == command:
                    continue
                first, last = min(first, job.create_time()), time.time()
                core[job.pid] = sum(job.cpu_times()[:2])
                status = Path(f"/proc/{job.pid}/status").read_text()
                resident, most = (int(re.search(rf"{key}:\s+(\d+)", status)[1]) for key in ("VmRSS", "VmHWM"))
            except (psutil.Error, OSError, TypeError):  # it has just ended
                continue
            together += resident
            peak = max(peak, together, most)
        time.sleep(POLL_INTERVAL)
    return Measurement(last - first, sum(core.values()), peak / 1024)

"""Running the real Snakefile on the smallest study, as a user would."""

import re
import subprocess
import sys
from pathlib import Path

from imports_of_rules import rules

ROOT = Path(__file__).parents[2]
SMOKE = ROOT / "tests/smoke/config.yaml"


def command(*arguments):
    """What a user would type."""
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--configfile", SMOKE]
    return [*start, "--profile", ROOT / "profiles/default", "--cores", "2", *arguments]


def snakemake(folder, *arguments):
    """Run Snakemake to its end in a folder of its own."""
    return subprocess.run(command(*arguments), cwd=folder, capture_output=True, text=True, check=False)


STARTED = re.compile(rf"({'|'.join(rule.name for rule in rules(ROOT / 'rules'))})((?: [^\s:]+)*): starts")
"""A job, told on the screen. Other processes may write before it or after it, on the same line."""


def started_jobs(screen):
    """The name of the rule of each job that was started, and its wildcards, in words."""
    return STARTED.findall(screen)

"""Running the real Snakefile on the smallest study, as a user would."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SMOKE = ROOT / "tests/smoke/config.yaml"


def command(*arguments):
    """What a user would type."""
    start = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--configfile", SMOKE]
    return [*start, "--profile", ROOT / "profiles/default", "--cores", "2", *arguments]


def snakemake(folder, *arguments):
    """Run Snakemake to its end in a folder of its own."""
    return subprocess.run(command(*arguments), cwd=folder, capture_output=True, text=True, check=False)

"""A stand-in for network drives that have no locks, or fail: a C library that is loaded before the real one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent
SCRIPTS = SUPPORT.parents[1] / "scripts"


def environment(folder, **failures):
    """The environment of a process for which ``failures`` happen, as `failing_drive.c` describes them."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if sys.platform != "linux" or not compiler:
        pytest.skip("needs Linux and a C compiler")
    library = folder / "failing_drive.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", library, SUPPORT / "failing_drive.c", "-ldl"], check=True, timeout=60
    )
    path = os.pathsep.join(map(str, (SCRIPTS, SUPPORT)))
    return os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": path} | failures


def run(code, environment, *arguments):
    """What a Python process with this ``environment`` prints; it must succeed."""
    finished = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout

"""What every job begins with, in a process of its own."""

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"

ENDING = """
import gc, sys
from types import SimpleNamespace
sys.path.append(sys.argv[1])
from sr_fingerprints.job import start
class Garbage:
    def __init__(self):
        self.itself = self
    def __del__(self):
        print("searched")
if "start" in sys.argv:
    start(SimpleNamespace(rule="train", wildcards=["a"], log=["logs/a.log"]))
gc.disable()
Garbage()
print("done")
"""


def ended(folder, *arguments):
    run = [sys.executable, "-c", ENDING, SCRIPTS, *arguments]
    return subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True).stdout.split()


def test_a_job_that_is_done_is_not_searched_for_garbage(tmp_path):
    assert ended(tmp_path) == ["done", "searched"]
    assert ended(tmp_path, "start") == ["done"]
    assert (tmp_path / "logs/a.log").exists()

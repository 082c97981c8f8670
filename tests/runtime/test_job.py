"""What every job begins with, in a process of its own."""

import socket
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"

ENDING = """
import gc, sys
from types import SimpleNamespace
sys.path.append(sys.argv[1])
from sr_fingerprints.runtime.job import start
NOTHING = {"input": [], "output": [], "params": [], "resources": {}}
class Garbage:
    def __init__(self):
        self.itself = self
    def __del__(self):
        print("searched")
if "start" in sys.argv:
    start(SimpleNamespace(rule="train", wildcards=["a"], log=["logs/a.log"], threads=1, **NOTHING))
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


STARTING = """
import sys
from types import SimpleNamespace
sys.path.append(sys.argv[1])
from sr_fingerprints.runtime.job import start
NOTHING = {"input": [], "output": [], "params": [], "resources": {}}
start(SimpleNamespace(rule="train", wildcards=["a"], log=["logs/a.log"], threads=1, **NOTHING))
raise ValueError("no such thing")
"""


LOGGING = """
import logging, sys
from types import SimpleNamespace
sys.path.append(sys.argv[1])
from sr_fingerprints.runtime.job import start
from sr_fingerprints.runtime import progress
NOTHING = {"input": [], "output": [], "params": [], "resources": {}}
start(SimpleNamespace(rule="train", wildcards=["a"], log=["logs/a.log"], threads=1, **NOTHING))
logging.getLogger("sr_fingerprints.somewhere").info("for the log")
logging.getLogger("sr_fingerprints.somewhere").warning("for both")
progress.SECONDS_BETWEEN_RECORDS = 0
list(progress.progress(range(3), "photos"))
"""


def test_progress_and_warnings_are_on_the_screen_and_everything_is_in_the_log(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOGGING, SCRIPTS], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    log = (tmp_path / "logs/a.log").read_text()
    assert "for the log" in log and "for the log" not in done.stderr
    for text in ("for both", "photos: "):
        assert f"train a: {text}" in done.stderr and text in log


def test_the_log_has_the_start_and_the_end_with_their_offset_from_utc(tmp_path):
    subprocess.run([sys.executable, "-c", LOGGING, SCRIPTS], cwd=tmp_path, capture_output=True, check=True)
    lines = (tmp_path / "logs/a.log").read_text().splitlines()
    assert lines[0].endswith(": starts") and lines[-1].endswith(": ends")
    start, end = (datetime.fromisoformat(line.split()[0]) for line in (lines[0], lines[-1]))
    assert start.tzinfo and timedelta() <= end - start < timedelta(minutes=10)


def test_the_screen_is_written_whole_lines_at_a_time_even_without_a_buffer(tmp_path):
    screen, other_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)  # each message is one call of write
    run = [sys.executable, "-u", "-c", STARTING, SCRIPTS]
    assert subprocess.run(run, cwd=tmp_path, stderr=other_end, check=False).returncode == 1
    other_end.close()
    screen.setblocking(False)
    assert screen.recv(4096) == b"train a: starts\n"
    told = b"train a failed: ValueError: no such thing\n(the traceback is in logs/a.log)\n"
    assert screen.recv(4096) == told

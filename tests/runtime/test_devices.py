"""Several GPUs in one machine: real processes, real locks, and GPUs that only a stand-in for NVML lists."""

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pynvml
import pytest
from stand_in_gpus import install_nvml, listed_gpus

from sr_fingerprints.runtime import devices
from sr_fingerprints.runtime.devices import claim_gpu, visible_gpus
from sr_fingerprints.runtime.errors import InputError

WORKER = """
import json, logging, os, subprocess, sys
from pathlib import Path
from sr_fingerprints.runtime.devices import claim_gpu
logging.basicConfig(level=logging.INFO, format="%(message)s")
jobs_per_gpu, *folder = sys.argv[1:]
claim = claim_gpu(int(jobs_per_gpu), *map(Path, folder))
print(json.dumps([claim.gpu.uuid, claim.slot, os.environ["CUDA_VISIBLE_DEVICES"]]), flush=True)
for line in sys.stdin:
    if line == "raise\\n":
        raise ValueError("as a job fails")
    if line == "release\\n":
        claim.release()
        print("released", flush=True)
    if line == "fork\\n":
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)  # until the parent is gone
            os._exit(0)
        print("forked", flush=True)
    if line == "run\\n":
        child = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, close_fds=False)
        print(child.pid, flush=True)
"""


class Worker:
    """A process that claims a GPU, tells which, and keeps it until its input ends."""

    def __init__(self, *arguments, **options):
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
        )  # fmt: skip

    def claimed(self):
        """UUID, slot, and what CUDA_VISIBLE_DEVICES is, once it has a GPU."""
        return json.loads(self._process.stdout.readline())

    def said(self):
        """The next line of its log."""
        return self._process.stderr.readline()

    def ask(self, what):
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def end(self, how="exit"):
        if how == "kill":
            self._process.send_signal(signal.SIGKILL)
        elif how == "raise":
            self._process.stdin.write("raise\n")
        if not self._process.stdin.closed:
            self._process.stdin.close()
        return self._process.wait(timeout=600)

    def close(self):
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream.close()


@pytest.fixture
def gpus(tmp_path, monkeypatch):
    with listed_gpus(tmp_path, monkeypatch) as make:
        yield make


@pytest.fixture
def worker(tmp_path):
    """Start workers whose locks lie in a folder of this test's own, unless told otherwise."""
    with ExitStack() as closing:

        def start(jobs_per_gpu=1, folder=tmp_path / "locks", **options):
            started = Worker(jobs_per_gpu, *([folder] if folder else []), **options)
            closing.callback(started.close)
            return started

        yield start


def test_jobs_at_the_same_time_get_different_gpus(gpus, worker):
    uuids = gpus(3)
    workers = [worker() for _ in uuids]
    claimed = [one.claimed() for one in workers]
    assert sorted(found for found, _, _ in claimed) == sorted(uuids)
    assert all(slot == 1 and visible == found for found, slot, visible in claimed)


@pytest.mark.parametrize("how, status", [("exit", 0), ("kill", -9), ("raise", 1)])
def test_where_all_are_taken_a_job_says_so_once_and_gets_the_first_that_is_free(gpus, worker, how, status):
    uuids = gpus(2)
    holders = [worker() for _ in uuids]
    held = [one.claimed()[0] for one in holders]
    third = worker()
    said = third.said()
    assert said.startswith("waiting for a GPU") and all(name in said for name in uuids)
    assert "locks" in said and "--resources gpu=2 " in said
    assert holders[1].end(how) == status
    assert third.claimed()[0] == held[1]
    assert third.said().startswith("got a GPU after")


def test_a_lock_is_gone_with_its_process_whatever_its_children_do(gpus, worker):
    """A forked child ends when its parent is gone; a program that the job started goes on."""
    gpus(1)
    holder = worker()
    holder.claimed()
    assert holder.ask("fork") == "forked"
    program = int(holder.ask("run"))
    try:
        waiting = worker()
        assert waiting.said().startswith("waiting")
        holder.end("kill")
        assert waiting.claimed()
        os.kill(program, 0)  # it is still there
    finally:
        os.kill(program, signal.SIGKILL)


def test_a_gpu_for_two_jobs_is_given_to_two_and_the_emptier_one_first(gpus, worker):
    uuids = gpus(2)
    workers = [worker(2) for _ in range(4)]
    claimed = [one.claimed()[:2] for one in workers]
    assert sorted(map(tuple, claimed)) == sorted((name, slot) for name in uuids for slot in (1, 2))
    fifth = worker(2)
    assert "up to 2 each" in fifth.said()
    emptier = [number for number, (name, _) in enumerate(claimed) if name == uuids[1]]
    for number in emptier:
        workers[number].end()
    assert fifth.claimed()[0] == uuids[1]
    other = next(number for number, (name, _) in enumerate(claimed) if name == uuids[0])
    workers[other].end()
    assert sorted(worker(2).claimed()[0] for _ in range(2)) == sorted(uuids)


def test_the_first_slot_of_a_fuller_gpu_does_not_go_before_a_later_one_of_an_emptier(gpus, worker):
    uuids = gpus(2)
    workers = [worker(3) for _ in range(5)]
    claimed = [one.claimed()[:2] for one in workers]
    by_place = dict(zip(map(tuple, claimed), workers, strict=True))
    fuller, emptier = uuids if sum(name == uuids[0] for name, _ in claimed) == 3 else reversed(uuids)
    by_place[fuller, 1].end()
    by_place[emptier, 2].end()
    assert worker(3).claimed()[:2] == [emptier, 2]


def test_runs_in_other_folders_with_other_temporary_ones_respect_each_other(gpus, worker, tmp_path):
    """With the locks where they lie by default; Snakemake and clusters give jobs a TMPDIR of their own."""
    uuids = gpus(2)
    claimed = []
    for name in "ab":
        (tmp_path / name / "tmp").mkdir(parents=True)
        environment = os.environ | {"TMPDIR": str(tmp_path / name / "tmp")}
        claimed.append(worker(folder=None, cwd=tmp_path / name, env=environment).claimed()[0])
    assert sorted(claimed) == sorted(uuids)
    assert worker(folder=None).said().startswith("waiting")
    assert devices.LOCKS.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "visible, entries, names",
    [
        ("0,2", "0 2", [0, 2]),
        ("2, 0", "2 0", [2, 0]),
        ("1,-1,0", "1", [1]),
        ("0,7,1", "0", [0]),
        ("", "", []),
        ("-1", "", []),
        ("NoDevFiles", "", []),
        ("1,1", "", []),
        ("GPU-1,GPU-0", "GPU-1 GPU-0", [1, 0]),
        ("GPU-,GPU-0", "", []),
        ("GPU-2,1", "GPU-2", [2]),
        ("2,GPU-1", "2", [2]),
        ("GPU-9,GPU-1", "", []),
    ],
)
def test_gpus_are_those_that_cuda_would_show(gpus, monkeypatch, visible, entries, names):
    uuids = gpus(3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    found = visible_gpus()
    assert [gpu.entry for gpu in found] == entries.split()
    assert [gpu.uuid for gpu in found] == [uuids[number] for number in names]


def test_parts_of_gpus_are_taken_as_they_are(gpus, worker, monkeypatch):
    gpus(1)
    parts = ["MIG-11", "MIG-GPU-aa/1/0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ",".join(parts))
    assert sorted(worker().claimed() for _ in parts) == [[part, 1, part] for part in parts]


def test_numbers_are_shown_to_cuda_as_the_user_wrote_them_and_locked_by_uuid(gpus, worker, monkeypatch):
    """As on a cluster: each of two jobs sees a GPU 0, which are different ones; a third has the GPU of the first."""
    first = gpus(1)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert worker().claimed() == [*first, 1, "0"]
    of_another_job = gpus(1)
    assert worker().claimed() == [*of_another_job, 1, "0"]
    assert worker().said().startswith("waiting")


def test_without_nvidia_s_library_there_are_only_gpus_that_the_environment_names(monkeypatch, caplog):
    """Where the system finds no such library; the bindings look for it anew as long as they have none."""

    def not_found(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "CDLL", not_found)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_gpus() == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert [gpu.uuid for gpu in visible_gpus()] == ["number-1", "number-0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a,GPU-b")
    assert [gpu.uuid for gpu in visible_gpus()] == ["GPU-a", "GPU-b"]
    assert not caplog.records


@pytest.mark.parametrize(
    "facts, told",
    [
        ({"status": pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH}, "NVML/RM version mismatch"),
        ({"status": pynvml.NVML_ERROR_DRIVER_NOT_LOADED}, "Driver Not Loaded"),
        ({"uuids": ["GPU-0"], "lost": pynvml.NVML_ERROR_GPU_IS_LOST}, "GPU is lost"),
    ],
)
def test_a_library_of_nvidia_that_does_not_work_is_told(tmp_path, monkeypatch, caplog, facts, told):
    install_nvml(tmp_path, monkeypatch, **facts)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert claim_gpu(1, tmp_path / "locks") is None
    assert "NVIDIA's library (NVML) does not list the GPUs" in caplog.text and told in caplog.text
    assert not (tmp_path / "locks").exists()


@pytest.mark.parametrize("number", [-1, "two", 1.5])
def test_other_numbers_of_jobs_are_refused(tmp_path, number):
    with pytest.raises(InputError, match=r"jobs_per_gpu: found .*; allowed: 0, 1, 2"):
        claim_gpu(number, tmp_path)


def test_no_gpu_is_claimed_for_no_jobs(gpus, tmp_path):
    gpus(1)
    assert claim_gpu(0, tmp_path / "locks") is None
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def of_somebody_else(folder):
    if os.getuid() != 0:
        return Path("/usr")
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    return folder


def linked(folder):
    (folder.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent / "elsewhere")
    return folder


def open_to_all(folder):
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def under_a_file(folder):
    folder.write_text("")
    return folder / "locks"


def with_a_folder_for_a_lock(folder):
    (folder / "choosing.lock").mkdir(parents=True)
    folder.chmod(0o700)
    return folder


@pytest.mark.parametrize(
    "damage, told",
    [
        (of_somebody_else, "of the user with number"),
        (linked, "found: a link"),
        (open_to_all, "others may write to .mode 777."),
        (under_a_file, "Not a directory"),
        (with_a_folder_for_a_lock, "Is a directory"),
    ],
)
def test_a_folder_that_cannot_hold_locks_is_named_with_the_remedy(gpus, tmp_path, damage, told):
    gpus(1)
    folder = damage(tmp_path / "locks")
    with pytest.raises(InputError, match=rf"{folder}: the locks .*{told}.*; allowed: .* mode 700.* jobs_per_gpu=0"):
        claim_gpu(1, folder)


def test_a_drive_without_locks_is_named_with_the_remedy(gpus, tmp_path, monkeypatch):
    """Without locks, two jobs would silently share a GPU."""

    def fail(stream, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    gpus(1)
    monkeypatch.setattr(fcntl, "flock", fail)
    told = r"found: No locks available; allowed: .* on a drive that has locks .*or the resource jobs_per_gpu=0"
    with pytest.raises(InputError, match=told):
        claim_gpu(1, tmp_path / "locks")
    assert claim_gpu(0, tmp_path / "locks") is None

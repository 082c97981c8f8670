"""The GPU of a job: what `job.device` makes of what NVML lists and torch sees; Snakemake's jobs together."""

import json
import os
import subprocess
import sys

import pynvml
import pytest
from stand_in_gpus import TORCH, install_nvml, listed_gpus


@pytest.fixture
def gpus(tmp_path, monkeypatch):
    with listed_gpus(tmp_path, monkeypatch) as make:
        yield make


JOB = """
import logging, sys
from types import SimpleNamespace
from sr_fingerprints.runtime import devices
from sr_fingerprints.runtime import job
snakemake = SimpleNamespace(rule="train", wildcards=[], log=["job.log"], threads=1, resources={RESOURCES},
    input=[], output=[], params=[])
device = job.start(snakemake).device
print("device", device)
if device == "cpu":
    print("free", devices.claim_gpu().slot)
"""


def stand_in_torch(folder, monkeypatch):
    """Make it the torch of all processes that the test starts."""
    (folder / "torch").mkdir()
    (folder / "torch/torch.py").write_text(TORCH)
    monkeypatch.setenv("PYTHONPATH", str(folder / "torch"), prepend=os.pathsep)


def job_of(folder, resources, **environment):
    environment = os.environ | environment
    run = [sys.executable, "-c", JOB.replace("{RESOURCES}", repr(resources))]
    return subprocess.run(run, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=600)


def test_a_gpu_that_torch_cannot_use_is_given_back_and_told(gpus, tmp_path):
    """With the real torch, to which the GPUs of this test do not exist."""
    (name,) = gpus(1)
    answer = job_of(tmp_path, {"gpu": 1})
    assert "device cpu" in answer.stdout and "free 1" in answer.stdout
    assert answer.stderr.count(f"cannot use the GPU {name}: running on the CPU") == 1


def test_a_job_that_wants_no_gpu_claims_none(gpus, tmp_path, monkeypatch):
    gpus(1)
    stand_in_torch(tmp_path, monkeypatch)
    answer = job_of(tmp_path, {"gpu": 0})
    assert "device cpu" in answer.stdout and "free 1" in answer.stdout
    assert "GPU" not in answer.stderr


def test_a_gpu_that_only_torch_sees_is_used_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    install_nvml(tmp_path, monkeypatch, status=pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)
    stand_in_torch(tmp_path, monkeypatch)
    answer = job_of(tmp_path, {"gpu": 1}, UUID_FOR_CUDA="1")
    assert "device cuda" in answer.stdout
    assert "NVIDIA's library (NVML) lists no GPU" in answer.stderr


def test_a_gpu_that_cuda_counts_otherwise_than_nvidia_s_library_is_told(gpus, tmp_path, monkeypatch):
    gpus(1)
    stand_in_torch(tmp_path, monkeypatch)
    answer = job_of(tmp_path, {"gpu": 1}, UUID_FOR_CUDA="other", CUDA_VISIBLE_DEVICES="0")
    assert "CUDA_VISIBLE_DEVICES 0 is GPU-other for CUDA" in answer.stderr
    assert "CUDA_DEVICE_ORDER=PCI_BUS_ID" in answer.stderr


SNAKEFILE = """
rule all:
    input: expand("job{number}.json", number=range(4)), "cpu.json"
rule compute:
    output: "job{number}.json"
    log: "logs/{number}.log"
    resources: gpu=1
    script: "compute.py"
rule without:
    output: "cpu.json"
    log: "logs/cpu.log"
    resources: gpu=0
    script: "compute.py"
"""

SCRIPT = """
import json, os, time
from pathlib import Path
from sr_fingerprints.runtime.job import start
job = start(snakemake)
device = job.device
began = time.monotonic()
if device == "cuda":
    Path(f"held-{os.getpid()}").touch()
    while len(list(Path().glob("held-*"))) < AT_ONCE:
        time.sleep(0.01)
Path(job.output[0]).write_text(json.dumps([device, os.environ.get("CUDA_VISIBLE_DEVICES"), began, time.monotonic()]))
"""


@pytest.mark.parametrize("jobs_per_gpu, arguments", [(1, []), (2, ["--default-resources", "jobs_per_gpu=2"])])
def test_snakemake_s_jobs_have_gpus_of_their_own(gpus, tmp_path, monkeypatch, jobs_per_gpu, arguments):
    """Each waits until as many as there are places for have a GPU: these are all held at the same time."""
    uuids = gpus(2)
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "compute.py").write_text(SCRIPT.replace("AT_ONCE", str(2 * jobs_per_gpu)))
    stand_in_torch(tmp_path, monkeypatch)
    run = [sys.executable, "-m", "snakemake", "--cores", "5", *arguments]
    finished = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    jobs = [json.loads((tmp_path / f"job{number}.json").read_text()) for number in range(4)]
    assert {visible for _, visible, _, _ in jobs} == set(uuids)
    for device, visible, began, ended in jobs:
        others = [(start, end) for _, other, start, end in jobs if other == visible and start != began]
        assert device == "cuda"
        assert sum(start < ended and began < end for start, end in others) <= jobs_per_gpu - 1
    if jobs_per_gpu == 2:
        assert [sum(visible == name for _, visible, _, _ in jobs) for name in uuids] == [2, 2]
        assert "waiting for a GPU" not in finished.stderr
    assert json.loads((tmp_path / "cpu.json").read_text())[:2] == ["cpu", None]
    assert f"stand-in ({jobs[0][1]}, job " in (tmp_path / "logs/0.log").read_text()

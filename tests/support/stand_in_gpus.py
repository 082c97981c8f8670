"""Several GPUs in one machine that has none: a stand-in for nvidia-smi lists them, and one for torch sees them."""

import os
import uuid
from contextlib import contextmanager
from pathlib import Path

from sr_fingerprints.runtime import devices

SCRIPTS = Path(__file__).parents[2] / "scripts"

TORCH = """
import json, os
from types import SimpleNamespace
__version__ = "stand-in"
set_num_threads = print
def get_device_properties(number):
    return SimpleNamespace(uuid=os.environ.get("UUID_FOR_CUDA") or os.environ["CUDA_VISIBLE_DEVICES"][4:])
cuda = SimpleNamespace(
    is_available=lambda: True, get_device_name=lambda: "stand-in", get_device_properties=get_device_properties
)
"""
"""What a job asks of torch, on a machine where torch sees the GPUs that the stand-in for nvidia-smi lists."""


@contextmanager
def listed_gpus(folder, monkeypatch):
    """Yield a function that makes a number of GPUs and returns their UUIDs, which nobody else has."""
    made = []

    def make(count):
        uuids = [f"GPU-{number}{uuid.uuid4()}" for number in range(count)]
        made.extend(uuids)
        listed = "".join(rf"{number}, {name}\n" for number, name in enumerate(uuids))
        nvidia_smi(
            folder, monkeypatch, f'[ "$*" = "--query-gpu=index,uuid --format=csv,noheader" ] && printf "{listed}"'
        )
        return uuids

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS))
    yield make
    for name in made:
        for left in devices.LOCKS.glob(f"{name}.*"):
            left.unlink()


def nvidia_smi(folder, monkeypatch, script):
    file = folder / "bin/nvidia-smi"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    if not os.environ["PATH"].startswith(str(file.parent)):
        monkeypatch.setenv("PATH", f"{file.parent}:{os.environ['PATH']}")

"""Several GPUs in one machine that has none: a stand-in for NVIDIA's library lists them, one for torch sees them."""

import os
import uuid
from contextlib import contextmanager
from pathlib import Path

import pynvml
from stand_in_nvml import Nvml

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
"""What a job needs of torch, on a machine where torch sees the GPUs that the stand-in for NVIDIA's library lists."""


@contextmanager
def listed_gpus(folder, monkeypatch):
    """Yield a function that makes a number of GPUs and returns their UUIDs, which nobody else has."""
    made = []

    def make(count):
        uuids = [f"GPU-{number}{uuid.uuid4()}" for number in range(count)]
        made.extend(uuids)
        install_nvml(folder, monkeypatch, uuids=uuids)
        return uuids

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    yield make
    for name in made:
        for left in devices.LOCKS.glob(f"{name}.*"):
            left.unlink()


def install_nvml(folder, monkeypatch, **facts):
    """Make `Nvml` of these facts NVIDIA's library, in this process and in all that it starts with its PYTHONPATH.

    Python runs a ``sitecustomize.py`` when it starts.
    """
    at_start = folder / "at_start/sitecustomize.py"
    at_start.parent.mkdir(exist_ok=True)
    at_start.write_text(f"import pynvml, stand_in_nvml\npynvml.nvmlLib = stand_in_nvml.Nvml(**{facts})\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (at_start.parent, Path(__file__).parent, SCRIPTS))))
    monkeypatch.setattr(pynvml, "nvmlLib", Nvml(**facts))
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})

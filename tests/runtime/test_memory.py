"""Want of memory: halved batches, and what stands on the screen. The GPU is a stand-in that counts items."""

import logging
from itertools import chain

import numpy as np
import pytest
import torch

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.job import _report_failure
from sr_fingerprints.runtime.memory import AdaptiveBatch, explain_gpu_oom, is_gpu_out_of_memory

FULL = (
    "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 3.00 GiB of which 1.00 GiB is "
    "free. Of the allocated memory 1.00 GiB is allocated by PyTorch, and 0 bytes is reserved."
)


class Gpu:
    """Holds so many items at once, and remembers how many it was asked to hold."""

    def __init__(self, room):
        self.room = room
        self.asked = []

    def __call__(self, part):
        items = range(part.start, part.stop)
        self.asked.append(len(items))
        if len(items) > self.room:
            raise torch.OutOfMemoryError(FULL)
        return list(items)


@pytest.mark.parametrize("room, asked", [(20, [10, 7]), (9, [10, 5, 5, 5, 2]), (2, [10, 5, *[2] * 8, 1])])
def test_batches_are_halved_until_they_fit_and_every_item_comes_once(room, asked, caplog):
    gpu, at_once = Gpu(room), AdaptiveBatch("images")
    results = at_once(gpu, 17, 10, "too large")
    assert list(chain(*results)) == list(range(17))
    assert gpu.asked == asked
    assert len(caplog.records) == sum(size > room for size in asked)


def test_the_smaller_size_is_kept_and_told(caplog):
    gpu, at_once = Gpu(4), AdaptiveBatch("images")
    at_once(gpu, 8, 8, "too large")
    gpu.asked.clear()
    assert list(chain(*at_once(gpu, 6, 8, "too large"))) == list(range(6))
    assert gpu.asked == [4, 2]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    told = record.getMessage()
    assert told.startswith(
        "8 images do not fit into the GPU's memory at once; continuing with 4 (CUDA out of memory."
    )
    assert "of which 1.00 GiB is free" in told and "reserved" not in told


def test_one_item_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match=r"^crop: found 9; allowed: less \(CUDA out of memory\. Tried to allocate 2"):
        AdaptiveBatch("images")(Gpu(0), 3, 3, "crop: found 9; allowed: less")


def test_other_errors_are_not_taken_for_want_of_memory():
    def broken(_):
        return torch.zeros(2, 3) @ torch.zeros(2, 3)

    with pytest.raises(RuntimeError, match="shapes"):
        AdaptiveBatch("images")(broken, 3, 3, "")
    with pytest.raises(RuntimeError, match="shapes"), explain_gpu_oom(lambda: "too large"):
        broken(None)
    assert not is_gpu_out_of_memory(MemoryError("CUDA out of memory"))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("some other text"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        torch.AcceleratorError("CUDA error: out of memory\nCUDA kernel errors might be reported later"),
    ],
)
def test_whatever_torch_says_of_a_full_gpu_is_understood(error):
    assert is_gpu_out_of_memory(error)
    with pytest.raises(InputError, match=r"^batch_size: found 8 \("), explain_gpu_oom(lambda: "batch_size: found 8"):
        raise error


def on_the_screen(tmp_path, capsys, error):
    _report_failure("train a", str(tmp_path / "a.log"), type(error), error, None)
    return capsys.readouterr().err


@pytest.mark.parametrize("ask", [lambda: np.ones(10**16), lambda: torch.ones(10**16)], ids=["numpy", "torch"])
def test_want_of_the_machine_s_own_memory_is_a_line_on_the_screen(tmp_path, capsys, ask):
    """More than any machine has, really asked for."""
    with pytest.raises((MemoryError, RuntimeError)) as refused:
        ask()
    line = on_the_screen(tmp_path, capsys, refused.value).splitlines()[0]
    assert line.startswith("train a failed: this machine's memory is too small; run fewer jobs at once, by --cores")
    assert "allocate" in line


def test_a_full_gpu_and_a_diverging_training_are_lines_on_the_screen(tmp_path, capsys):
    line = on_the_screen(tmp_path, capsys, torch.OutOfMemoryError(FULL)).splitlines()[0]
    assert line.startswith(
        "train a failed: the GPU's memory, which other programs may also use, is too small (CUDA out"
    )
    line = on_the_screen(tmp_path, capsys, FloatingPointError("a: the loss is not finite")).splitlines()[0]
    assert line == "train a failed: a: the loss is not finite"

"""Precision of training: what each word means on a device, and that the context does what its name says."""

import logging

import pytest
import torch

from sr_fingerprints.runtime import precision
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.precision import autocast, exact_or_tf32, resolve_precision


@pytest.mark.parametrize(
    "native, pays, taken, why",
    [
        (True, True, "bfloat16", "the processor has instructions for it"),
        (True, False, "float32", "for work of this size bfloat16 is no faster"),
        (False, True, "float32", "the processor has no instructions for bfloat16"),
    ],
)
def test_auto_on_a_cpu_goes_by_the_processor_and_by_what_pays(monkeypatch, caplog, native, pays, taken, why):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": native, "avx2": True})
    with caplog.at_level(logging.INFO):
        assert resolve_precision("auto", "cpu", pays, "training.precision") == taken
    assert f"training.precision: auto: {taken} ({why})" in caplog.text


def test_what_is_asked_for_is_taken_and_on_a_gpu_auto_is_tf32(monkeypatch, caplog):
    monkeypatch.setattr(precision, "computes_bfloat16", lambda: False)
    assert resolve_precision("float32", "cpu") == resolve_precision("float32", "cuda") == "float32"
    assert resolve_precision("bfloat16", "cuda") == "bfloat16"
    assert resolve_precision("auto", "cuda:0") == resolve_precision("tf32", "cuda") == "tf32"
    assert "slower" not in caplog.text
    assert resolve_precision("bfloat16", "cpu") == "bfloat16"
    assert "bfloat16 on a processor without instructions for it: slower than float32" in caplog.text


@pytest.mark.parametrize(
    "word, message",
    [
        ("tf32", "training.precision: found 'tf32' on a CPU, .*; allowed: auto, float32, bfloat16"),
        ("float16", "training.precision: found 'float16'; allowed: auto, float32, bfloat16, tf32"),
    ],
)
def test_what_a_cpu_does_not_have_is_refused(word, message):
    with pytest.raises(InputError, match=message):
        resolve_precision(word, "cpu", key="training.precision")


def test_only_bfloat16_is_computed_in_16_bits_and_added_up_in_32():
    layer, ones = torch.nn.Linear(512, 1, bias=False), torch.ones(1, 512)
    torch.nn.init.constant_(layer.weight, 1 + 2**-9)  # in bfloat16: 1
    with autocast("float32", "cpu"):
        assert layer(ones).dtype == torch.float32 and layer(ones).item() == 513
    with autocast("bfloat16", "cpu"):
        assert layer(ones).dtype == torch.bfloat16 and layer(ones).item() == 512
        assert torch.nn.functional.mse_loss(layer(ones), torch.zeros(1, 1)).dtype == torch.float32


def test_tf32_is_only_allowed_where_it_is_asked_for():
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    for word, allowed in (("float32", False), ("bfloat16", False), ("tf32", True)):
        with exact_or_tf32(word, "cuda"):
            assert products.allow_tf32 is allowed and convolutions.allow_tf32 is allowed
        assert (products.allow_tf32, convolutions.allow_tf32) == before
    with exact_or_tf32("tf32", "cpu"):
        assert (products.allow_tf32, convolutions.allow_tf32) == before
    assert before != (True, True)

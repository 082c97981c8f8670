"""Precision of the arithmetic in training: what ``auto`` means on a device, and the context to compute in.

``bfloat16`` is torch's autocast (Micikevicius et al., "Mixed precision training", ICLR 2018): convolutions and
matrix products take factors of 16 bits and add up in 32; weights, gradients and optimizers stay in float32. bfloat16
has float32's range (Kalamkar et al., arXiv 1905.12322, 2019), so losses need no scaling. ``tf32`` is that of NVIDIA's
GPUs since Ampere: factors of 19 bits.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)

PRECISIONS = ("auto", "float32", "bfloat16", "tf32")


def resolve_precision(precision: str, device: str, pays: bool = True, key: str = "precision") -> str:
    """What one of `PRECISIONS` means on a ``device`` (``cpu``, ``cuda`` or the like): any of them but ``auto``.

    It depends on the processor alone, never on a clock, so that one machine takes the same each time. ``auto`` on a
    CPU is bfloat16 if the processor has instructions for it and it ``pays``: whether it does for the work at hand is
    for the caller to say, from measurements. On a GPU it is ``tf32``, until a faster one is measured there. What is
    taken is logged. Raises `InputError`, which names ``key``, for another word, and for ``tf32`` without a GPU.
    """
    if precision not in PRECISIONS:
        raise InputError(f"{key}: found {precision!r}; allowed: {', '.join(PRECISIONS)}")
    on_gpu = torch.device(device).type != "cpu"
    native = True if on_gpu else computes_bfloat16()
    if precision == "tf32" and not on_gpu:
        raise InputError(
            f"{key}: found 'tf32' on a CPU, which has no such arithmetic; allowed: auto, float32, bfloat16"
        )
    if precision == "bfloat16" and not native:
        logger.warning("%s: bfloat16 on a processor without instructions for it: slower than float32", key)
    if precision != "auto":
        logger.info("%s: %s", key, precision)
        return precision
    if on_gpu:
        taken, why = "tf32", "on a GPU"
    elif not native:
        taken, why = "float32", "the processor has no instructions for bfloat16"
    elif not pays:
        taken, why = "float32", "for work of this size bfloat16 is no faster"
    else:
        taken, why = "bfloat16", "the processor has instructions for it"
    logger.info("%s: auto: %s (%s)", key, taken, why)
    return taken


def computes_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 by instructions of its own: AVX-512 BF16 or AMX on x86, BF16 on ARM.

    Where it has none, torch emulates them, and is slower than with float32.
    """
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def autocast(precision: str, device: str) -> torch.autocast:
    """For the forward pass and the loss, in a resolved ``precision``; nothing but with ``bfloat16``.

    Weights are cast once in a context, so a context must end before they are updated.
    """
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=precision == "bfloat16")


@contextmanager
def exact_or_tf32(precision: str, device: str) -> Iterator[None]:
    """For a whole training: TF32 on a GPU if the ``precision`` is ``tf32``, else none; by default torch has it for
    convolutions. Nothing on a CPU.
    """
    if torch.device(device).type != "cuda":
        yield
        return
    products: Any = torch.backends.cuda.matmul
    convolutions: Any = torch.backends.cudnn
    before = products.allow_tf32, convolutions.allow_tf32
    products.allow_tf32 = convolutions.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        products.allow_tf32, convolutions.allow_tf32 = before

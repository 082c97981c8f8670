"""Handling of full memory: smaller batches where results allow it, else an error that says what to change."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

GPU_OUT_OF_MEMORY_MESSAGES = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
"""Messages of torch and its libraries when GPU memory is full; only the first has its own exception class."""


class AdaptiveBatch:
    """Computes items in batches, and halves the batch size, permanently, whenever GPU memory is too small for one.

    For items whose results do not depend on each other. ``items`` is their name in warnings.
    """

    def __init__(self, items: str):
        self._items = items
        self._max_batch_size = sys.maxsize

    def __call__(
        self, compute: Callable[[slice], Result], count: int, batch_size: int, too_large: str
    ) -> list[Result]:
        """Results of ``compute`` for consecutive slices of ``count`` items, each of at most ``batch_size``.

        Raises `InputError` with ``too_large`` and torch's message when memory is too small for even one item.
        """
        results: list[Result] = []
        start = 0
        while start < count:
            size = min(batch_size, self._max_batch_size, count - start)
            reason = None
            try:
                results.append(compute(slice(start, start + size)))
            except RuntimeError as error:
                if not is_gpu_out_of_memory(error):
                    raise
                reason = first_sentence(error)
            if reason is None:
                start += size
                continue
            # After the except block, the traceback no longer keeps tensors alive.
            _free_cache()
            if size == 1:
                raise InputError(f"{too_large} ({reason})")
            self._max_batch_size = size // 2
            logger.warning(
                "%d %s do not fit into the GPU's memory at once; continuing with %d (%s)",
                size, self._items, self._max_batch_size, reason,
            )  # fmt: skip
        return results


@contextmanager
def explain_gpu_oom(message: Callable[[], str]) -> Iterator[None]:
    """Turn a GPU out-of-memory error into an `InputError` with ``message``; for batch sizes that affect results."""
    try:
        yield
    except RuntimeError as error:
        if not is_gpu_out_of_memory(error):
            raise
        raise InputError(f"{message()} ({first_sentence(error)})") from error


def explain_kept_checkpoint(checkpoint: Path, unit: str, done: int) -> str:
    """Message about the checkpoint of training that stopped after ``done`` units (``epoch``, say)."""
    if not done:
        return "there is no checkpoint yet"
    return (
        f"{checkpoint} keeps the state after {unit} {done}: the same settings resume from it, "
        "others start from scratch"
    )


def is_gpu_out_of_memory(error: BaseException) -> bool:
    """Whether torch raised this because a GPU's memory is full."""
    if not isinstance(error, RuntimeError):
        return False
    return type(error).__name__ == "OutOfMemoryError" or any(
        message in str(error) for message in GPU_OUT_OF_MEMORY_MESSAGES
    )


def memory_error_message(error: BaseException) -> str | None:
    """User-facing message for an out-of-memory error, else None."""
    if is_gpu_out_of_memory(error):
        return f"the GPU's memory, which other programs may also use, is too small ({first_sentence(error)})"
    if isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error):
        return f"this machine's memory is too small; run fewer jobs at once, by --cores ({first_sentence(error)})"
    return None


def first_sentence(error: BaseException) -> str:
    """First line of an error message, without torch's details of its cache."""
    first = str(error).strip().partition("\n")[0] or type(error).__name__
    return first.partition(" Of the allocated memory")[0].partition(" If reserved but")[0].rstrip(".")


def _free_cache() -> None:
    import torch

    torch.cuda.empty_cache()

"""Out of memory: smaller batches where that does not change results, else an error that says what to change."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sr_fingerprints.runtime.errors import InputError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

SIGNS = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
"""Messages of torch and its libraries when a GPU's memory is full; only the first has an exception of its own."""


class AdaptiveBatch:
    """Computes items in batches, and halves the batch size, for good, whenever a GPU's memory does not hold one.

    For items whose results do not depend on each other. ``items`` is what they are called in warnings.
    """

    def __init__(self, items: str):
        self._items = items
        self._most = sys.maxsize

    def __call__(self, compute: Callable[[slice], Result], count: int, at_once: int, too_large: str) -> list[Result]:
        """Results of ``compute`` for slices that cover ``count`` items in order, each of ``at_once`` at most.

        Raises `InputError` with ``too_large`` and torch's message when the memory does not hold even one item.
        """
        results: list[Result] = []
        start = 0
        while start < count:
            size = min(at_once, self._most, count - start)
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
            # Outside the except block, the error no longer keeps the tensors of its traceback alive.
            _free_cache()
            if size == 1:
                raise InputError(f"{too_large} ({reason})")
            self._most = size // 2
            logger.warning(
                "%d %s do not fit into the GPU's memory at once; going on with %d (%s)",
                size, self._items, self._most, reason,
            )  # fmt: skip
        return results


@contextmanager
def explain_gpu_oom(message: Callable[[], str]) -> Iterator[None]:
    """Turn an out-of-memory error of a GPU into an `InputError` with ``message``; where batches decide the result."""
    try:
        yield
    except RuntimeError as error:
        if not is_gpu_out_of_memory(error):
            raise
        raise InputError(f"{message()} ({first_sentence(error)})") from error


def explain_kept_checkpoint(checkpoint: Path, unit: str, done: int) -> str:
    """What is kept of a training that stops after ``done`` of a ``unit`` (epochs, say)."""
    if not done:
        return "there is no checkpoint yet"
    return f"{checkpoint} keeps the state after {unit} {done}: the same settings go on from it, others start anew"


def is_gpu_out_of_memory(error: BaseException) -> bool:
    """Whether torch raised this because a GPU's memory is full."""
    if not isinstance(error, RuntimeError):
        return False
    return type(error).__name__ == "OutOfMemoryError" or any(sign in str(error) for sign in SIGNS)


def memory_error_message(error: BaseException) -> str | None:
    """User-facing message for an out-of-memory error, else None."""
    if is_gpu_out_of_memory(error):
        return f"the GPU's memory does not suffice, other programs on it included ({first_sentence(error)})"
    if isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error):
        return f"this machine's memory does not suffice; run fewer jobs at once, by --cores ({first_sentence(error)})"
    return None


def first_sentence(error: BaseException) -> str:
    """The first line of an error, without torch's details of its cache."""
    first = str(error).strip().partition("\n")[0] or type(error).__name__
    return first.partition(" Of the allocated memory")[0].partition(" If reserved but")[0].rstrip(".")


def _free_cache() -> None:
    import torch

    torch.cuda.empty_cache()

"""Detection of NaN and infinity, which spread to everything computed from them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class NonFiniteError(FloatingPointError):
    """A network's output for one image has NaN or infinity; ``index`` is the image's position in the batch."""

    def __init__(self, message: str, index: int):
        super().__init__(message)
        self.index = index


def first_nonfinite(state: Any) -> str | None:
    """Name of the first non-finite tensor in nested dicts and lists (other values are ignored), else None."""
    import torch

    if isinstance(state, torch.Tensor):
        return None if state.isfinite().all() else ""
    parts: Iterable[tuple[Any, Any]]
    if isinstance(state, Mapping):
        parts = state.items()
    elif isinstance(state, Sequence) and not isinstance(state, str | bytes):
        parts = enumerate(state)
    else:
        return None
    for key, value in parts:
        found = first_nonfinite(value)
        if found is not None:
            return f"{key}.{found}".rstrip(".")
    return None

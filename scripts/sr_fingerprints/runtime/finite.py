"""Numbers that are not finite: NaN, which spreads to everything computed from it, and infinity."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class NonFiniteError(FloatingPointError):
    """What a network made of one image holds NaN or infinity; ``index`` is that image's among those given."""

    def __init__(self, message: str, index: int):
        super().__init__(message)
        self.index = index


def first_nonfinite(state: Any) -> str | None:
    """The name of the first tensor that is not finite in dicts and lists of tensors and other things, if any is."""
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

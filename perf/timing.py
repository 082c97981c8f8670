"""Timing that programs here share."""

import time
from collections.abc import Callable

import numpy as np


def best_of_three(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """The least seconds that ``work`` took in three calls, and what it returned."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result

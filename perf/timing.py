"""Timing shared by the programs in perf/."""

import time
from collections.abc import Callable

import numpy as np


def best_of_three(work: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Shortest time of three calls of ``work``, in seconds, and its result."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result

"""Ratios of two ways to do the same work, for the programs in perf/."""

import os
import resource
import time
from collections.abc import Callable
from statistics import median
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """Before numpy and torch are imported: one thread for each of their operations."""
    os.environ |= dict.fromkeys(THREADS, "1")


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Wall seconds, processor seconds (of ended child processes too), and the result."""
    before, started = _processor(), time.perf_counter()
    result = work()
    return time.perf_counter() - started, _processor() - before, result


def alternately(ours: Callable[[], Any], theirs: Callable[[], Any], repeats: int) -> tuple[Any, Any]:
    """Do both ``repeats`` times in turn, so that other programs disturb both alike; print medians and spread.

    Return the last result of each. Ratios are of neighbouring runs.
    """
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "theirs": []}
    results: dict[str, Any] = {}
    for _ in range(repeats):
        for name, work in (("ours", ours), ("theirs", theirs)):
            wall, processor, results[name] = measured(work)
            found[name].append((wall, processor))
    print(f"{'':10} {'wall (s)':>24} {'processor (s)':>24}")
    for name, times in found.items():
        print(f"{name:10} {_spread([each[0] for each in times]):>24} {_spread([each[1] for each in times]):>24}")
    ratios = [[b[place] / a[place] for a, b in zip(found["ours"], found["theirs"], strict=True)] for place in (0, 1)]
    print(f"{'ratio':10} {_spread(ratios[0]):>24} {_spread(ratios[1]):>24}", flush=True)
    return results["ours"], results["theirs"]


def _spread(values: list[float]) -> str:
    return f"{median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def _processor() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )

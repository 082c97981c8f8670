"""Answers to many images in order, in this process or in several."""

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING

from sr_fingerprints.command.inputs import STANDARD_INPUT, Given, Problem
from sr_fingerprints.runtime.allocation import keep_freed_memory
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    from sr_fingerprints.attribution.decisions import Attribution
    from sr_fingerprints.attribution.images import GivenImage

AHEAD = 4
"""Images for each worker that are handed out before they are answered, so that none waits."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Task:
    """How images are answered."""

    bundle: Path
    map: Path | None = None  # a PNG file, or a folder for several images
    maps_in_folder: bool = False


def answers(images: Iterable[Given], task: Task, workers: int) -> "Iterator[Attribution | Problem]":
    """The answer to each image in order, or why there is none. Each process computes with one thread.

    Raises `InputError` if a process was killed, as the system does when memory is full.
    """
    images = list(images)
    if not images:
        return
    for name in THREADS:
        os.environ[name] = "1"
    if min(workers, len(images)) == 1:
        _prepare(task)
        yield from (_answer(image, task) for image in images)
        return
    workers = min(workers, len(images))
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    with ProcessPoolExecutor(workers, context, _prepare_worker, (task,)) as pool:
        waiting: deque[Future[Attribution | Problem]] = deque()
        try:
            for image in images:
                waiting.append(pool.submit(_answer, image, task))
                if len(waiting) == AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                "a worker was killed, perhaps because memory is full; give fewer --workers, and run again"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _prepare_worker(task: Task) -> None:
    """A worker ends with its parent, however that ends; the parent alone hears Ctrl-C, and hands out no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _prepare(task)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        connection.wait([parent.sentinel])
        os._exit(1)


def _prepare(task: Task) -> None:
    keep_freed_memory()
    from sr_fingerprints.attribution.one_image import load_bundle
    from sr_fingerprints.runtime.light_imports import import_torch

    torch = import_torch()
    torch.set_num_threads(1)
    load_bundle(task.bundle)


def _answer(image: Given, task: Task) -> "Attribution | Problem":
    from sr_fingerprints.attribution.images import read_image, read_image_bytes
    from sr_fingerprints.attribution.one_image import attribute, load_bundle

    bundle = load_bundle(task.bundle)
    try:
        read = read_image(image.name) if image.content is None else read_image_bytes(image.content, image.name)
        answer = attribute(read, bundle)
    except (InputError, MemoryError) as error:
        return Problem(str(error) or f"{image.name}: more than there is memory for; reduce it")
    if task.map:
        from sr_fingerprints.attribution.heat_map import heat_map
        from sr_fingerprints.attribution.map_figure import draw_map

        draw_map(
            heat_map(bundle, read.pixels), read.pixels, _map_path(task.map, task.maps_in_folder, read), image.name
        )
    return answer


def _map_path(given: Path, in_folder: bool, image: "GivenImage") -> Path:
    """The PNG file of an image's map: in a folder, its name and the start of its digest, so that names are unique."""
    if not in_folder:
        return given
    name = "standard-input" if image.path == STANDARD_INPUT else Path(image.path or "").stem
    return given / f"{name}-{image.sha256[:8]}.png"

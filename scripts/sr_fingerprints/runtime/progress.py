"""Progress of long loops, as periodic log records."""

import logging
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_RECORDS = 15.0

Item = TypeVar("Item")


def progress(items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
    """Pass ``items`` on, logging ``label: done/total (percent), time left`` every 15 seconds.

    A loop that ends sooner logs nothing. ``total`` is ``len(items)`` unless given; raises TypeError
    without either.
    """
    if total is None:
        if not isinstance(items, Sized):
            raise TypeError(f"{label}: give the total of items that have no length")
        total = len(items)
    started = reported = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - reported >= SECONDS_BETWEEN_RECORDS:
            left = (now - started) / done * (total - done) if done else float("nan")
            logger.info("%s: %d/%d (%d %%), %.0f s left", label, done, total, 100 * done / total, left)
            reported = now
        yield item

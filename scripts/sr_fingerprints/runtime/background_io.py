"""Reading ahead and writing behind in one background thread each, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def read_ahead(read: Callable[[Key], Value], keys: Iterable[Key]) -> Iterator[tuple[Key, Value]]:
    """Yield each key with ``read(key)``; the next one is read while the caller works on this one."""
    with ThreadPoolExecutor(1) as thread:
        waiting: list[tuple[Key, Future[Value]]] = []
        for key in keys:
            waiting.append((key, thread.submit(read, key)))
            if len(waiting) == 2:
                earlier, future = waiting.pop(0)
                yield earlier, future.result()
        for key, future in waiting:
            yield key, future.result()


def made_ahead(items: Iterable[Value], ahead: int = 4) -> Iterator[Value]:
    """Yield ``items``; while the caller works on one, a thread makes up to ``ahead`` next ones, in the same order."""
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        waiting = deque(thread.submit(next, iterator, end) for _ in range(ahead))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, iterator, end))
            yield item  # type: ignore[misc]


class WriteBehind:
    """Run calls one after another in the background; use it in a ``with`` block.

    At most one call is pending: the next one blocks until it has ended. An exception is raised by the next call, or
    at the end of the block, which waits for the last one.
    """

    def __enter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1)
        self._last: Future[Any] | None = None
        return self

    def __call__(self, write: Callable[..., Any], *arguments: Any) -> None:
        if self._last is not None:
            self._last.result()
        self._last = self._thread.submit(write, *arguments)

    def __exit__(self, error: type[BaseException] | None, *_: Any) -> None:
        self._thread.shutdown(wait=True)
        if self._last is not None and error is None:
            self._last.result()

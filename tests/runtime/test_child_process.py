"""Calls in a process of their own: results, refusals, and every way to die."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from sr_fingerprints.runtime import child_process
from sr_fingerprints.runtime.child_process import ChildDiedError, call_in_child, report
from sr_fingerprints.runtime.errors import InputError


@pytest.fixture(autouse=True)
def found_in_the_child(monkeypatch):
    """The functions below are in a module that the child has to find."""
    start = child_process.START.replace(
        "import sys; ", f"import sys; sys.path.append({str(Path(__file__).parent)!r}); "
    )
    monkeypatch.setattr(child_process, "START", start)
    monkeypatch.setitem(sys.modules, Path(__file__).stem, sys.modules[__name__])
    for function in (doubled, refuse, refuse_with_reason, die, fail, hang, fill, leave):
        monkeypatch.setattr(function, "__module__", Path(__file__).stem)


def doubled(numbers):
    print("a line of its own")
    return [2 * number for number in numbers]


def refuse():
    raise InputError("a.bin: damaged")


def refuse_with_reason():
    print("layer 3 failed", file=sys.stderr)
    refuse()


def die(number):
    report("layer 1")
    report("layer 2")
    os.kill(os.getpid(), number)


def fail():
    raise ValueError("three\nlines\nhere")


def hang():
    report("a loop")
    time.sleep(60)


def fill():
    return len(bytearray(100_000_000_000))


def leave():
    os._exit(0)


def test_a_result_comes_back():
    assert call_in_child(doubled, numbers=[1, 2.5]) == [2, 5.0]


def test_a_refusal_comes_with_what_was_written_last():
    with pytest.raises(InputError, match=r"^a\.bin: damaged \(layer 3 failed\)$"):
        call_in_child(refuse_with_reason)


def test_a_refusal_is_raised_here():
    with pytest.raises(InputError, match=r"^a\.bin: damaged$"):
        call_in_child(refuse)


@pytest.mark.parametrize("name", ["SIGFPE", "SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_death_is_told_with_what_was_done_last(name):
    with pytest.raises(ChildDiedError, match=f"ended by {name} at layer 2"):
        call_in_child(die, number=int(signal.Signals[name]))


def test_an_exception_is_told_by_its_last_line():
    with pytest.raises(ChildDiedError, match=r"^ended with code 1 \(here\)$"):
        call_in_child(fail)


def test_an_endless_loop_ends(monkeypatch):
    monkeypatch.setattr(child_process, "SECONDS", 5)
    with pytest.raises(ChildDiedError, match="did not end within 5 s at a loop"):
        call_in_child(hang)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not limit virtual memory")
def test_it_may_not_take_all_memory():
    with pytest.raises(ChildDiedError, match="MemoryError"):
        call_in_child(fill)


def test_leaving_without_an_answer_is_told():
    with pytest.raises(ChildDiedError, match="ended with code 0"):
        call_in_child(leave)

"""Freed memory that stays is used again: no page is asked for twice."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource, sys
from sr_fingerprints.runtime.allocation import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
for repeat in range(21):
    if repeat == 1:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [library.malloc(2**24) for _ in range(4)]
    for block in blocks:
        ctypes.memset(block, 1, 2**24)
        library.free(block)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has this")
def test_memory_that_was_freed_is_not_asked_for_again():
    def faults(word):
        command = [sys.executable, "-c", PROGRAM, word]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert faults("keep") < 1000 < faults("free")

"""The order of the tests, one workflow version for all, the same random examples in every run, and fixtures."""

import os
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # one for each core: threads of several would wait for each other
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import pytest
from hypothesis import settings
from local_server import Server

from sr_fingerprints.runtime.provenance import version_of_run

version_of_run(Path(__file__).parents[1])  # runs of the workflow inherit it: results stay, though somebody commits

settings.register_profile("reproducible", derandomize=True, deadline=None)  # a deadline fails on a busy machine
settings.load_profile("reproducible")


def pytest_collection_modifyitems(items):
    """The run of the whole workflow first: it takes longest, and the others fill the other cores meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_workflow.py")


def pytest_make_parametrize_id(val, argname):
    """Files' contents do not name tests: they may hold the time, and workers must collect the same names."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.fixture
def server():
    """A server on this machine, to download from."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def one_thread():
    """torch computes with one thread, as jobs of the demo do: with several, waiting for each other takes longer."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)

"""What the tests that take minutes each share: `uv run pytest -n2 tests/long`."""

import pytest
from filelock import FileLock
from smoke_study import snakemake

LONGEST = ("test_slurm.py", "test_kills.py", "test_conda.py", "test_parts.py", "test_reruns.py")
"""These first, so that no worker is left with one of them at the end."""


def pytest_collection_modifyitems(items):
    """Of the tests of this folder, files of `LONGEST` come first."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, worker_id):
    """The folder of a run of the smoke study that nothing disturbed, one for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "undisturbed"
    finished = folder.with_suffix(".finished")
    with FileLock(folder.with_suffix(".lock")):
        if not finished.exists():
            folder.mkdir(exist_ok=True)
            run = snakemake(folder)
            assert run.returncode == 0, run.stderr[-4000:]
            finished.write_text(run.stderr)
    return folder


@pytest.fixture(scope="session")
def screen_of_undisturbed(undisturbed):
    """What that run printed."""
    return undisturbed.with_suffix(".finished").read_text()

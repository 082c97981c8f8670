"""What the tests that take minutes each share: `uv run pytest -n0 tests/long`."""

import pytest
from smoke_study import snakemake


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The folder of a run of the smoke study that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    finished = snakemake(folder)
    assert finished.returncode == 0, finished.stderr[-4000:]
    return folder

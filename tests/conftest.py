"""The order of the tests, one version of the workflow for all of them, and the same random examples in every run."""

from pathlib import Path

from hypothesis import settings

from sr_fingerprints.runtime.provenance import version_of_run

version_of_run(Path(__file__).parents[1])  # runs of the workflow inherit it: results stay, though somebody commits

settings.register_profile("reproducible", derandomize=True, deadline=None)  # a deadline fails on a busy machine
settings.load_profile("reproducible")


def pytest_collection_modifyitems(items):
    """The run of the whole workflow first: it takes longest, and the others fill the other cores meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_workflow.py")

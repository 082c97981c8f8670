"""The order of the tests."""


def pytest_collection_modifyitems(items):
    """The run of the whole workflow first: it takes longest, and the others fill the other cores meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_workflow.py")

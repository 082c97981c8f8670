"""The programs in perf/, which are no modules of the library."""

import importlib.util
from pathlib import Path

PERF = Path(__file__).parents[2] / "perf"


def program(name):
    """A program of perf/ as a module."""
    specification = importlib.util.spec_from_file_location(f"perf_{name}", PERF / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module

"""Importing single modules of heavy packages without the rest of the package.

The workflow runs a hundred short jobs, and importing basicsr or torchvision in full would cost each of them
several seconds for parts that it never calls. ``perf/startup.py`` measures what this module saves.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

SHELLS = (
    "basicsr",
    "basicsr.archs",
    "basicsr.losses",
    "basicsr.models",
    "basicsr.utils",
    "torchsr",
    "torchsr.models",
    "torchvision",
    "torchvision.models",
)
"""Packages whose ``__init__`` imports much more than one of their modules needs; parents come first."""

NAMES_OF_SHELLS = {"basicsr.utils": {"get_root_logger": "basicsr.utils.logger"}}
"""What modules import from the package itself, and the module of the package that defines it."""


@cache
def import_without_packages(name: str) -> ModuleType:
    """Import the module ``name`` without running the ``__init__`` of the packages in `SHELLS`.

    Nothing under those packages stays in ``sys.modules``, so a later ``import basicsr`` or ``import
    torchvision`` starts afresh and gets the whole package. Classes of the two are then distinct (mind
    ``isinstance`` and pickle), though equal in what they do. A package that is already imported in full is
    used as it is. Not for use while other threads import.
    """
    with package_shells():
        return importlib.import_module(name)


@contextmanager
def package_shells() -> Iterator[None]:
    """Have empty packages stand for those in `SHELLS` that are not imported yet; remove them in the end."""
    absent = {name for name in SHELLS if "." not in name and name not in sys.modules and find_spec(name)}
    sys.modules.update({name: _Shell(name) for name in SHELLS if name.partition(".")[0] in absent})
    try:
        yield
    finally:
        for name in list(sys.modules):
            if name.partition(".")[0] in absent:
                del sys.modules[name]


class _Shell(ModuleType):
    """A package that only knows the folder that its modules lie in."""

    def __init__(self, name: str):
        super().__init__(name)
        package, *folders = name.split(".")
        self.__path__ = [str(Path(place, *folders)) for place in find_spec(package).submodule_search_locations]

    def __getattr__(self, name: str):
        try:
            module = NAMES_OF_SHELLS[self.__name__][name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None
        return getattr(importlib.import_module(module), name)


@contextmanager
def without_compiler() -> Iterator[None]:
    """Keep torch's optimizers from importing the compiler, ``torch._dynamo``, which they do not use.

    They import it in their first step to mark where a compiled graph would have to break. Inside the block a
    module with just those marks, which do nothing, stands for it, unless it is imported already. Nothing may
    be compiled inside the block; the weights that come out are the same to the byte.
    """
    import torch

    name = "torch._dynamo"
    if name in sys.modules:
        yield
        return
    stand_in = ModuleType(name)
    stand_in.graph_break = lambda message="": None
    stand_in.disable = lambda function, recursive=True, **_: function
    sys.modules[name] = torch._dynamo = stand_in
    try:
        yield
    finally:
        del sys.modules[name], torch._dynamo

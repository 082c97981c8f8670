"""Import single modules of basicsr, torchsr and torchvision without the rest of these packages.

``import basicsr.archs.edsr_arch`` runs ``basicsr/__init__.py`` first, which imports all of basicsr, torchvision and
torch's compiler, even if a job needs only one architecture. Processor time of the smallest jobs with and without this
module, by ``perf/startup.py`` (medians of 3, one thread):

=======================  =====  =====
train_network (VGG_GAN)  2.9 s  5.2 s
train_classifier         1.9 s  3.1 s
generate_sr (EDSR)       1.7 s  4.0 s
measure_quality          2.4 s  4.0 s
=======================  =====  =====

For the demo's 48 trainings of networks, 31 of classifiers and 48 trained networks that are applied, that is 4 minutes
of processor time: 2 minutes on two cores. Results are the same; tests compare them with those of full imports.

How it works: an empty module whose ``__path__`` is the package's folder replaces the package in ``sys.modules`` while
one of its modules is imported, and is removed afterwards, so that a later ``import basicsr`` gets the whole package.
Classes of the two imports are then distinct, for ``isinstance`` and pickle. Not thread-safe: no other thread may
import.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

SHELLS = (
    *("basicsr", "basicsr.archs", "basicsr.utils"),
    *("torchsr", "torchsr.models"),
    *("torchvision", "torchvision.models"),
)
"""Packages whose ``__init__`` imports much more than one of their modules needs; parents come first."""


@cache
def import_without_packages(name: str) -> ModuleType:
    """Import the module ``name`` without the ``__init__`` of the packages in `SHELLS`.

    A package that is already imported in full is used as it is.
    """
    with package_shells():
        return importlib.import_module(name)


@contextmanager
def package_shells() -> Iterator[None]:
    """Inside the block, empty packages replace those in `SHELLS` that are not imported yet."""
    folders = {}
    for package in (name for name in SHELLS if "." not in name and name not in sys.modules):
        specification = find_spec(package)
        if specification is not None and specification.origin is not None:
            folders[package] = Path(specification.origin).parent
    for name in SHELLS:
        package, *below = name.split(".")
        if package in folders:
            sys.modules[name] = _Shell(name, folders[package].joinpath(*below))
    try:
        yield
    finally:
        for name in list(sys.modules):
            if name.partition(".")[0] in folders:
                del sys.modules[name]


class _Shell(ModuleType):
    """An empty package that only knows the folder of its modules."""

    def __init__(self, name: str, folder: Path):
        super().__init__(name)
        self.__path__ = [str(folder)]

    def __getattr__(self, name: str) -> Any:
        """The one name that basicsr's architectures import from a package rather than from its module."""
        if (self.__name__, name) == ("basicsr.utils", "get_root_logger"):
            return importlib.import_module("basicsr.utils.logger").get_root_logger
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def import_torch() -> ModuleType:
    """Import torch without its shape rules for tensors that have no data, ``torch._meta_registrations``.

    They take a fifth of the time of the import, and only the compiler and a few operations on the device ``meta``
    need them. What needs them later has to import them. For programs that people wait for: a torch that is already
    imported is used as it is.
    """
    name = "torch._meta_registrations"
    if "torch" in sys.modules:
        return sys.modules["torch"]
    sys.modules[name] = ModuleType(name)
    try:
        torch = importlib.import_module("torch")
    finally:
        del sys.modules[name]
    del torch._meta_registrations
    return torch


@contextmanager
def without_compiler() -> Iterator[None]:
    """Keep torch's optimizers from importing the compiler, ``torch._dynamo``, which they do not use.

    They import it in their first step, for its graph-break markers. Inside the block, a stub with just those markers
    replaces it, unless it is already imported. Nothing can be compiled inside the block; trained weights are
    identical to the byte.
    """
    import torch

    name = "torch._dynamo"
    if name in sys.modules:
        yield
        return
    stand_in = ModuleType(name)
    stand_in.graph_break = lambda message="": None  # type: ignore[attr-defined]
    stand_in.disable = lambda function, recursive=True, **_: function  # type: ignore[attr-defined]
    sys.modules[name] = torch._dynamo = stand_in
    try:
        yield
    finally:
        del sys.modules[name], torch._dynamo

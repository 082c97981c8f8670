"""Digest of the library's modules that a script imports, so that an edit of them reruns its rule.

Snakemake reruns a rule when its script changes, but not when an imported module does. So each rule has a param with
the digest of all modules that its script imports, directly or indirectly, at the top of a file or inside functions.
Excluded are

* `runtime`, which affects how a job runs, not what it writes;
* modules called ``registry``, which only map names to modules: a module is digested where it is used.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = "sr_fingerprints"


def code_digest(scripts: Path, script: str, loaded_by_name: Iterable[str] = ()) -> str:
    """Digest of the names and contents of the modules that ``scripts/<script>.py`` imports.

    ``loaded_by_name`` are the full names of modules that are imported dynamically. Raises FileNotFoundError when
    there is no such script or module.
    """
    digest = hashlib.sha256()
    for module in sorted(imported_modules(scripts, script, loaded_by_name)):
        digest.update(f"{module}\n".encode())
        digest.update(_file(scripts, module).read_bytes())
    return digest.hexdigest()[:16]


def imported_modules(scripts: Path, script: str, loaded_by_name: Iterable[str] = ()) -> set[str]:
    """Full names of the modules that `code_digest` reads."""
    found: set[str] = set()
    left = [*_imported(scripts, scripts / f"{script}.py"), *loaded_by_name]
    while left:
        module = left.pop()
        for name in _with_parent_packages(module):
            if name not in found and not _is_excluded(name):
                found.add(name)
                left.extend(_imported(scripts, _file(scripts, name)))
    return found


def _is_excluded(module: str) -> bool:
    return module.startswith(f"{PACKAGE}.runtime") or module.endswith(".registry")


def _with_parent_packages(module: str) -> Iterator[str]:
    """Names of a module and its parent packages, whose ``__init__.py`` Python runs first."""
    names = module.split(".")
    return (".".join(names[:count]) for count in range(1, len(names) + 1))


@cache
def _imported(scripts: Path, file: Path) -> tuple[str, ...]:
    """Modules of the library that a file imports at run time."""
    found: list[str] = []
    for node in _runtime_statements(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            found.append(node.module)
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found.extend(name for name in names if _exists(scripts, name))
        elif isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE)
    return tuple(found)


BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where statements have others, by Python's grammar. Expressions, most of a tree, have none."""


def _runtime_statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements except those below ``if TYPE_CHECKING:``."""
    yield node
    for block in BLOCKS:
        for child in getattr(node, block, ()):
            if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
                yield from _runtime_statements(child)


def _exists(scripts: Path, module: str) -> bool:
    path = scripts.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _file(scripts: Path, module: str) -> Path:
    path = scripts.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

"""Which of this library's modules decide what a script writes, and a digest of their text.

Snakemake runs a rule again when its script changes, but does not see what the script imports. So each rule has a
digest as a param: of all modules that its script imports, directly or through others, wherever in the file the import
stands. Left out are

* `runtime`, which decides how a job runs, not what it writes;
* modules called ``registry``, which only say which module is meant: that one is digested where it is used.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = "sr_fingerprints"


def code_digest(scripts: Path, script: str, loaded_by_name: Iterable[str] = ()) -> str:
    """Digest of the modules behind ``scripts/<script>.py``, whose names it contains.

    ``loaded_by_name`` are the full names of modules that are imported by a name that is computed. Raises
    FileNotFoundError when there is no such script or module.
    """
    digest = hashlib.sha256()
    for module in sorted(modules_behind(scripts, script, loaded_by_name)):
        digest.update(f"{module}\n".encode())
        digest.update(_file(scripts, module).read_bytes())
    return digest.hexdigest()[:16]


def modules_behind(scripts: Path, script: str, loaded_by_name: Iterable[str] = ()) -> set[str]:
    """The full names of the modules that `code_digest` reads."""
    found: set[str] = set()
    left = [*_imported(scripts, scripts / f"{script}.py"), *loaded_by_name]
    while left:
        module = left.pop()
        for name in _with_packages(module):
            if name not in found and not _is_left_out(name):
                found.add(name)
                left.extend(_imported(scripts, _file(scripts, name)))
    return found


def _is_left_out(module: str) -> bool:
    return module.startswith(f"{PACKAGE}.runtime") or module.endswith(".registry")


def _with_packages(module: str) -> Iterator[str]:
    """A module, and the packages that it is in: Python runs their ``__init__.py`` first."""
    names = module.split(".")
    return (".".join(names[:count]) for count in range(1, len(names) + 1))


@cache
def _imported(scripts: Path, file: Path) -> tuple[str, ...]:
    """Modules of the library that a file imports when it runs."""
    found: list[str] = []
    for node in _nodes(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            found.append(node.module)
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found.extend(name for name in names if _exists(scripts, name))
        elif isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE)
    return tuple(found)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those below ``if TYPE_CHECKING:``."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _nodes(child)


def _exists(scripts: Path, module: str) -> bool:
    path = scripts.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _file(scripts: Path, module: str) -> Path:
    path = scripts.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

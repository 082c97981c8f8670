"""The library's packages: no module has a name that its package uses for something else."""

import ast

import pytest
from environment_files import ROOT

LIBRARY = ROOT / "scripts/sr_fingerprints"
PACKAGES = sorted(path.parent for path in LIBRARY.rglob("__init__.py"))


def bound(package):
    """Names that a package's ``__init__`` defines or imports, less those of its own modules."""
    names = set()
    for node in ast.parse((package / "__init__.py").read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            own = ".".join(package.relative_to(ROOT / "scripts").parts)
            if getattr(node, "module", None) != own:
                names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return names


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(LIBRARY.parent).as_posix())
def test_importing_a_module_hides_nothing_of_its_package(package):
    modules = {path.stem for path in package.glob("*.py")} | {
        path.parent.name for path in package.glob("*/__init__.py")
    }
    assert not modules & bound(package)


def test_a_module_that_would_hide_a_function_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    package = tmp_path / "scripts/sr_fingerprints"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "import torch\nfrom sr_fingerprints import own\nfrom numpy import pad\nSIZE: int = 1\ndef path(): ...\n"
    )
    assert bound(package) == {"torch", "pad", "SIZE", "path"}

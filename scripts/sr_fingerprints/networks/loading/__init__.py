"""Load networks from weights files: one module for each ``framework`` of a network row."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sr_fingerprints.networks import architectures
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import file_digests
from sr_fingerprints.study.network_row import NetworkRow

if TYPE_CHECKING:
    from sr_fingerprints.networks.super_resolver import SuperResolver

FRAMEWORKS = ("trained", "torch", "spandrel", "basicsr", "ncnn", "derived")
"""Networks that the workflow trained, networks of `architectures.published`, networks that spandrel recognises, those
that BasicSR builds from its options, those that ncnn runs, and networks derived from others that torch runs. The
module of the same name loads them."""


def load_network(
    row: NetworkRow, files: Sequence[str | Path], budget: ComputeBudget | None = None
) -> "SuperResolver":
    """Load the network of one row of the table of networks as a `SuperResolver` of uint8 RGB photos.

    ``files`` are its weights: one file, the ``.param`` and ``.bin`` files of a network that ncnn runs (on the CPU),
    or the file of a derived network before those of its parent. Raises `InputError` naming a file that is damaged or
    belongs to another network.
    """
    if row.files:
        _check_digests(row, files)
    loader = import_module(_loader(row))
    network: SuperResolver = loader.load(row, *files, budget=budget or ComputeBudget())
    return network


def modules_loaded_by_name(row: NetworkRow) -> list[str]:
    """Full names of the modules that `load_network` imports depending on the row, for the digest of the code."""
    loaded = [_loader(row)]
    if row.framework == "derived":
        loaded += modules_loaded_by_name(NetworkRow(**row.run["parent"]))
    if row.framework == "trained":
        loaded.append(architectures.module_of("trained", row.architecture))
    elif row.framework == "torch":
        loaded.append(architectures.module_of("published", row.published_architecture))
    return loaded


def _loader(row: NetworkRow) -> str:
    framework = row.framework
    if framework not in FRAMEWORKS:
        allowed = ", ".join(FRAMEWORKS)
        raise InputError(f"{row.network}: framework {framework!r} is not known; use one of {allowed}")
    return f"{__name__}.{framework}"


def _check_digests(row: NetworkRow, files: Sequence[str | Path]) -> None:
    """Raise `InputError` for a file with another digest: most frameworks would load weights with a flipped bit."""
    for path, file in zip(files, row.files.values(), strict=True):
        if not Path(path).exists():
            raise InputError(f"{path}: not found; run again to download it")
        (found,) = file_digests([path]).values()
        if not found.startswith(expected := file.get("sha256", "")):
            raise InputError(
                f"{path}: damaged or another version (sha256 {found}, not {expected}); "
                "remove it and run again to get it again"
            )

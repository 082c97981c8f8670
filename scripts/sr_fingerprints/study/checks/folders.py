"""Checks of ``pathvars`` and ``downloads``: folders that a run writes to."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sr_fingerprints.study.networks import training_datasets
from sr_fingerprints.study.paths import UNEXPANDED, variable_in


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    written = {f"pathvars.{key}": folder for key, folder in config["pathvars"].items()}
    written["downloads"] = config["downloads"]
    used = [name for name in training_datasets(config["networks"]) if name in config["datasets"]]
    read = {"photos.folder": config["photos"]["folder"]}
    read |= {f"datasets.{name}.folder": config["datasets"][name]["folder"] for name in used}
    for key, folder in written.items():
        found = f"{key}: found {folder!r}"
        if variable := variable_in(folder):
            yield f"{found}, in which {variable} would be taken literally; allowed: the folder itself ({UNEXPANDED})"
        if Path(folder).exists() and not Path(folder).is_dir():
            yield f"{found}, which is not a folder; allowed: a folder, or one to be made"
        for photos_key, photos in read.items():
            if photos is not None and _is_found_in(folder, photos):
                yield f"{found}, inside {photos_key}, all of whose files are taken for photos; allowed: another place"


def _is_found_in(folder: str, photos: str) -> bool:
    """Whether files in ``folder`` would be taken for photos: it is inside, and not hidden."""
    inner, outer = Path(os.path.realpath(folder)), Path(os.path.realpath(photos))
    hidden = inner.is_relative_to(outer) and any(part.startswith(".") for part in inner.relative_to(outer).parts)
    return inner.is_relative_to(outer) and not hidden

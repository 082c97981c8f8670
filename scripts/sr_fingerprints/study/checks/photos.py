"""Checks of ``photos`` and ``datasets``: where photos come from, and how they are split."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sr_fingerprints.study.networks import training_datasets


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    photos = config["photos"]
    used = [name for name in training_datasets(config["networks"]) if name in config["datasets"]]
    sources = {"photos": photos} | {f"datasets.{name}": config["datasets"][name] for name in used}
    for key, source in sources.items():
        if source["folder"] is None and not source["bundled"]:
            yield f"{key}.bundled: found [], and {key}.folder is null; allowed: one of them names photos"
        if source["folder"] is not None and not Path(source["folder"]).is_dir():
            yield f"{key}.folder: found {source['folder']!r}, which is not a folder; allowed: a folder of photos"
    total = sum(photos["split"].values())
    if abs(total - 1) > 1e-6:
        yield f"photos.split: found shares that sum to {total:g}; allowed: shares that sum to 1"
    if photos["folder"] is None and len(photos["bundled"]) < 3:
        yield f"photos.bundled: found {len(photos['bundled'])} photo(s); allowed: at least 3, one a split"

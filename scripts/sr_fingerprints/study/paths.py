"""Paths that the configuration names: ``~`` in front is the home folder, as in a shell."""

import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

UNEXPANDED = "~ is expanded, variables are not"


def variable_in(path: str) -> str | None:
    """The variable of the environment that a path names, as ``$HOME`` or ``${HOME}``, if any."""
    named = re.findall(r"\$(\w+|{\w+})", path)
    return next((f"${name}" for name in named if name.strip("{}") in os.environ), None)


def expanded(path: str) -> Path:
    """The path with ``~`` in front replaced by the home folder; as it is where there is no such folder."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 (Path.expanduser fails for an unknown user)


def expand_home(config: MutableMapping[str, Any]) -> None:
    """Replace ``~`` in front of every path in ``config``, which need not have been checked, by the home folder.

    Paths are photos.folder, datasets.*.folder, networks.own.*.weights, .param and .bin, attribution.extends,
    downloads and pathvars.*.
    Nothing changes where there is no such home folder.
    """
    for place, key in _paths(config):
        if isinstance(place.get(key), str):
            place[key] = os.path.expanduser(place[key])  # noqa: PTH111 (a Path would change URLs)


def _paths(config: MutableMapping[str, Any]) -> Iterator[tuple[MutableMapping[str, Any], str]]:
    """Yield each mapping with a path, and the key of the path."""
    yield config, "downloads"
    for key in _mapping(config.get("pathvars")):
        yield config["pathvars"], key
    datasets = _mapping(config.get("datasets")).values()
    for source in (config.get("photos"), *datasets):
        yield _mapping(source), "folder"
    yield _mapping(config.get("attribution")), "extends"
    own = _mapping(config.get("networks")).get("own")
    for row in own if isinstance(own, list) else []:
        for key in ("weights", "param", "bin"):
            yield _mapping(row), key


def _mapping(value: object) -> MutableMapping[str, Any]:
    return value if isinstance(value, MutableMapping) else {}


def written_folders(config: Mapping[str, Any]) -> dict[str, str]:
    """The folders of pathvars by key, without what is no text: for Snakemake, before ``config`` is checked."""
    return {key: folder for key, folder in _mapping(config.get("pathvars")).items() if isinstance(folder, str)}

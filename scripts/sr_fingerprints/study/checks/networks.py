"""Checks of ``networks``: what it names is configured, architectures can be built, and files of weights are there."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sr_fingerprints.networks.architectures import settings_problems
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.networks import is_url
from sr_fingerprints.study.paths import UNEXPANDED, variable_in


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    networks = config["networks"]
    for name in networks["datasets"]:
        if name not in config["datasets"]:
            yield f"networks.datasets: found {name!r}; allowed: {listed(config['datasets'])}"
    for architecture in networks["architectures"]:
        if architecture not in networks["settings"]:
            yield f"networks.settings.{architecture}: missing; every architecture in use needs settings"
    for architecture, settings in networks["settings"].items():
        if architecture not in TRAINED:
            yield f"networks.settings.{architecture}: unknown architecture; allowed: {listed(TRAINED)}"
            continue
        for setting, found, allowed in settings_problems(architecture, settings):
            key = f"networks.settings.{architecture}.{setting}"
            yield f"{key}: {found}; allowed: {allowed}"


def missing_files(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield, like `problems`, each file of weights on this machine that is not there."""
    for row, own in enumerate(config["networks"]["own"]):
        for name in ("weights", "param", "bin"):
            if name in own and not is_url(own[name]) and not Path(own[name]).is_file():
                hint = f" ({UNEXPANDED})" if variable_in(own[name]) else ""
                found = f"networks.own.{row}.{name}: found {own[name]!r}, which is not a file"
                yield f"{found}; allowed: a file, or a URL{hint}"

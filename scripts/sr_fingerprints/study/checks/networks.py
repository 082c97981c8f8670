"""Checks of ``networks``: data sets and architectures that it names are configured."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.networks import training_datasets


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    networks = config["networks"]
    for name in training_datasets(networks):
        if name not in config["datasets"]:
            yield f"networks.datasets: found {name!r}; allowed: {listed(config['datasets'])}"
    for architecture in networks["architectures"]:
        if architecture not in networks["settings"]:
            yield f"networks.settings.{architecture}: missing; every architecture in use needs settings"

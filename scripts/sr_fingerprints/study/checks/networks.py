"""Checks of ``networks``: what it names is configured, and architectures can be built."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.networks.architectures import settings_problems
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.runtime.errors import listed
from sr_fingerprints.study.networks import training_datasets


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    networks = config["networks"]
    for index, row in enumerate(networks["derived"]):
        if row.get("dataset", "") not in ["", *config["datasets"]]:
            yield f"networks.derived.{index}.dataset: found {row['dataset']!r}; allowed: {listed(config['datasets'])}"
    for name in training_datasets(networks):
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

"""Resolve the configuration's section ``training`` for one network, overrides included."""

from collections.abc import Iterable, Mapping
from typing import Any

from sr_fingerprints.study.network_row import NetworkRow

FEWEST_FEATURES = 3
"""Minimum for a network that is initialised as an interpolation: one feature per colour."""


def settings_of(training: Mapping[str, Any], row: NetworkRow) -> dict[str, Any]:
    """Arguments of `TrainingSettings` for the network of one row of the table of networks.

    Each entry of ``training["overrides"]`` has ``settings`` that replace the defaults for networks with all the
    values in ``only``. Of two entries that apply to a network, the later one wins.
    """
    settings = _overridden(training, row)
    return {key: value for key, value in settings.items() if key not in ("overrides", "initialised_from")}


def initial_network(training: Mapping[str, Any], row: NetworkRow) -> str | None:
    """Name of the network whose weights initialise the training of ``row``, or None.

    It differs from ``row`` in its loss alone, which is the setting ``initialised_from``.
    """
    loss = initial_loss(training, row)
    return loss and f"{row.architecture}-{row.dataset}-x{row.scale}-{loss}-s{row.seed}"


def initial_loss(training: Mapping[str, Any], row: NetworkRow) -> str | None:
    """Loss of the `initial_network`, or None."""
    loss = _overridden(training, row)["initialised_from"]
    return None if loss == row.loss else loss


def largest_patch(training: Mapping[str, Any], rows: Iterable[NetworkRow]) -> int:
    """Largest side in pixels of the training patches of custom networks among ``rows``; 1 if there are none."""
    custom = [row for row in rows if row.origin == "custom"]
    return max((settings_of(training, row)["patch_size"] for row in custom), default=1)


def config_key(training: Mapping[str, Any], row: NetworkRow, key: str) -> str:
    """Full key in the configuration of a network's setting ``key``, such as ``training.patch_size``."""
    overrides = enumerate(training["overrides"])
    places = [index for index, override in overrides if applies(override, row) and key in override["settings"]]
    return f"training.overrides.{max(places)}.settings.{key}" if places else f"training.{key}"


def applies(override: Mapping[str, Any], row: NetworkRow) -> bool:
    """Whether an entry of ``overrides`` applies to the network of a row."""
    return all(getattr(row, column) == value for column, value in override["only"].items())


def _overridden(training: Mapping[str, Any], row: NetworkRow) -> dict[str, Any]:
    settings = dict(training)
    for override in training["overrides"]:
        if applies(override, row):
            settings |= override["settings"]
    return settings

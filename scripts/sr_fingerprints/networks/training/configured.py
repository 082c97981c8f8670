"""How one network is trained: the configuration's section ``training``, as it applies to a row of the networks."""

from collections.abc import Iterable, Mapping
from typing import Any

from sr_fingerprints.study.network_row import NetworkRow

FEWEST_FEATURES = 3
"""Of a network that starts as an interpolation: a feature for each colour."""


def settings_of(training: Mapping[str, Any], row: NetworkRow) -> dict[str, Any]:
    """What `TrainingSettings` takes, for the network of one row of the table of networks.

    ``training`` has a list ``overrides``: each has ``settings`` that differ for the networks with all the values in
    ``only``, and the later of two that apply to a network wins.
    """
    settings = _overridden(training, row)
    return {key: value for key, value in settings.items() if key not in ("overrides", "initialised_from")}


def initial_network(training: Mapping[str, Any], row: NetworkRow) -> str | None:
    """The name of the network whose weights the training of another starts from, if any.

    It is the one that differs from that of ``row`` in nothing but its loss, which is ``initialised_from``.
    """
    loss = initial_loss(training, row)
    return loss and f"{row.architecture}-{row.dataset}-x{row.scale}-{loss}-s{row.seed}"


def initial_loss(training: Mapping[str, Any], row: NetworkRow) -> str | None:
    """The loss of that network."""
    loss = _overridden(training, row)["initialised_from"]
    return None if loss == row.loss else loss


def largest_patch(training: Mapping[str, Any], rows: Iterable[NetworkRow]) -> int:
    """The largest side of the patches that custom networks among ``rows`` are trained on, in pixels; else 1."""
    custom = [row for row in rows if row.origin == "custom"]
    return max((settings_of(training, row)["patch_size"] for row in custom), default=1)


def config_key(training: Mapping[str, Any], row: NetworkRow, key: str) -> str:
    """Where in the configuration the setting ``key`` of a network stands, such as ``training.patch_size``."""
    overrides = enumerate(training["overrides"])
    places = [index for index, override in overrides if applies(override, row) and key in override["settings"]]
    return f"training.overrides.{max(places)}.settings.{key}" if places else f"training.{key}"


def applies(override: Mapping[str, Any], row: NetworkRow) -> bool:
    """Whether an entry of ``overrides`` is about the network of a row."""
    return all(getattr(row, column) == value for column, value in override["only"].items())


def _overridden(training: Mapping[str, Any], row: NetworkRow) -> dict[str, Any]:
    settings = dict(training)
    for override in training["overrides"]:
        if applies(override, row):
            settings |= override["settings"]
    return settings

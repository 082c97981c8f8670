"""Which degradations a classifier's training crops go through: rows of the configuration, by tier or by name."""

from collections.abc import Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]

TRAINING = "training"
"""The tier of degradations that no test image goes through."""


def evaluated(degradations: Rows) -> list[Mapping[str, Any]]:
    """The rows that test images are degraded by."""
    return [row for row in degradations if row["tier"] != TRAINING]


def chosen(augmentation: Mapping[str, Any], degradations: Rows) -> list[Mapping[str, Any]]:
    """The rows that an ``augmentation`` names, or whose tier it names."""
    tiers, names = augmentation.get("tiers", ()), augmentation.get("names", ())
    return [row for row in degradations if row["tier"] in tiers or row["name"] in names]


def with_chains(settings: Mapping[str, Any], degradations: Rows) -> dict[str, Any]:
    """Settings of a classifier's training, with the chains of its augmentation in place of their names."""
    augmentation = settings["augmentation"]
    if augmentation is None:
        return dict(settings)
    chains = [row["chain"] for row in chosen(augmentation, degradations)]
    return {**settings, "augmentation": {"share": augmentation["share"], "chains": chains}}

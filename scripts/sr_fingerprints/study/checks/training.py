"""Checks of ``training``: the hyperparameters of each custom network, overrides included."""

from collections.abc import Iterator, Mapping
from typing import Any

from sr_fingerprints.networks.architectures import features_setting, smallest_patch
from sr_fingerprints.networks.training.configured import (
    FEWEST_FEATURES,
    applies,
    config_key,
    initial_loss,
    settings_of,
)
from sr_fingerprints.study.losses import LOSSES
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import custom_networks


def problems(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem as ``key: found ...; allowed: ...``."""
    training, losses = config["training"], config["networks"]["losses"]
    rows = custom_networks(config["networks"])
    for index, override in enumerate(training["overrides"]):
        if rows and not any(applies(override, row) for row in rows):
            only = ", ".join(f"{column} {value}" for column, value in override["only"].items())
            yield f"training.overrides.{index}.only: found {only}; allowed: values that some custom network has"
    for row in rows:
        initial = initial_loss(training, row)
        if initial is not None and initial not in losses:
            key = config_key(training, row, "initialised_from")
            yield f"{key}: found {initial!r}, which is not in networks.losses; allowed: null, or a loss listed there"
        yield from _patch_problems(config, row)
    for row in rows:
        architecture = row.architecture
        features = (
            config["networks"]["settings"].get(architecture, {}).get(features_setting(architecture), FEWEST_FEATURES)
        )
        if settings_of(training, row)["initialisation"] == "upsampling" and features < FEWEST_FEATURES:
            allowed = f"default for {architecture} of {features} features, or at least {FEWEST_FEATURES} features"
            yield f"{config_key(training, row, 'initialisation')}: found 'upsampling'; allowed: {allowed}"


def _patch_problems(config: Mapping[str, Any], row: NetworkRow) -> Iterator[str]:
    patch, scale = settings_of(config["training"], row)["patch_size"], row.scale
    found = f"{config_key(config['training'], row, 'patch_size')}: found {patch}; allowed"
    if patch % scale:
        yield f"{found} at {scale}X: a multiple of {scale}"
    architecture = row.architecture
    least = scale * smallest_patch(architecture, **config["networks"]["settings"].get(architecture, {}))
    if patch < least:
        yield f"{found} for {architecture} at {scale}X: {least} or more"
    layer = settings_of(config["training"], row)["vgg_layer"]
    least = 2 ** (int(layer[len("conv")]) - 1)  # each block but the first begins by halving the side
    if LOSSES[row.loss].extractor == "VGG19" and patch < least:
        yield f"{found} for {row.loss} with vgg_layer {layer}: {least} or more"
    if LOSSES[row.loss].adversarial and patch & (patch - 1):
        yield f"{found} for {row.loss}, which has a discriminator: a power of two"

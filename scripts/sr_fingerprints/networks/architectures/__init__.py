"""Architectures of super-resolution networks: those that the workflow trains, and the published ones.

The two may share a name: the EDSR that we train is BasicSR's network, in its range of pixels, while the published
EDSR has its authors' state dict. The module of an architecture is imported when it is first used.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sr_fingerprints.networks.architectures.registry import PUBLISHED, TRAINED
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    import torch

    from sr_fingerprints.networks.architectures.colour_paths import ColourPath

SCALES = (2, 3, 4, 8)
"""Scales that the pixel shuffles at the end of the trained networks support."""


def build_network(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """Build a network of a published architecture with random weights, drawn from torch's random state.

    ``settings`` are parameters of the ``build`` function in the architecture's file. Raises `InputError` for an
    unknown architecture or setting, and for an unsupported scale.
    """
    build = _published(architecture).build
    check_settings(architecture, build, settings)
    network: torch.nn.Module = build(scale, **settings)
    return network


def settings_for(architecture: str, weights: Mapping[str, "torch.Tensor"]) -> dict[str, Any]:
    """Settings that are inferred from a state dict; empty if all checkpoints of the architecture share them."""
    module = _published(architecture)
    return module.settings_for(weights) if hasattr(module, "settings_for") else {}


def build_trainable(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """Build a network of a trainable architecture with random weights, drawn from torch's random state.

    ``settings`` are parameters of the ``build`` function in the architecture's file. Raises `InputError` for an
    unknown architecture or setting, and for an unsupported scale.
    """
    build = _trained(architecture).build
    check_settings(architecture, build, settings)
    check_scale(architecture, scale, SCALES)
    network: torch.nn.Module = build(scale, **settings)
    return network


def smallest_patch(architecture: str, **settings: Any) -> int:
    """Smallest side in pixels of low-resolution patches that an architecture can be trained on."""
    module = import_module(module_of("trained", architecture))
    return module.smallest_patch(**settings) if hasattr(module, "smallest_patch") else 1


def features_setting(architecture: str) -> str:
    """Name of the setting for the number of features of a trainable architecture."""
    setting: str = import_module(module_of("trained", architecture)).FEATURES
    return setting


def colour_path(architecture: str, network: "torch.nn.Module") -> "ColourPath | None":
    """The `ColourPath` of a trainable network; None if its architecture does not define one."""
    module = _trained(architecture)
    return module.colour_path(network) if hasattr(module, "colour_path") else None


def module_of(kind: str, architecture: str) -> str:
    """Full name of the module of an architecture; ``kind`` is ``trained`` or ``published``.

    Raises `InputError` for an unknown architecture.
    """
    registry = {"published": PUBLISHED, "trained": TRAINED}[kind]
    if architecture not in registry:
        raise InputError(f"architecture: {architecture!r} is not known; use one of {', '.join(registry)}")
    return f"{__name__}.{kind}.{registry[architecture]}"


def _published(architecture: str) -> ModuleType:
    return import_module(module_of("published", architecture))


def _trained(architecture: str) -> ModuleType:
    return import_module(module_of("trained", architecture))


def check_settings(architecture: str, build: Callable[..., Any], settings: Mapping[str, Any]) -> None:
    """Raise `InputError` unless all ``settings`` are parameters of ``build`` after the scale."""
    _, *allowed = signature(build).parameters
    for setting in settings:
        if setting not in allowed:
            use = ", ".join(allowed) or "none"
            raise InputError(f"{architecture}: {setting!r} is not a setting of it; use {use}")


def check_scale(architecture: str, scale: int, possible: tuple[int, ...]) -> None:
    """Raise `InputError` unless ``scale`` is among the ``possible`` ones."""
    if scale not in possible:
        raise InputError(f"{architecture}: a scale of {scale!r} is not possible; use {', '.join(map(str, possible))}")

"""Architectures of super-resolution networks: those that the workflow trains, and the published ones.

The two may share a name: what we train as EDSR is BasicSR's network, in its range of pixels, and what was published
as EDSR has its authors' state dict. The module of one architecture is imported when it is asked for.
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
"""What the pixel shuffling at the end of the trained networks can do."""


def build_network(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """A network of a published architecture with fresh random weights, drawn from torch's random state.

    ``settings`` are the parameters of the ``build`` function in the architecture's file. Raises `InputError` for an
    architecture, a setting or a scale that there is not.
    """
    build = _published(architecture).build
    check_settings(architecture, build, settings)
    network: torch.nn.Module = build(scale, **settings)
    return network


def settings_for(architecture: str, weights: Mapping[str, "torch.Tensor"]) -> dict[str, Any]:
    """Settings that only a state dict tells; empty for an architecture whose checkpoints all have the same."""
    module = _published(architecture)
    return module.settings_for(weights) if hasattr(module, "settings_for") else {}


def build_trainable(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """A network that the workflow trains, with fresh random weights, drawn from torch's random state.

    ``settings`` are the parameters of the ``build`` function in the architecture's file. Raises `InputError` for an
    architecture, a setting or a scale that there is not.
    """
    build = _trained(architecture).build
    check_settings(architecture, build, settings)
    check_scale(architecture, scale, SCALES)
    network: torch.nn.Module = build(scale, **settings)
    return network


def smallest_patch(architecture: str, **settings: Any) -> int:
    """The least side that low-resolution patches for training an architecture may have, in pixels."""
    module = import_module(module_of("trained", architecture))
    return module.smallest_patch(**settings) if hasattr(module, "smallest_patch") else 1


def features_setting(architecture: str) -> str:
    """The name of the setting that tells how many features carry the image through a network that we train."""
    setting: str = import_module(module_of("trained", architecture)).FEATURES
    return setting


def colour_path(architecture: str, network: "torch.nn.Module") -> "ColourPath | None":
    """Where the colours pass through a network that we train; None where its architecture does not tell."""
    module = _trained(architecture)
    return module.colour_path(network) if hasattr(module, "colour_path") else None


def module_of(kind: str, architecture: str) -> str:
    """The full name of the module of an architecture of the ``kind`` trained or published.

    Raises `InputError` for an architecture that there is not.
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
    """Raises `InputError` unless all ``settings`` are parameters of ``build``, after the scale."""
    _, *allowed = signature(build).parameters
    for setting in settings:
        if setting not in allowed:
            use = ", ".join(allowed) or "none"
            raise InputError(f"{architecture}: {setting!r} is not a setting of it; use {use}")


def check_scale(architecture: str, scale: int, possible: tuple[int, ...]) -> None:
    """Raises `InputError` unless ``scale`` is one of those that are possible."""
    if scale not in possible:
        raise InputError(f"{architecture}: a scale of {scale!r} is not possible; use {', '.join(map(str, possible))}")

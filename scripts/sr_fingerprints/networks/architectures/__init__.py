"""Architectures of super-resolution networks: those that the workflow trains, and the published ones.

The two may share a name: the EDSR that we train is BasicSR's network, in its range of pixels, while the published
EDSR has its authors' state dict. The module of an architecture is imported when it is first used.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from inspect import signature
from math import isfinite
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sr_fingerprints.networks.architectures.registry import PUBLISHED, TRAINED
from sr_fingerprints.runtime.errors import InputError, listed

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
    unknown architecture, for the first of the `settings_problems`, and for an unsupported scale.
    """
    build = _trained(architecture).build
    for setting, found, allowed in settings_problems(architecture, settings):
        raise InputError(f"{architecture}: {setting}: {found}; allowed: {allowed}")
    check_scale(architecture, scale, SCALES)
    network: torch.nn.Module = build(scale, **settings)
    return network


POSITIVE = {
    int: "a whole number of 1 or more",
    float: "a number above 0",
    Sequence[int]: "a list of whole numbers of 1 or more",
}
"""The types of settings, and what is allowed for each."""


def settings_problems(architecture: str, settings: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield each setting with which a trainable architecture cannot be built, what was found, and what is allowed.

    Settings have the types of the parameters of ``build``, and are positive numbers. Does not import torch.
    """
    module = import_module(module_of("trained", architecture))
    _, *parameters = signature(module.build).parameters.values()
    types = {parameter.name: parameter.annotation for parameter in parameters}
    wrong = False
    for setting, value in settings.items():
        if setting not in types:
            wrong = True
            yield setting, "unknown setting", listed(types)
        elif not _is_positive(value, types[setting]):
            wrong = True
            yield setting, f"found {value!r}", POSITIVE[types[setting]]
    if not wrong and hasattr(module, "contradiction"):
        complete = {parameter.name: parameter.default for parameter in parameters} | dict(settings)
        if contradiction := module.contradiction(**complete):
            setting, allowed = contradiction
            yield setting, f"found {complete[setting]!r}", allowed


def _is_positive(value: Any, kind: object) -> bool:
    """Whether a setting is of its type, and positive throughout."""
    if kind is float:
        return type(value) in (int, float) and isfinite(value) and value > 0
    if kind is int:
        return type(value) is int and value > 0
    return isinstance(value, list | tuple) and len(value) > 0 and all(_is_positive(item, int) for item in value)


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

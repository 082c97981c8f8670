"""The published architectures, each as its authors' checkpoints need it: one file a family.

A network here has exactly the state dict of its authors' code, and takes and gives images in its authors' own
convention: float32 (n, 3, h, w) RGB to (n, 3, h * scale, w * scale), in the range that the docstring of its
``build`` function tells, before any clamping or rounding. A network that draws random numbers has the attribute
``random = True`` and takes a ``generator`` (a CPU `torch.Generator`) as second argument. What lies between such a
network and 8-bit photos is told by its row of ``resources/networks.yaml``.

To add an architecture, write a file beside this one with a function ``build(scale, **settings)`` whose defaults are
the published configuration, and enter it in `ARCHITECTURES`. Where checkpoints differ in a setting, a function
``settings_for(weights)`` finds it in a state dict.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sr_fingerprints.errors import InputError

if TYPE_CHECKING:
    import torch

ARCHITECTURES = {
    "DRN": "drn",
    "EDSR": "edsr",
    "ESRGAN": "esrgan",
    "EnhanceNet": "enhancenet",
    "LIIF": "liif",
    "NCSR": "ncsr",
    "NLSN": "nlsn",
    "ProSR": "prosr",
    "RCAN": "rcan",
    "RDN": "rdn",
    "Real_ESRGAN": "real_esrgan",
    "SAN": "san",
    "SPSR": "spsr",
    "SRFBN": "srfbn",
    "SwinIR": "swinir",
}
"""The module of each architecture, imported when it is asked for: some import whole libraries."""


def build_network(architecture: str, scale: int, **settings: Any) -> "torch.nn.Module":
    """A network of one of `ARCHITECTURES` with fresh random weights, drawn from torch's random state.

    ``settings`` are the parameters of the ``build`` function in the architecture's file. Raises `InputError` for an
    architecture, a setting or a scale that there is not.
    """
    build = _module(architecture).build
    check_settings(architecture, build, settings)
    return build(scale, **settings)


def settings_for(architecture: str, weights: Mapping[str, "torch.Tensor"]) -> dict[str, Any]:
    """Settings that only a state dict tells; empty for an architecture whose checkpoints all have the same."""
    module = _module(architecture)
    return module.settings_for(weights) if hasattr(module, "settings_for") else {}


def _module(architecture: str) -> ModuleType:
    if architecture not in ARCHITECTURES:
        raise InputError(f"architecture: {architecture!r} is not known; use one of {', '.join(ARCHITECTURES)}")
    return import_module(f"{__name__}.{ARCHITECTURES[architecture]}")


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

"""From a trained classifier to an answer about one image: which network made it, if any that is known."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sr_fingerprints.attribution.one_image import attribute, load_bundle

__all__ = ["attribute", "load_bundle"]


def __getattr__(name: str) -> Any:
    """Import what decodes images when it is asked for, by name: rules that read answers need none of its code."""
    if name in __all__:
        return getattr(import_module(f"{__name__}.one_image"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""The losses that networks are trained with, and the kinds of losses that tables and figures group networks by.

Kinds differ in what is compared: pixels (``L1``, which stands for every PSNR-oriented loss), activations of an image
classifier (``perceptual``), or these with a discriminator (``adversarial``). ``unknown`` is for published networks
whose loss is not known.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Loss(NamedTuple):
    """Loss of a custom network: the classifier to compare activations of (or None), and whether it is adversarial."""

    extractor: str | None
    adversarial: bool


LOSSES = {
    "L1": Loss(None, adversarial=False),
    "VGG": Loss("VGG19", adversarial=False),
    "ResNet": Loss("ResNet18", adversarial=False),
    "VGG_GAN": Loss("VGG19", adversarial=True),
    "ResNet_GAN": Loss("ResNet18", adversarial=True),
}
"""Losses of custom networks. The paper has L1, VGG_GAN and ResNet_GAN."""

EXTRACTORS: dict[str, tuple[str, ...]] = {"VGG19": ("vgg_layer",), "ResNet18": ()}
"""Image classifiers whose activations are compared, and the training settings that select the activations."""

KINDS = ("L1", "perceptual", "adversarial", "unknown")
"""Kinds of losses, in the order of tables and figures."""


def extractor_settings(extractor: str, training: Mapping[str, Any]) -> dict[str, Any]:
    """The training settings that belong to one of `EXTRACTORS`."""
    return {name: training[name] for name in EXTRACTORS[extractor]}


def kind(loss: str) -> str:
    """Kind of a loss, one of `KINDS`.

    Names that are not in `LOSSES` belong to published networks: ``NA`` if not known, otherwise an adversarial loss.
    """
    if loss in LOSSES:
        extractor, adversarial = LOSSES[loss]
        return "adversarial" if adversarial else "perceptual" if extractor else "L1"
    return "unknown" if loss == "NA" else "adversarial"


def kinds_of(losses: Iterable[str]) -> "pd.Categorical[str]":
    """The `kind` of each loss, as ordered categories (`KINDS`)."""
    import pandas as pd  # imported here since training uses this module without pandas

    return pd.Categorical([kind(loss) for loss in losses], categories=KINDS, ordered=True)

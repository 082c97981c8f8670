"""The losses that networks are trained with, and the kinds of losses that tables and figures group networks by.

Kinds differ in what an image is judged by: the photo's pixels (``L1``, which is short for every PSNR-oriented loss),
the activations of an image classifier (``perceptual``), or these and a discriminator (``adversarial``). What is not
known of a published network is ``unknown``.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd


class Loss(NamedTuple):
    """What a custom network is trained with: whose activations are compared, if any, and whether a discriminator."""

    extractor: str | None
    adversarial: bool


LOSSES = {
    "L1": Loss(None, adversarial=False),
    "VGG": Loss("VGG19", adversarial=False),
    "ResNet": Loss("ResNet18", adversarial=False),
    "VGG_GAN": Loss("VGG19", adversarial=True),
    "ResNet_GAN": Loss("ResNet18", adversarial=True),
}
"""Of custom networks. The paper has L1, VGG_GAN and ResNet_GAN."""

EXTRACTORS: dict[str, tuple[str, ...]] = {"VGG19": ("vgg_layer",), "ResNet18": ()}
"""Image classifiers whose activations are compared, and the settings of training that tell which activations."""

KINDS = ("L1", "perceptual", "adversarial", "unknown")
"""In the order in which tables and figures have them."""


def extractor_settings(extractor: str, training: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a training that belong to one of `EXTRACTORS`."""
    return {name: training[name] for name in EXTRACTORS[extractor]}


def kind(loss: str) -> str:
    """The one of `KINDS` that a loss is of.

    Names other than those of `LOSSES` are those of published networks: ``NA`` where it is not known, and else that of
    an adversarial loss.
    """
    if loss in LOSSES:
        extractor, adversarial = LOSSES[loss]
        return "adversarial" if adversarial else "perceptual" if extractor else "L1"
    return "unknown" if loss == "NA" else "adversarial"


def kinds_of(losses: Iterable[str]) -> "pd.Categorical[str]":
    """The `kind` of each of several losses: ordered categories, those of `KINDS`."""
    import pandas as pd  # training knows of losses too, and does without

    return pd.Categorical([kind(loss) for loss in losses], categories=KINDS, ordered=True)

"""Settings of classifier training: the keys of ``classifiers`` in config.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ClassifierSettings:
    """The hyperparameters of one training; lengths in pixels.

    First only the last layer is trained, then everything, each phase with its own optimizer and schedule; the best
    epoch is one of the second phase. Both are as in the authors' code.
    """

    backbone: str  # ``highpass`` or ``statistics``, optionally with a width, or a name of timm's
    weights: str  # initial weights of the backbone: ``none`` or ``imagenet``
    input: str  # of the backbone: ``pixels`` or ``highpass``
    dropout: float  # before the last layer
    stochastic_depth: float  # in timm's backbones
    crop: int  # side of the random training crops
    evaluation_crop: int  # side of the centre crops of validation and test; in the paper the same as crop. A larger
    # one shows more of the fingerprint to a backbone that accepts any size (see Touvron et al., NeurIPS 2019)
    batch_size: int
    epochs: int  # of the second phase
    head_epochs: int  # of the first phase
    steps_per_epoch: int | None  # None: one pass over the images
    optimizer: str  # ``adamax``, as in the paper, or ``adamw``
    learning_rate: float  # the paper: 5e-4
    schedule: str  # ``plateau``: divide by 10 when the training loss has not fallen for more than 3 epochs; or
    # ``one_cycle``: rise and fall once over all steps of the phase (Smith and Topin 2018), for few epochs
    stop_below_learning_rate: float  # with ``plateau``, training stops below this; the authors' code: 4e-6
    augmentation: Mapping[str, Any] | None = None  # ``share`` of the training crops that are degraded, and the
    # ``chains`` of degradations that each one's is drawn from
    precision: str = "float32"  # of convolutions and matrix products: ``auto``, ``float32``, ``bfloat16`` or ``tf32``
    kept_crops: int | None = None  # with the backbone ``statistics``: so many new training crops are drawn for an
    # epoch, whose batches are drawn from the statistics of these; None with every other backbone

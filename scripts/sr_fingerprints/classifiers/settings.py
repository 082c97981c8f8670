"""How a classifier is trained: the keys of ``classifiers`` in config.yaml."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClassifierSettings:
    """The hyperparameters of one training; lengths in pixels.

    First the last layer is trained alone, then everything, each phase with an optimizer and a schedule of its own, as
    in the authors' code; the best epoch is one of the second phase, as there.
    """

    backbone: str  # ``highpass`` with or without a width, or a name of timm's
    weights: str  # that the backbone starts from: ``none`` or ``imagenet``
    input: str  # of the backbone: ``pixels`` or ``highpass``
    dropout: float  # before the last layer
    stochastic_depth: float  # in timm's backbones
    crop: int  # side of the random crops that are trained on
    evaluation_crop: int  # side of the centre crops of validation and test; in the paper the same. A larger one shows
    # more of a fingerprint to a backbone that takes any size (Touvron et al., NeurIPS 2019, say why that helps)
    batch_size: int
    epochs: int  # of the second phase
    head_epochs: int  # of the first phase
    steps_per_epoch: int | None  # None: as many as use every image once
    optimizer: str  # ``adamax``, as in the paper, or ``adamw``
    learning_rate: float  # the paper: 5e-4
    schedule: str  # ``plateau``: a tenth when the training loss has not fallen for more than 3 epochs; or
    # ``one_cycle``: up and down once over all steps of the phase (Smith and Topin 2018), for few epochs
    stop_below_learning_rate: float  # with ``plateau``, training stops below it; the authors' code: 4e-6

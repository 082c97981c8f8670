"""The kind of loss that a super-resolution network was trained with."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

KINDS = ("L1", "perceptual", "adversarial", "unknown")
"""Pixels alone; activations of a network instead, without a discriminator; with one; not known."""

PERCEPTUAL = ("VGG", "ResNet")


def kinds_of_loss(losses: Iterable[str]) -> pd.Categorical:
    """The kind of each loss of the table of networks: ordered categories, those of `KINDS`.

    L1 and NA (unknown) are written so for all networks, and `PERCEPTUAL` losses are those of custom networks. Any
    other name is an adversarial loss: the paper's custom ones, or one that a published network has of its own.
    """
    losses = np.array(list(losses), dtype=object)
    chosen = [losses == "L1", np.isin(losses, PERCEPTUAL), losses == "NA"]
    kinds = np.select(chosen, ["L1", "perceptual", "unknown"], "adversarial")
    return pd.Categorical(kinds, categories=KINDS, ordered=True)

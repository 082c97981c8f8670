"""Fit an `AttributionModel`: on features of training images its scores, and on validation images all else."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.evidence import Observations
from sr_fingerprints.attribution.model import AttributionModel, Scores
from sr_fingerprints.attribution.sources import Source


def fit_model(
    sources: Sequence[Source],
    training: Observations,
    validation: Observations,
    head: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | None = None,
    scores: Scores = "means",
) -> AttributionModel:
    """Fit scores on ``training``, and temperatures, groups, thresholds, sets and ratios on ``validation``.

    ``head`` are weights (c, d) and biases (c,) of the classifier's last layer, in the order of ``sources``.
    """
    raise NotImplementedError


def calibrated(model: AttributionModel, validation: Observations) -> AttributionModel:
    """The same scores with all else fitted anew on ``validation``."""
    raise NotImplementedError

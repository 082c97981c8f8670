"""Conformal prediction sets: the networks that an image may be of, at a chosen level of confidence."""

import numpy as np
import numpy.typing as npt
from crepes import ConformalClassifier
from crepes.extras import hinge

Floats = npt.NDArray[np.float64]


def conformal_p_values(calibration: Floats, actual: npt.NDArray[np.intp], test: Floats, by_class: bool) -> Floats:
    """p-value of each class for each test image, float64 (m, c): small if the class does not fit.

    ``calibration`` (n, c) and ``test`` (m, c) are probabilities, ``actual`` (n,) the classes of the former. The
    prediction set at a confidence of 90 % has the classes with a p-value above 0.1: it misses the actual class in at
    most 10 % of cases, if test images are exchangeable with those of the calibration. ``by_class``: for each class
    alone, with calibration images of that class only (class-conditional, or Mondrian, conformal prediction: Vovk,
    "Conditional validity of inductive conformal predictors", ACML 2012). Nonconformity is one minus the probability
    of the class. Without random tie-breaking, so that sets are the same each time, and never too small. A class
    without calibration images has p-values of 1.
    """
    classes = np.arange(calibration.shape[1])
    own, strange = hinge(calibration, classes, actual), hinge(test)
    if not by_class:
        fitted = ConformalClassifier().fit(own)
        values: Floats = fitted.predict_p(strange, smoothing=False)
        return values
    return np.stack(
        [ConformalClassifier().fit(own[actual == k]).predict_p(strange[:, k], smoothing=False) for k in classes],
        axis=1,
    )

"""Predictions of one classifier for many images: the input of every table and figure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5, read_attributes, write_attributes

PER_IMAGE = ("photo", "source", "network", "actual")


@dataclass
class Predictions:
    """Predictions for ``n`` images over ``c`` classes, with features of ``d`` dimensions.

    ``scores`` rank the classes, higher is likelier: softmax probabilities for a convolutional classifier, negative
    distances or correlations for PRNU (attribute ``score``: ``probability``, ``negative_distance`` or
    ``correlation``). ``actual`` is the true label; it need not be one of ``classes`` (a classifier applied to
    networks it was not trained on).
    """

    photo: npt.NDArray[np.str_]  # (n,)
    source: npt.NDArray[np.str_]  # (n,), the photo that ``photo`` is a tile of, or the same
    network: npt.NDArray[np.str_]  # (n,), the network that made the image
    actual: npt.NDArray[np.str_]  # (n,)
    classes: npt.NDArray[np.str_]  # (c,)
    scores: npt.NDArray[np.float32]  # (n, c)
    features: npt.NDArray[np.float32]  # (n, d); d may be 0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicted(self) -> npt.NDArray[np.str_]:
        """The class with the highest score, str (n,)."""
        predicted: npt.NDArray[np.str_] = self.classes[self.scores.argmax(axis=1)]
        return predicted

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Whether the prediction is the actual value, bool (n,)."""
        correct: npt.NDArray[np.bool_] = self.predicted == self.actual
        return correct

    def select(self, rows: np.ndarray) -> Self:
        """Predictions for some of the images; ``rows`` are their indices, or bool (n,)."""
        selected = {key: getattr(self, key)[rows] for key in (*PER_IMAGE, "scores", "features")}
        return replace(self, **selected)


def write_predictions(path: str | Path, predictions: Predictions) -> None:
    """Write ``predictions`` as HDF5; ``predicted`` is stored too, for readers outside this package."""
    with create_hdf5(path) as file:
        for key in (*PER_IMAGE, "predicted", "classes"):
            values = [str(value) for value in getattr(predictions, key)]
            file.create_dataset(key, data=values, dtype=h5py.string_dtype())
        for key in ("scores", "features"):
            file.create_dataset(
                key,
                data=getattr(predictions, key).astype(np.float32),
                fletcher32=True,
                chunks=True if getattr(predictions, key).size else None,
            )
        write_attributes(file, predictions.attributes)


def read_predictions(path: str | Path, with_features: bool = True) -> Predictions:
    """Read what `write_predictions` wrote; without features, most of the file, they are float32 (n, 0).

    Raises `InputError` with the file's name when it is damaged or not of this layout.
    """
    with open_hdf5(path, "a file of predictions") as file:
        text = {key: file[key].asstr()[:].astype(str) for key in (*PER_IMAGE, "classes")}
        features = file["features"][:, slice(None) if with_features else slice(0)]
        return Predictions(**text, scores=file["scores"][:], features=features, attributes=read_attributes(file))

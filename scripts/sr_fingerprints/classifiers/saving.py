"""Trained classifiers as safetensors files, with everything needed to rebuild them in the metadata."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.backbones import Classifier, build_classifier
from sr_fingerprints.classifiers.precision import prediction_precision
from sr_fingerprints.files.tensors import read_tensors, write_tensors
from sr_fingerprints.runtime.errors import as_input_error
from sr_fingerprints.runtime.provenance import versions


@dataclass(frozen=True)
class TrainedClassifier:
    """A classifier in evaluation mode, the names of its classes (str (c,)), and how it was trained."""

    classifier: Classifier
    classes: npt.NDArray[np.str_]
    provenance: dict[str, Any]


def save_classifier(path: str | Path, classifier: Classifier, provenance: dict[str, Any]) -> None:
    """Write weights with ``provenance``, which has ``classes`` and ``settings`` among its keys."""
    description = provenance | {"versions": versions("torch", "timm")}
    write_tensors(path, classifier.state_dict(), "provenance", description)


def load_classifier(path: str | Path, device: str = "cpu", exact: bool = False) -> TrainedClassifier:
    """Read what `save_classifier` wrote; its precision is that of its settings on ``device``, or ``exact``: float32.

    Raises `InputError` with the file's name when it cannot be read, is damaged or not a classifier.
    """
    with as_input_error(Path(path), "a trained classifier"):
        tensors, provenance = read_tensors(path, "provenance")
        settings = provenance["settings"]
        classifier = build_classifier(settings["backbone"], len(provenance["classes"]), input=settings["input"])
        classifier.load_state_dict(tensors)
    if not exact:
        classifier.precision = prediction_precision(settings, device)
    # The memory layout of the crops: a tenth faster on a CPU.
    classifier.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TrainedClassifier(classifier.eval(), np.array(provenance["classes"]), provenance)

"""A bundle: all that is needed to attribute an image, as one file, which is checked whole and executes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_fingerprints.attribution.bundle_checks import check_description, check_file, check_tensors, stored
from sr_fingerprints.attribution.model import SCORED_BY, AttributionModel, Thresholds
from sr_fingerprints.attribution.observations import Observations
from sr_fingerprints.attribution.residual_fingerprints import ResidualFingerprints
from sr_fingerprints.attribution.sources import Group, Source
from sr_fingerprints.runtime.errors import as_input_error

if TYPE_CHECKING:
    from sr_fingerprints.classifiers.backbones import Classifier

ENTRY = "bundle"
FORMAT = "sr-fingerprints bundle"
VERSION = 1
REMEDY = "give a file that `sr-fingerprints export` wrote, whole and unchanged"
WEIGHTS = "classifier."
LABELS = ("name", "photo", "condition", "tier", "split")
"""Texts of `Observations`, of which the file has a list of the different ones, and for each image the place in it."""


@dataclass(frozen=True)
class Bundle:
    """A classifier, the model of its features, and what they were fitted on."""

    name: str  # of the study
    classifier: "Classifier"  # in evaluation mode, on the CPU
    backbone: str  # such as highpass48
    model: AttributionModel
    side: int  # pixels; of crops
    most: int  # crops of an image
    held_out: Observations  # of validation and test images, `rounded`: all tables can be recomputed from it
    conditions: Mapping[str, Any]  # chain of each condition of these, by name
    about: Mapping[str, Any]  # free metadata: versions, seed, digests, photos, tables, measured rates
    sha256: str | None = None  # of the file that it was read from
    residuals: ResidualFingerprints | None = None  # of the sources, in their order

    @cached_property
    def false_positive_rate(self) -> float:
        """Share of held-out images of known sources that the open-set threshold takes for unknown: of test photos.

        Of all held-out ones if there are no test photos.
        """
        names = [source.name for source in self.model.sources]
        known = np.isin(self.held_out.name, names)
        test = known & (self.held_out.split == "test")
        images = self.held_out.select(test if test.any() else known)
        scores, unknown_from = self.model.open_set(images.features, images.crops)
        return float((scores >= unknown_from).mean())


def write_bundle(bundle: Bundle, path: str | Path) -> None:
    """Write ``bundle`` as safetensors with JSON metadata. The same bundle gives the same bytes.

    Raises `InputError` for one that `read_bundle` would refuse.
    """
    import torch

    from sr_fingerprints.files.tensors import write_tensors

    model, held_out = bundle.model, bundle.held_out
    numbers, steps = held_out.quantised()
    lists = {key: sorted(set(getattr(held_out, key).tolist())) for key in LABELS}
    arrays = {
        "means": model.means,
        "whitening": model.whitening,
        "conformal_least": model.conformal_least,
        "held_out.features": numbers,
        "held_out.steps": steps,
        "held_out.crops": held_out.crops,
    } | {f"held_out.{key}": np.searchsorted(lists[key], getattr(held_out, key)).astype(np.int32) for key in LABELS}
    if len(model.head_bias):
        arrays |= {"head_weights": model.head_weights, "head_bias": model.head_bias}
    if bundle.residuals:
        arrays |= {
            "prnu.fingerprints": bundle.residuals.values.astype(np.float16),
            "prnu.best": bundle.residuals.best,
            "prnu.right": bundle.residuals.right,
        }
    tensors = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
    tensors |= {WEIGHTS + name: stored(tensor) for name, tensor in bundle.classifier.state_dict().items()}
    description = {
        "format": FORMAT,
        "version": VERSION,
        "name": bundle.name,
        "backbone": bundle.backbone,
        "side": bundle.side,
        "most": bundle.most,
        "sources": [vars(source) for source in model.sources],
        "groups": [vars(group) | {"members": list(group.members)} for group in model.groups],
        "scores": model.scores,
        "means_of": list(model.conditions),
        "sizes": model.sizes,
        "likelihood_ratio": {key: getattr(model, key) for key in ("intercept", "slope", "lowest", "highest")},
        "thresholds": [vars(each) for each in model.thresholds],
        "held_out": lists,
        "conditions": dict(bundle.conditions),
        "about": dict(bundle.about),
    }
    with as_input_error(Path(path), "a bundle", REMEDY):
        check_description(description)
        check_tensors(tensors, description)
    write_tensors(path, tensors, ENTRY, description)


def read_bundle(path: str | Path) -> Bundle:
    """Read what `write_bundle` wrote.

    Raises `InputError`, with the file's name, what was found and what is allowed, for a file that is damaged, too
    large, of another format or version, or that says anything which does not fit together. A missing file stays a
    FileNotFoundError.
    """
    from sr_fingerprints.files.tensors import read_tensors
    from sr_fingerprints.runtime.provenance import sha256_of

    path = Path(path)
    with as_input_error(path, "a bundle", REMEDY):
        check_file(path)
        tensors, description = read_tensors(path, ENTRY)
        check_description(description)
        check_tensors(tensors, description)
        arrays = {name: tensor.numpy() for name, tensor in tensors.items() if not name.startswith(WEIGHTS)}
        lists = {key: np.array(values, np.str_) for key, values in description["held_out"].items()}
        held_out = Observations(
            features=arrays["held_out.features"] * arrays["held_out.steps"],
            crops=arrays["held_out.crops"],
            **{key: lists[key][arrays[f"held_out.{key}"]] for key in LABELS},
        )
        weights = {name.removeprefix(WEIGHTS): tensor for name, tensor in tensors.items() if name.startswith(WEIGHTS)}
        return Bundle(
            classifier=_classifier(description["backbone"], weights),
            model=_model(description, arrays),
            held_out=held_out,
            sha256=sha256_of(path),
            residuals=_residuals(arrays),
            **{key: description[key] for key in ("name", "backbone", "side", "most", "conditions", "about")},
        )


def _model(description: Mapping[str, Any], arrays: Mapping[str, Any]) -> AttributionModel:
    sizes = description["sizes"]
    dimensions = arrays["means"].shape[2]
    no_head = {"head_weights": np.zeros((0, dimensions), np.float32), "head_bias": np.zeros(0, np.float32)}
    return AttributionModel(
        sources=tuple(Source(**row) for row in description["sources"]),
        groups=tuple(Group(**row | {"members": tuple(row["members"])}) for row in description["groups"]),
        scores=description["scores"],
        conditions=tuple(description["means_of"]),
        crops_from=np.array([row["crops_from"] for row in sizes], np.int64),
        temperatures=np.array([[row["temperatures"].get(kind, np.inf) for kind in SCORED_BY] for row in sizes]),
        open_set_thresholds=np.array([row["open_set_thresholds"] for row in sizes], np.float64),
        thresholds=tuple(Thresholds(**row) for row in description["thresholds"]),
        **description["likelihood_ratio"],
        **no_head | {name: array for name, array in arrays.items() if "." not in name},
    )


def _residuals(arrays: Mapping[str, Any]) -> ResidualFingerprints | None:
    if "prnu.fingerprints" not in arrays:
        return None
    values = arrays["prnu.fingerprints"].astype(np.float32)
    return ResidualFingerprints(values, arrays["prnu.best"], arrays["prnu.right"])


def _classifier(backbone: str, weights: Mapping[str, Any]) -> "Classifier":
    import torch

    from sr_fingerprints.classifiers.backbones import build_classifier

    classifier = build_classifier(backbone, len(weights["head.bias"]))
    classifier.load_state_dict(weights)
    classifier.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return classifier.eval()

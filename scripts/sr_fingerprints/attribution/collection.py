"""The evidence of a study's images, as they are and degraded, and its file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sr_fingerprints.attribution.bundle import Bundle, read_bundle
from sr_fingerprints.attribution.crops import crop_boxes
from sr_fingerprints.attribution.evidence import Features, image_evidence
from sr_fingerprints.attribution.observations import Observations, joined
from sr_fingerprints.classifiers.saving import TrainedClassifier, load_classifier
from sr_fingerprints.degradations.degraded_images import Degradation, degraded_image, spread_rows
from sr_fingerprints.files.hdf5 import create_hdf5, open_hdf5, read_attributes, write_attributes
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import file_digests

SPLITS = ("train", "validation", "test")
TEXT = ("name", "photo", "condition", "tier", "split")


def observe_images(
    recogniser: str | Path,
    images: Mapping[str, str | Path],
    conditions: Sequence[Degradation] | None,
    numbers: Mapping[str, int | None],
    side: int,
    most: int,
    seed: int,
    output: str | Path,
    device: str = "cpu",
) -> None:
    """Write the evidence of the ``images`` (HDF5 by source), by a classifier, or by that of a bundle.

    Without ``conditions``, ``recogniser`` is a bundle, whose conditions and crops are taken. ``numbers`` are the most
    images of a source, by split; None: all. See `observe` for the rest.
    """
    if conditions is None:
        bundle = read_bundle(recogniser)
        bundle.classifier.to(device)
        trained = TrainedClassifier(bundle.classifier, np.array([each.name for each in bundle.model.sources]), {})
        conditions, side, most = conditions_of(bundle), bundle.side, bundle.most
    else:
        trained = load_classifier(recogniser, device, exact=True)
    parts = [
        observe(trained, images, conditions, [split], side, most, numbers[split], seed, device) for split in SPLITS
    ]
    write_observations(output, joined(parts), {"recogniser": file_digests([recogniser]), "side": side, "most": most})


def conditions_of(bundle: Bundle) -> list[Degradation]:
    """The conditions of a bundle, as rows of ``degradations``."""
    tiers = dict(zip(bundle.held_out.condition.tolist(), bundle.held_out.tier.tolist(), strict=True))
    return [{"name": name, "tier": tiers[name], "chain": bundle.conditions[name]} for name in tiers]


def observe(
    trained: TrainedClassifier,
    images: Mapping[str, str | Path],
    conditions: Sequence[Degradation],
    splits: Sequence[str],
    side: int,
    most: int,
    images_per_source: int | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> Observations:
    """The evidence of images, one row for each and every one of the ``conditions``, rows of ``degradations``.

    ``images`` has the collection (HDF5) of each source, by its name. Of every split, up to ``images_per_source``
    images of a source are taken (None: all), spread over the photos. Crops have ``side`` pixels and are at most
    ``most`` an image (see `crop_boxes`). What is drawn follows from ``seed``, as for the tables of robustness. Raises
    `InputError` with the classifier's backbone when its features are not finite.
    """
    features: list[Features] = []
    crops: list[int] = []
    texts: list[tuple[str, ...]] = []
    for name, path in progress(list(images.items()), "evidence of sources"):
        with ImageFile(path) as file:
            for split in splits:
                for row in spread_rows(file, split, images_per_source, seed):
                    for each in conditions:
                        image = degraded_image(file.image(row), each, f"{name}/{file.photo[row]}", seed)
                        height, width = image.shape[:2]
                        boxes = crop_boxes(height, width, side, most)
                        found = image_evidence(trained.classifier, image, boxes, device)
                        features.append(found.mean(axis=0))
                        crops.append(len(found))
                        texts.append((name, str(file.source[row]), each["name"], each["tier"], split))
    columns = {key: np.array(column) for key, column in zip(TEXT, zip(*texts, strict=True), strict=True)}
    stacked = np.stack(features)
    if not np.isfinite(stacked).all():
        raise InputError(
            f"classifier: found features that are not finite, of an image of {columns['name'][_first_bad(stacked)]}; "
            "allowed: finite ones; remove it and run again to train it from scratch"
        )
    return Observations(stacked, np.array(crops, np.int64), **columns)


def _first_bad(features: Features) -> int:
    return int(np.flatnonzero(~np.isfinite(features).all(axis=1))[0])


def write_observations(path: str | Path, observations: Observations, attributes: Mapping[str, Any]) -> None:
    """Write ``observations`` as HDF5, and ``attributes``, which are stored as JSON."""
    with create_hdf5(path) as file:
        for key in TEXT:
            values = [str(value) for value in getattr(observations, key)]
            file.create_dataset(key, data=values, dtype=h5py.string_dtype())
        file.create_dataset("crops", data=observations.crops)
        file.create_dataset("features", data=observations.features, chunks=True, fletcher32=True)
        write_attributes(file, attributes)


def read_observations(path: str | Path) -> tuple[Observations, dict[str, Any]]:
    """Read what `write_observations` wrote. Raises `InputError` with the file's name when it is something else."""
    with open_hdf5(path, "a file of evidence") as file:
        text = {key: file[key].asstr()[:].astype(str) for key in TEXT}
        return Observations(file["features"][:], file["crops"][:], **text), dict(read_attributes(file))

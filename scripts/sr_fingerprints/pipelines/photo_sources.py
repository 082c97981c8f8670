"""Train on photos of one source, test on another's, beside as many images of all sources mixed."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import SPLITS, ImageFile
from sr_fingerprints.pipelines.cross_training import ImageSet, cross_train
from sr_fingerprints.pipelines.selection import spread_over_sources
from sr_fingerprints.study.photo_groups import MIXED, is_in_group

COLUMNS = ("group", "split", "photos", "images")


def train_on_photo_sources(
    images: Sequence[str | Path],
    networks: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    most: int | None,
    classifiers: Path,
    predictions: Path,
    chosen: Path,
    checkpoints: Path,
    settings: Mapping[str, Any],
    seeds: Sequence[int],
    device: str = "cpu",
) -> None:
    """Train on the training photos of each group, test each classifier on the test photos of each.

    ``images`` has one file a network, ``groups`` the source photos of each group, or their folder as of
    `is_in_group`. All trainings have the same number of images: as many as the smallest group has, or ``most`` per
    split. ``chosen`` becomes a CSV file of the numbers of source photos and of images a network, by group and split.
    Predictions are written as `cross_train` does. The best epoch is chosen on validation photos of the same group, or
    else of all groups, or else of the study. Where no group has training photos, or none has test photos, there is
    nothing to compare, and there are no predictions.
    """
    with ImageFile(images[0]) as file:
        found = {
            (group, split): np.flatnonzero(
                (file.split == split) & [is_in_group(name, members) for name in file.source]
            )
            for split in SPLITS
            for group, sources in {**groups, MIXED: [name for some in groups.values() for name in some]}.items()
            for members in [set(sources)]
        }
        photo, source = file.photo, file.source
        every = np.flatnonzero(file.split == "validation")
    trained = [group for group in (*groups, MIXED) if len(found[group, "train"])]
    limits = {"train": min((len(found[group, "train"]) for group in trained), default=0)}
    counts = {split: min(limits.get(split, len(source)), most or len(source)) for split in SPLITS}
    used = {
        (group, split): rows[spread_over_sources(source[rows], counts[split])]
        for (group, split), rows in found.items()
    }
    training = {
        group: ImageSet(images, networks, networks, set(photo[np.concatenate([used[group, "train"], validation])]))
        for group in trained
        for validation in [_first_with_any(used[group, "validation"], used[MIXED, "validation"], every)]
    }
    testing = {
        group: ImageSet(images, networks, networks, set(photo[used[group, "test"]]))
        for group in groups
        if len(used[group, "test"])
    }
    for folder in (classifiers, predictions):
        folder.mkdir(parents=True, exist_ok=True)
    if training and testing:
        cross_train(training, testing, classifiers, predictions, checkpoints, settings, seeds, device)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*key, len(set(source[rows])), len(rows)] for key, rows in used.items())
    write_text(chosen, text.getvalue())


def _first_with_any(*choices: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    return next(rows for rows in choices if len(rows))

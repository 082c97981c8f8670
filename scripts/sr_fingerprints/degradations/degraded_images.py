"""Centre crops of degraded test images: the same ones for every method that is measured on them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.degradations.chains import Pixels, degrade, degraded_size
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.runtime.errors import InputError

Degradation = Mapping[str, Any]
"""A row of ``degradations`` in the configuration: ``name``, ``tier`` and ``chain``."""

COLUMNS = ("experiment", "degradation", "network", "photo", "source", "predicted", "score", "crop")
"""Columns of the answers: by which experiment, of which image after which degradation; the predicted class and its
score; side of the crop in pixels."""


def spread_rows(images: ImageFile, split: str, most: int | None, seed: int) -> list[int]:
    """Rows of up to ``most`` images of a split (None: all), as evenly as possible over the source photos.

    They are drawn by ``seed``, and are images of the same photos in all files of one study.
    """
    drawn = np.random.default_rng(seed).permutation(images.indices(split))
    turn = pd.Series(images.source[drawn]).groupby(images.source[drawn]).cumcount().to_numpy()
    return sorted(int(row) for row in drawn[np.argsort(turn, kind="stable")][:most])


def common_side(
    files: Sequence[str | Path], degradations: Sequence[Degradation], split: str, most: int | None, seed: int
) -> int:
    """The largest side in pixels of a crop that fits into every image after every degradation.

    Raises `InputError` for a file without images of the split.
    """
    found: list[int] = []
    for path in files:
        with ImageFile(path) as images:
            rows = spread_rows(images, split, most, seed)
            if not rows:
                raise InputError(f"{path}: found no images of the split {split!r}; allowed: one or more")
            sizes = {(int(height), int(width)) for height, width in images.size[rows]}
        found += [min(degraded_size(size, each["chain"])) for size in sizes for each in degradations]
    return min(found)


def degraded_crops(
    images: ImageFile, row: int, network: str, degradations: Sequence[Degradation], side: int, seed: int
) -> npt.NDArray[np.uint8]:
    """The centre crops of one image after each degradation, uint8 (degradations, side, side, 3).

    The whole image is degraded, then cropped. What is drawn follows from ``seed``, the names of the degradation and
    the network, and the photo.
    """
    image, photo = images.image(row), images.photo[row]
    return np.stack([_crop(_degraded(image, each, f"{network}/{photo}", seed), side) for each in degradations])


def _degraded(image: Pixels, degradation: Degradation, name: str, seed: int) -> Pixels:
    drawn_from = crc32(f"{degradation['name']}/{name}".encode())
    return degrade(image, degradation["chain"], np.random.default_rng([seed, drawn_from]))


def _crop(image: Pixels, side: int) -> Pixels:
    top, left = ((whole - side) // 2 for whole in image.shape[:2])
    return image[top : top + side, left : left + side]


def described(
    images: ImageFile, rows: Sequence[int], network: str, degradations: Sequence[Degradation]
) -> pd.DataFrame:
    """Columns degradation, network, photo and source of the `degraded_crops` of some images of one network."""
    names = [each["name"] for each in degradations]
    return pd.DataFrame(
        [
            {"degradation": name, "network": network, "photo": images.photo[row], "source": images.source[row]}
            for row in rows
            for name in names
        ]
    )


def write_answers(answers: Iterator[pd.DataFrame], path: str | Path) -> None:
    """Write parts of a table with `COLUMNS` as CSV, sorted by experiment; images stay in their order."""
    table = pd.concat(answers, ignore_index=True)[list(COLUMNS)].sort_values("experiment", kind="stable")
    write_text(path, table.to_csv(index=False, lineterminator="\n", float_format="%.6g"))


def read_answers(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Read what `write_answers` wrote, with a column ``correct``."""
    tables = [
        read_csv(path, "a table of answers for degraded images", COLUMNS, keep_default_na=False) for path in paths
    ]
    answers = pd.concat(tables, ignore_index=True)
    return answers.assign(correct=answers.predicted == answers.network)

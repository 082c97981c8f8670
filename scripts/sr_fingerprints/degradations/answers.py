"""What classifiers and PRNU answer for degraded images: a CSV file with a row per image and degradation."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("experiment", "degradation", "network", "photo", "source", "predicted", "score", "crop")
"""Which experiment was asked, about which image after which degradation; the predicted class and its score; the side
of the crop in pixels."""

Row = tuple[str, str, str, str, str, str, str, int]
"""Values of the `COLUMNS`."""


def answer_rows(
    experiment: str,
    images: ImageFile,
    rows: Sequence[int],
    network: str,
    degradations: Sequence[Mapping[str, Any]],
    classes: Sequence[str] | np.ndarray,
    scores: np.ndarray,
    crop: int,
) -> Iterator[Row]:
    """Yield the rows for some images of one network: for each all degradations, in the order of ``scores`` (n, c)."""
    best = scores.argmax(axis=1)
    asked = ((row, each["name"]) for row in rows for each in degradations)
    for (row, name), index, score in zip(asked, best, scores[np.arange(len(best)), best], strict=True):
        photo, source = str(images.photo[row]), str(images.source[row])
        yield experiment, name, network, photo, source, str(classes[index]), f"{score:.6g}", crop


def write_answers(answers: Iterable[Row], path: str | Path) -> None:
    """Write rows with `COLUMNS` as CSV, sorted by experiment; images stay in their order."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    ordered: list[Row] = sorted(answers, key=lambda row: row[0])
    rows.writerows(ordered)
    write_text(path, text.getvalue())


def read_answers(paths: Sequence[str | Path]) -> "pd.DataFrame":
    """Read what `write_answers` wrote, with a column ``correct``."""
    import pandas as pd  # imported here since classifiers write answers without pandas

    from sr_fingerprints.files.csv_tables import read_csv

    what = "a table of answers for degraded images"
    answers = pd.concat([read_csv(path, what, COLUMNS, keep_default_na=False) for path in paths], ignore_index=True)
    return answers.assign(correct=answers.predicted == answers.network)

"""Reading the CSV files that one stage writes for another."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.runtime.errors import as_input_error


def read_csv(path: str | Path, expected: str, columns: Sequence[str] = (), **options: Any) -> pd.DataFrame:
    """Read a table as `pandas.read_csv` does with these ``options``, if it is whole.

    Raises `InputError` with the file's name when it is not the ``expected``: when it does not end with a whole line,
    has rows of different lengths (pandas would fill them up), lacks one of ``columns``, or is no text. Text has no
    checksum: other changes are not noticed.
    """
    with as_input_error(Path(path), expected):
        text = Path(path).read_text(encoding="utf-8")
        if not text.endswith("\n"):
            raise ValueError("it does not end with a whole line")
        header, *rows = csv.reader(io.StringIO(text))
        if odd := [row for row in rows if len(row) != len(header)]:
            raise ValueError(f"it has {len(header)} columns, and a row of {len(odd[0])}")
        if missing := set(columns) - set(header):
            raise ValueError(f"it has no column {min(missing)}")
        table: pd.DataFrame = pd.read_csv(io.StringIO(text), **options)
        return table

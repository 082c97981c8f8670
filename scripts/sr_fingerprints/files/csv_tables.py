"""Reading the CSV files that one stage writes for another."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.runtime.errors import as_input_error


def read_csv(path: str | Path, expected: str, columns: Sequence[str] = (), **options: Any) -> pd.DataFrame:
    """Read a complete table as `pandas.read_csv` does with these ``options``.

    Raises `InputError` with the file's name and ``expected`` (what the file should be) when the last line is
    incomplete, rows differ in length (pandas would pad them), one of ``columns`` is missing, or the file is not text.
    CSV has no checksum, so other damage goes unnoticed.
    """
    with as_input_error(Path(path), expected):
        text = Path(path).read_text(encoding="utf-8")
        if not text.endswith("\n"):
            raise ValueError("its last line is incomplete")
        header, *rows = csv.reader(io.StringIO(text))
        if odd := [row for row in rows if len(row) != len(header)]:
            raise ValueError(f"it has {len(header)} columns, and a row of {len(odd[0])}")
        if missing := set(columns) - set(header):
            raise ValueError(f"it has no column {min(missing)}")
        table: pd.DataFrame = pd.read_csv(io.StringIO(text), **options)
        return table

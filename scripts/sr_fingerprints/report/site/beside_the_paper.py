"""The paper's numbers that belong to a table, beside this study's: rows of the table of values."""

from collections.abc import Mapping
from math import nan
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.report.findings.key_number import KeyNumber
from sr_fingerprints.tables.values import SOURCES, our_values


def beside_the_paper(tables: Mapping[str, pd.DataFrame], stands_for: Mapping[str, str]) -> dict[str, list[KeyNumber]]:
    """Numbers that the paper has too, by table; their claims are the names of the authors' macros."""
    if "values" not in tables:
        return {}
    found: dict[str, list[KeyNumber]] = {}
    for table in SOURCES:
        if table in tables:
            ours = our_values({table: tables[table]}, stands_for)
            rows = tables["values"][tables["values"].name.isin(list(ours))].dropna(subset=["ours", "paper"])
            numbers = [_number(row, table) for row in named_rows(rows)]
            found |= {table: numbers} if numbers else {}
    return found


def _number(row: Any, table: str) -> KeyNumber:
    return KeyNumber(
        row.name,
        row.where,
        float(row.ours),
        float(row.ours_low),
        float(row.ours_high),
        nan,
        "",
        "",
        table,
        unit="points" if row.name.endswith("Range") else "%",
        std=float(row.ours_std),
        paper=float(row.paper),
        paper_std=float(row.paper_std),
    )

"""Rows of pandas tables, untyped: pandas does not know the types of their columns."""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def named_rows(table: "pd.DataFrame") -> Iterator[Any]:
    """Iterate over the rows as named tuples with one field per column."""
    return iter(table.itertuples())


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows as dictionaries, keyed by column name."""
    return [{str(column): value for column, value in row.items()} for row in table.to_dict("records")]


def row_at(table: "pd.DataFrame", key: Hashable) -> "pd.Series":
    """First row with this key in the index. Raises KeyError when there is none."""
    return table.loc[[key]].iloc[0]

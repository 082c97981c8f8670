"""Single rows of pandas tables. What their columns hold is known to the code that made the table, not to pandas."""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def named_rows(table: "pd.DataFrame") -> Iterator[Any]:
    """The rows as named tuples, with a field for each column."""
    return iter(table.itertuples())


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows as dictionaries, by the name of the column."""
    return [{str(column): value for column, value in row.items()} for row in table.to_dict("records")]


def row_at(table: "pd.DataFrame", key: Hashable) -> "pd.Series":
    """The first row with this key in the table's index. Raises KeyError when there is none."""
    return table.loc[[key]].iloc[0]

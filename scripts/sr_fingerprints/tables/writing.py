"""Writing of tables as CSV at full precision, and as LaTeX with rounded numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv

ROWS_PER_PAGE = 45
ESCAPES = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


def write_table(
    frame: pd.DataFrame,
    csv: str | Path,
    tex: str | Path,
    *,
    caption: str,
    label: str,
    columns: Mapping[str, tuple[str, str]],
    groups: Sequence[Any] | None = None,
) -> None:
    """Write all of ``frame`` to ``csv``, and its printed ``columns`` to ``tex``.

    ``columns`` maps, in printing order, the name of a column to its heading (LaTeX) and number format (``.1f``; empty
    for text). A name ``x`` that stands for the two columns ``x_mean`` and ``x_std`` is printed as mean +- std, and
    ``x_interval`` for ``x_low`` and ``x_high`` as an interval; names that are not in the frame are left out. Text is
    escaped; missing numbers are printed as a dash. ``groups`` has one value per row; a rule separates rows where it
    changes. ``caption`` is LaTeX; the file needs the package booktabs, and longtable if it has more than
    `ROWS_PER_PAGE` rows.
    """
    write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    write_text(tex, latex_table(frame, caption, label, columns, groups))


def read_table(csv: str | Path) -> pd.DataFrame:
    """Read what `write_table` wrote; values of hyperparameters are str, even if all of them are digits."""
    return read_csv(csv, "a table of results", dtype=dict.fromkeys(["value", "scale", "loss", "withheld"], str))


def latex_table(
    frame: pd.DataFrame,
    caption: str,
    label: str,
    columns: Mapping[str, tuple[str, str]],
    groups: Sequence[Any] | None = None,
) -> str:
    """LaTeX of a table as `write_table` writes it: a table environment, or a longtable."""
    present = {name: column for name, column in columns.items() if _parts(name)[0] in frame or name in frame}
    cells = pd.DataFrame({name: _printed(frame, name, number) for name, (_, number) in present.items()})
    if groups is not None:
        first = cells.columns[0]
        cells[first] = _with_rules(cells[first].tolist(), list(groups))
    style = cells.style.hide(axis="index").relabel_index([heading for heading, _ in present.values()], axis="columns")
    alignment = "".join("r" if number else "l" for _, number in present.values())
    layout: dict[str, Any] = {"position_float": "centering"}
    if len(frame) > ROWS_PER_PAGE:
        layout = {"environment": "longtable"}
    latex: str = style.to_latex(column_format=alignment, hrules=True, caption=caption, label=label, **layout)
    return latex


def escape(text: Any) -> str:
    """Escape LaTeX's special characters in ``text``."""
    return str(text).translate(ESCAPES)


def _parts(name: str) -> tuple[str, str]:
    """Names of the two columns that are printed as one."""
    stem = name.removesuffix("_interval")
    return (f"{stem}_low", f"{stem}_high") if stem != name else (f"{name}_mean", f"{name}_std")


def _printed(frame: pd.DataFrame, name: str, number: str) -> list[str]:
    if name in frame:
        return [_cell(value, number) for value in frame[name]]
    pairs = zip(*(frame[part] for part in _parts(name)), strict=True)
    if name.endswith("_interval"):
        return ["" if pd.isna(low) else f"[{_cell(low, number)}, {_cell(high, number)}]" for low, high in pairs]
    return [_cell(mean, number) + ("" if pd.isna(std) else rf" $\pm$ {_cell(std, number)}") for mean, std in pairs]


def _cell(value: Any, number: str) -> str:
    if pd.isna(value):
        return "--" if number else ""
    if number and not isinstance(value, str):
        sign, rest = ("+", number[1:]) if number.startswith("+") else ("", number)
        unsigned_zero = "z" if rest.endswith("f") else ""
        return f"{value:{sign}{unsigned_zero}{rest}}".replace("-", "$-$").replace("inf", r"$\infty$")
    return escape(value)


def _with_rules(cells: list[str], groups: list[Any]) -> list[str]:
    """First cells of the rows, with a rule before each that begins a new group."""
    before = [*groups[:1], *groups[:-1]]
    return ["\\midrule\n" * (group != last) + cell for cell, group, last in zip(cells, groups, before, strict=True)]

"""One table as CSV at full precision, and as LaTeX with its numbers rounded once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv

ROWS_OF_A_PAGE = 45
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

    ``columns`` gives, in the order of printing, the name of a column and its heading (in LaTeX) and number
    format (``.1f``; empty for text). A name ``x`` that stands for the two columns ``x_mean`` and ``x_std`` is
    printed as mean +- std, and ``x_interval`` for ``x_low`` and ``x_high`` as an interval; names that the frame lacks
    are left out. Text is escaped; missing numbers are printed as a dash. ``groups`` has one value a row; a rule
    separates rows where it changes. ``caption`` is LaTeX; the file needs the package booktabs, and longtable when it
    has more rows than a page.
    """
    write_text(csv, frame.to_csv(index=False, lineterminator="\n"))
    write_text(tex, latex_table(frame, caption, label, columns, groups))


def read_table(csv: str | Path) -> pd.DataFrame:
    """Read what `write_table` wrote; values of hyperparameters are str, also where all that there are is digits."""
    return read_csv(csv, "a table of results", dtype=dict.fromkeys(["value", "scale", "loss", "withheld"], str))


def latex_table(
    frame: pd.DataFrame,
    caption: str,
    label: str,
    columns: Mapping[str, tuple[str, str]],
    groups: Sequence[Any] | None = None,
) -> str:
    """The LaTeX that `write_table` writes: a table environment, or a longtable."""
    present = {name: column for name, column in columns.items() if _parts(name)[0] in frame or name in frame}
    cells = {name: _printed(frame, name, number) for name, (_, number) in present.items()}
    rows = [" & ".join(row) + r" \\" for row in zip(*cells.values(), strict=True)]
    if groups is not None:
        rows = _with_rules(rows, list(groups))
    header = " & ".join(heading for heading, _ in present.values()) + r" \\"
    alignment = "".join("r" if number else "l" for _, number in present.values())
    body = [r"\toprule", header, r"\midrule"]
    if len(frame) > ROWS_OF_A_PAGE:
        top = [rf"\begin{{longtable}}{{{alignment}}}", rf"\caption{{{caption}}}\label{{{label}}} \\"]
        lines = [*top, *body, r"\endhead", *rows, r"\bottomrule", r"\end{longtable}"]
    else:
        top = [r"\begin{table}", r"\centering", rf"\caption{{{caption}}}\label{{{label}}}"]
        lines = [*top, rf"\begin{{tabular}}{{{alignment}}}", *body, *rows]
        lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def escape(text: Any) -> str:
    """``text`` with the characters that LaTeX gives a meaning to made to stand for themselves."""
    return str(text).translate(ESCAPES)


def _parts(name: str) -> tuple[str, str]:
    """The two columns that are printed as one."""
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
        return f"{value:{number}}".replace("-", "$-$")
    return escape(value)


def _with_rules(rows: list[str], groups: list[Any]) -> list[str]:
    starts = [i > 0 and groups[i] != groups[i - 1] for i in range(len(groups))]
    return [line for row, start in zip(rows, starts, strict=True) for line in ([r"\midrule"] * start + [row])]

"""Numbers of the paper's text and tables beside ours, and LaTeX macros under the paper's names.

``resources/paper/values.csv`` has the paper's numbers, under the names of the authors' LaTeX macros, including some
that the authors computed and did not print. A study at the paper's size is compared with it number by number. In a
smaller study, smaller data sets, architectures or backbones replace the paper's (``stands_for``), and numbers without
a counterpart are missing.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.tables.paper import select_paper_rows
from sr_fingerprints.tables.writing import escape, read_table, write_table

MACRO_SPELLINGS = {
    "2": "TwoX",
    "4": "FourX",
    "L1": "LOne",
    "VGG_GAN": "VGG",
    "ResNet_GAN": "ResNet",
    "VGG": "VGGAlone",
    "ResNet": "ResNetAlone",
    "div2k": "Div",
    "flickr2k": "Flickr",
    "quarter_div2k": "QuarterDiv",
    "quarter_flickr2k": "QuarterFlickr",
    "3": "three",
    "convnext_base": "ConvNext",
    "legacy_xception": "Xception",
    "efficientnet_b2": "EfficientNet",
    "resnet50": "Resnet",
}
"""Spelling of values in the names of macros, if different. Losses that are not in the paper get names that are not in
it either."""

DIFFERENCES = {"scale 4 - 2": "ScaleAccRange", "adversarial - L1": "LossAccRange"}
"""The differences in Table 3's last rows that the paper quotes."""

PUBLISHED = {
    "PretrainedClassifierAcc": ("all", "all"),
    "PreTrainedTwoXModelClassifierAcc": ("2", "all"),
    "PreTrainedFourXLOneModelClassifierAcc": ("4", "L1"),
    "PreTrainedGANModelClassifierAcc": ("4", "adversarial"),
}
"""Scale and kind of loss of the published networks behind each number (section 4.1.2). The paper calls the
number at 2X an accuracy of (2X, L1) networks; in the authors' code (analysis/values/model_attribution_values.py,
``pretrained_acc_for``) it is that of all 2X ones, Real-ESRGAN's included, and so it is here."""

COLUMNS = {
    "name": ("Name", ""),
    "ours": ("Ours", ".1f"),
    "ours_interval": (r"95\,\% interval", ".1f"),
    "paper": ("Paper", ".1f"),
    "difference": ("Difference", "+.1f"),
}
Tables = Mapping[str, pd.DataFrame]
Spelling = Callable[[Any], str]


class Value(NamedTuple):
    """One number of ours (%), its standard deviation over classifier seeds, and its interval over photos."""

    ours: float
    ours_std: float = float("nan")
    ours_low: float = float("nan")
    ours_high: float = float("nan")


def our_values(tables: Tables, stands_for: Mapping[str, str]) -> dict[str, Value]:
    """Our number for each of the paper's names that has a counterpart in this study.

    ``tables`` are those of `SOURCES` that the study has, by name, as read from CSV. ``stands_for`` maps our data
    sets, architectures and backbones to the paper's that they replace. PRNU's numbers are those of the Euclidean
    distance, the paper's match.
    """

    def spell(value: Any) -> str:
        return MACRO_SPELLINGS.get(role := stands_for.get(str(value), str(value)), role)

    return {
        name: value
        for table, values_of in SOURCES.items()
        if table in tables
        for name, value in values_of(tables[table], spell)
    }


def value_table(paper: pd.DataFrame, tables: Tables, stands_for: Mapping[str, str], study: str) -> pd.DataFrame:
    """The paper's numbers, in its order, beside ours.

    ``paper`` is ``resources/paper/values.csv``. Columns: name; ours, ours_std, ours_low, ours_high (NaN without a
    counterpart); paper, paper_std; difference (ours minus the paper's); study, its name; stand_ins, its replacements
    (``stands_for``) as text; and where, the place in the paper.
    """
    ours = our_values(tables, stands_for)
    table = pd.DataFrame([ours.get(name, Value(float("nan"))) for name in paper.name])
    table.insert(0, "name", paper.name)
    table["paper"], table["paper_std"] = paper.value, paper.std_over_3_classifier_seeds
    table["difference"] = table.ours - table.paper
    table["study"] = study
    table["stand_ins"] = "; ".join(f"{ours} for {theirs}" for ours, theirs in stands_for.items())
    table["where"] = paper["where"]
    return table


def latex_macros(table: pd.DataFrame) -> str:
    r"""LaTeX macros of our numbers, by the paper's names: ``\val<name>Mean`` and ``...Std``, or just ``\val<name>``.

    Each name has the form that it has in the authors' file. Numbers have one decimal, missing ones are a dash.
    """
    lines = []
    for row in named_rows(table.sort_values("name")):
        numbers = {"": row.ours} if pd.isna(row.paper_std) else {"Mean": row.ours, "Std": row.ours_std}
        for suffix, number in numbers.items():
            printed = "--" if pd.isna(number) else f"{number:.1f}"
            lines.append(rf"\newcommand{{\val{row.name}{suffix}}}{{{printed}}}")
    return "\n".join(lines) + "\n"


def tabulate_values(
    paper: Path,
    tables: Mapping[str, Path],
    stands_for: Mapping[str, str],
    study: str,
    csv: Path,
    tex: Path,
    macros: Path,
) -> None:
    """Read the paper's numbers and our tables; write them side by side, and the macros."""
    read = {name: read_table(path) for name, path in tables.items()}
    table = value_table(pd.read_csv(paper), read, stands_for, study)
    caption = f"Numbers of the paper (per cent), and those of the study of size ``{escape(study)}''."
    write_table(table, csv, tex, caption=caption, label="tab:values", columns=COLUMNS)
    write_text(macros, latex_macros(table))


def _value(row: Any, stem: str = "accuracy") -> Value:
    return Value(*(getattr(row, f"{stem}_{part}") for part in ("mean", "std", "low", "high")))


def _with_prnu(name: str, row: Any) -> Iterator[tuple[str, Value]]:
    """The classifier's number, where there is one, and PRNU's under the name prefixed with ``PRNU``."""
    if "accuracy_mean" in row._fields:
        yield name, _value(row)
    for column in row._fields:
        if column.startswith("prnu_") and column.endswith("_euclidean"):
            yield f"PRNU{name}", Value(getattr(row, column))


def _by_hyperparameter(table: pd.DataFrame, spell: Spelling) -> Iterator[tuple[str, Value]]:
    for row in named_rows(table):
        if row.hyperparameter == "difference" and row.value in DIFFERENCES:
            yield from _with_prnu(DIFFERENCES[row.value], row)
        elif row.hyperparameter not in ("difference", "all"):
            yield from _with_prnu(f"AccFor{spell(row.value)}", row)


def _triplets(table: pd.DataFrame, spell: Spelling) -> Iterator[tuple[str, Value]]:
    for row in named_rows(select_paper_rows(table)):
        group = "" if row.scale == "all" else spell(row.scale) + spell(row.loss)
        yield from _with_prnu(f"DistinctionBetweenSeed{group}Acc", row)


def _published(table: pd.DataFrame, _: Spelling) -> Iterator[tuple[str, Value]]:
    means = table[table.network == "mean"]
    for name, (scale, loss) in PUBLISHED.items():
        for row in named_rows(means[(means.scale == scale) & (means.loss == loss)]):
            yield from _with_prnu(name, row)


def _backbones(table: pd.DataFrame, spell: Spelling) -> Iterator[tuple[str, Value]]:
    for row in named_rows(table):
        yield f"{spell(row.backbone.partition('.')[0])}Acc", _value(row)


def _parsers(table: pd.DataFrame, spell: Spelling) -> Iterator[tuple[str, Value]]:
    """Cells of Table 5, lowest and highest scale parsing (L1 not withheld), and one number of section 4.2.1."""
    cells = table[table.tested_on == "unseen"]
    for row in named_rows(cells):
        yield f"{row.task}Withholding{spell(row.withheld)}", _value(row)
    scale = cells[(cells.task == "scale") & (cells.withheld != "L1")].sort_values("accuracy_mean")
    for name, rows in (("ScaleParsingLow", scale.head(1)), ("ScaleParsingHigh", scale.tail(1))):
        for row in named_rows(rows):
            yield name, _value(row)
    known = table[(table.task == "architecture") & table.withheld.isna() & (table.tested_on == "published")]
    for row in named_rows(known):
        yield "PretrainedArchParsingAccuracy", _value(row)


SOURCES = {
    "accuracy_by_hyperparameter": _by_hyperparameter,
    "seed_triplets": _triplets,
    "published_networks": _published,
    "backbones": _backbones,
    "parsers": _parsers,
}
"""Tables with numbers that the paper has, and functions that extract them."""

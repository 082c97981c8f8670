"""The numbers of the paper's text and tables, ours beside them, and LaTeX macros of the paper's names.

``resources/paper/values.csv`` has the paper's numbers, under the names of the authors' LaTeX macros, and with them
some that the authors computed and did not print. A study at the
paper's size is checked against it number by number; in a smaller one, what is smaller than the paper's takes its role
(``stands_for``), or there is no counterpart, and the number is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.table_rows import named_rows
from sr_fingerprints.tables.paper import in_paper_order
from sr_fingerprints.tables.writing import escape, read_table, write_table

NAMES = {
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
"""How the macros' names spell values; others are spelled as they are. Losses that the
paper does not have get names that it does not have."""

DIFFERENCES = {"scale 4 - 2": "ScaleAccRange", "adversarial - L1": "LossAccRange"}
"""The differences in Table 3's last rows that the paper quotes."""

PUBLISHED = {
    "PretrainedClassifierAcc": ("all", "all"),
    "PreTrainedTwoXModelClassifierAcc": ("2", "all"),
    "PreTrainedFourXLOneModelClassifierAcc": ("4", "L1"),
    "PreTrainedGANModelClassifierAcc": ("4", "adversarial"),
}
"""Scale and kind of loss of the published networks that a number is about (section 4.1.2). The paper calls the one at
2X an accuracy of (2X, L1) networks; in the authors' code (analysis/values/model_attribution_values.py,
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
    """Our number for each of the paper's names that this study has a counterpart of.

    ``tables`` are those of `SOURCES` by name, as read from CSV, as far as the study has them. ``stands_for`` tells
    which of our data sets, architectures and backbones have the role of which of the paper's. PRNU's numbers are
    those of Euclidean distance, the paper's match.
    """

    def spelled(value: Any) -> str:
        return NAMES.get(role := stands_for.get(str(value), str(value)), role)

    return {
        name: value
        for table, values_of in SOURCES.items()
        if table in tables
        for name, value in values_of(tables[table], spelled)
    }


def value_table(paper: pd.DataFrame, tables: Tables, stands_for: Mapping[str, str], study: str) -> pd.DataFrame:
    """The paper's names, in its order, with our numbers and the paper's.

    ``paper`` is ``resources/paper/values.csv``. Columns: name; ours, ours_std, ours_low, ours_high (NaN without a
    counterpart); paper, paper_std; difference (ours less the paper's); study, the name of this one; stand_ins, what
    has another's role in it; and where, the place in the paper.
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
    r"""A macro for each number, under the paper's names: ``\val<name>Mean`` and ``...Std``, or plain ``\val<name>``.

    Which of the two forms a name has is as in the authors' file. Numbers have one decimal, missing ones are a dash.
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
    """A number of the classifier, and that of PRNU, under the name with ``PRNU`` in front."""
    yield name, _value(row)
    for column in row._fields:
        if column.startswith("prnu_") and column.endswith("_euclidean"):
            yield f"PRNU{name}", Value(getattr(row, column))


def _by_hyperparameter(table: pd.DataFrame, spelled: Spelling) -> Iterator[tuple[str, Value]]:
    for row in named_rows(table):
        if row.hyperparameter == "difference" and row.value in DIFFERENCES:
            yield from _with_prnu(DIFFERENCES[row.value], row)
        elif row.hyperparameter not in ("difference", "all"):
            yield from _with_prnu(f"AccFor{spelled(row.value)}", row)


def _triplets(table: pd.DataFrame, spelled: Spelling) -> Iterator[tuple[str, Value]]:
    for row in named_rows(in_paper_order(table)):
        group = "" if row.scale == "all" else spelled(row.scale) + spelled(row.loss)
        yield from _with_prnu(f"DistinctionBetweenSeed{group}Acc", row)


def _published(table: pd.DataFrame, _: Spelling) -> Iterator[tuple[str, Value]]:
    means = table[table.network == "mean"]
    for name, (scale, loss) in PUBLISHED.items():
        for row in named_rows(means[(means.scale == scale) & (means.loss == loss)]):
            yield from _with_prnu(name, row)


def _backbones(table: pd.DataFrame, spelled: Spelling) -> Iterator[tuple[str, Value]]:
    for row in named_rows(table):
        yield f"{spelled(row.backbone.partition('.')[0])}Acc", _value(row)


def _parsers(table: pd.DataFrame, spelled: Spelling) -> Iterator[tuple[str, Value]]:
    """The cells of Table 5, the least and the greatest of scale parsing without L1, and one of section 4.2.1."""
    cells = table[table.tested_on == "unseen"]
    for row in named_rows(cells):
        yield f"{row.task}Withholding{spelled(row.withheld)}", _value(row)
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
"""The tables that have numbers of the paper's."""

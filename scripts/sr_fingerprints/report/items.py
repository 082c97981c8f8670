"""Tables and figures of a study, their captions, and the software behind them, as all forms of the report have them.

Findings and captions are reStructuredText, which docutils converts to HTML; raw HTML and files in it are refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree, publish_parts
from docutils.utils import SystemMessage
from docutils.writers import html5_polyglot

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.hdf5 import open_hdf5, read_attributes
from sr_fingerprints.report.columns import ACRONYMS, Column, readable_columns, with_acronyms
from sr_fingerprints.runtime.errors import InputError, explain_unread
from sr_fingerprints.runtime.provenance import versions

DISTRIBUTIONS = ("docutils", "h5py", "jinja2", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
"""Packages used for tables, figures and the report, whose versions it lists."""

DOCUTILS = {
    "_disable_config": True,  # ignore docutils.conf in the working directory
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "embed_stylesheet": False,
    "syntax_highlight": "none",
    "initial_header_level": 2,
    "halt_level": 2,  # warnings are errors, ...
    "traceback": True,  # ... raised as exceptions instead of exiting
    "warning_stream": False,
}


@dataclass(frozen=True)
class Item:
    """A table or figure, and the rule that made it."""

    file: Path  # CSV or PNG
    caption: Path  # reStructuredText
    in_the_paper: str  # such as "Table 3"
    rule: str  # also the name of its script

    @property
    def folder(self) -> str:
        """Folder of the item, ``tables`` or ``figures``."""
        return self.file.parent.name

    @property
    def title(self) -> str:
        """File name in words."""
        words = with_acronyms(self.file.stem)
        return words if words.startswith(tuple(ACRONYMS.values())) else words[0].upper() + words[1:]


def items_of(
    shown: Sequence[str], captions: Sequence[str], in_the_paper: Sequence[str], rules: Sequence[str]
) -> list[Item]:
    """Items from lists of the same length, as rules have them: files, captions, places in the paper, rules."""
    return [
        Item(Path(file), Path(caption), place, rule)
        for file, caption, place, rule in zip(shown, captions, in_the_paper, rules, strict=True)
    ]


def rst_to_html(path: Path, id_prefix: str) -> dict[str, str]:
    """Convert reStructuredText to HTML: its ``title`` and ``body``, with ids that begin with ``id_prefix``."""
    settings: dict[str, Any] = DOCUTILS | {"id_prefix": id_prefix}
    with explain_unread(path):
        text = path.read_text(encoding="utf-8")
    try:
        parts = publish_parts(text, str(path), writer=html5_polyglot.Writer(), settings_overrides=settings)
    except SystemMessage as error:
        raise InputError(f"not reStructuredText: {str(error).splitlines()[0]}") from error
    return {part: parts[part] for part in ("title", "body")}


def opening_of(path: Path) -> str:
    """The first paragraph of a caption (reStructuredText) as plain text on one line."""
    with explain_unread(path):
        text = path.read_text(encoding="utf-8")
    document = publish_doctree(text, str(path), settings_overrides=DOCUTILS)
    paragraph = next(iter(document.findall(nodes.paragraph)), None)
    return " ".join(paragraph.astext().split()) if paragraph is not None else ""


def table_columns(path: Path) -> list[Column]:
    """Read the columns of a CSV file (see `readable_columns`)."""
    return readable_columns(read_csv(path, "a table of results", keep_default_na=False, na_values=[""]))


def software_versions(predictions: Iterable[Path]) -> dict[str, str]:
    """Versions of software by name: of this process, and those recorded in the files of predictions.

    If predictions were computed with several versions, all are listed.
    """
    found = {name: {version} for name, version in versions(*DISTRIBUTIONS).items()}
    for path in predictions:
        with open_hdf5(path, "a file of predictions") as file:
            for name, version in read_attributes(file).get("versions", {}).items():
                found.setdefault(name, set()).add(version)
    return {name: " and ".join(sorted(found[name])) for name in sorted(found)}

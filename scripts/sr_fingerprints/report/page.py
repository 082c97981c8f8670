"""The report: one HTML file with the findings, and every table and figure with its provenance.

The page is static. It has no scripts, images are data URIs, and its Content-Security-Policy forbids browsers to run
or fetch anything. Jinja escapes all text of configurations and tables. Findings and captions are reStructuredText,
which docutils converts to HTML, with raw HTML and file inclusion disabled. The same results give the same page, to
the byte.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils.core import publish_parts
from docutils.utils import SystemMessage
from docutils.writers import html5_polyglot
from jinja2 import Environment, StrictUndefined

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.hdf5 import open_hdf5, read_attributes
from sr_fingerprints.report.columns import ACRONYMS, Column, readable_columns, with_acronyms
from sr_fingerprints.runtime.errors import InputError, explain_unread
from sr_fingerprints.runtime.provenance import versions

DISTRIBUTIONS = ("docutils", "h5py", "jinja2", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
"""Packages used for tables, figures and the page, whose versions it lists."""

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


def write_report(
    items: Sequence[Item],
    *,
    findings: Path,
    template: Path,
    predictions: Iterable[Path],
    study: str,
    version: str,
    output: Path,
) -> None:
    """Write the page that shows ``items`` after the ``findings`` (reStructuredText).

    ``template`` is the page's HTML for Jinja. ``predictions`` (HDF5) record the versions of the software that
    computed them. ``study`` is the name of the study, ``version`` the workflow's (see `workflow_version`). Raises
    `InputError` with the file's name when a table or a text cannot be read.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found = rst_to_html(findings, "findings-")
    page = environment.from_string(template.read_text(encoding="utf-8")).render(
        title=found["title"],
        findings=found["body"],
        items=items,
        captions={item: rst_to_html(item.caption, f"{item.folder}-{item.file.stem}-")["body"] for item in items},
        columns={item: table_columns(item.file) for item in items if item.folder == "tables"},
        images={item: data_uri(item.file) for item in items if item.folder == "figures"},
        study=study,
        version=version,
        software=software_versions(predictions),
    )
    write_text(output, page + "\n")


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


def table_columns(path: Path) -> list[Column]:
    """Read the columns of a CSV file (see `readable_columns`)."""
    return readable_columns(read_csv(path, "a table of results", keep_default_na=False, na_values=[""]))


def data_uri(png: Path) -> str:
    """Data URI with the content of a PNG file."""
    with explain_unread(png):
        return f"data:image/png;base64,{base64.b64encode(png.read_bytes()).decode()}"


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

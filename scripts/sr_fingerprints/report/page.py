"""The report: one HTML file with the findings, every table and every figure, each with where it came from.

The page is static. It has no script, images are data URIs, and its Content-Security-Policy has browsers run nothing
and fetch nothing. Jinja escapes all text of configurations and tables. Findings and captions are reStructuredText,
which docutils turns into HTML, without raw HTML and without files of its choice. The same results make the same page,
to the byte.
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
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import versions

DISTRIBUTIONS = ("docutils", "h5py", "jinja2", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
"""Packages behind tables, figures and this page, whose versions it names."""

DOCUTILS = {
    "_disable_config": True,  # a docutils.conf in the working directory decides nothing
    "raw_enabled": False,
    "file_insertion_enabled": False,
    "embed_stylesheet": False,
    "syntax_highlight": "none",
    "initial_header_level": 2,
    "halt_level": 2,  # warnings stop it, too, ...
    "traceback": True,  # ... as an exception instead of an exit
    "warning_stream": False,
}


@dataclass(frozen=True)
class Item:
    """A table or a figure, as a rule made it."""

    file: Path  # CSV or PNG
    caption: Path  # reStructuredText
    in_the_paper: str  # such as "Table 3"
    rule: str  # its script has the same name

    @property
    def folder(self) -> str:
        """``tables`` or ``figures``."""
        return self.file.parent.name

    @property
    def title(self) -> str:
        """Its file's name in words."""
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

    ``template`` is the page's HTML for Jinja. ``predictions`` (HDF5) tell the versions of what computed them.
    ``study`` is the name of the study, ``version`` the workflow's (see `workflow_version`). Raises `InputError` with
    the file's name when a table or a text cannot be read.
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
    """The ``title`` and the ``body`` of a file of reStructuredText, as HTML; ids in it begin with ``id_prefix``."""
    settings: dict[str, Any] = DOCUTILS | {"id_prefix": id_prefix}
    text = path.read_text(encoding="utf-8")
    try:
        parts = publish_parts(text, str(path), writer=html5_polyglot.Writer(), settings_overrides=settings)
    except SystemMessage as error:
        raise InputError(f"not reStructuredText: {str(error).splitlines()[0]}") from error
    return {part: parts[part] for part in ("title", "body")}


def table_columns(path: Path) -> list[Column]:
    """The columns of a CSV file, for reading (see `readable_columns`)."""
    return readable_columns(read_csv(path, "a table of results", keep_default_na=False, na_values=[""]))


def data_uri(png: Path) -> str:
    """A PNG file as an address that holds its content."""
    return f"data:image/png;base64,{base64.b64encode(png.read_bytes()).decode()}"


def software_versions(predictions: Iterable[Path]) -> dict[str, str]:
    """Versions of software by name: of this process, and those that the files of predictions name.

    Where predictions were computed with several versions of something, all are told.
    """
    found = {name: {version} for name, version in versions(*DISTRIBUTIONS).items()}
    for path in predictions:
        with open_hdf5(path, "a file of predictions") as file:
            for name, version in read_attributes(file).get("versions", {}).items():
                found.setdefault(name, set()).add(version)
    return {name: " and ".join(sorted(found[name])) for name in sorted(found)}

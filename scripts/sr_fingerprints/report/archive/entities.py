"""Small parts of a crate: licences, people, the paper, formats of files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rocrate.rocrate import ROCrate

SPDX = re.compile(r"MIT|BSD-[23]-Clause|(?:Apache|GPL|LGPL|MPL)-\d\.\d|CC-BY(?:-NC)?(?:-SA|-ND)?-\d\.\d|CC0-1\.0")
"""Licences that our tables name as the list of SPDX does, which has a page of each."""

FORMATS = {
    ".bib": "text/plain",
    ".cff": "application/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".lock": "application/toml",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".rst": "text/x-rst",
    ".tex": "application/x-tex",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    ".yaml": "application/yaml",
}


def add(crate: ROCrate, identifier: str, kind: str, /, **properties: Any) -> Any:
    """Add an entity that is no file, unless it is there already; properties without a value are left out."""
    if found := crate.get(identifier):
        return found
    filled = {key: value for key, value in properties.items() if value not in ("", None, [])}
    return crate.add_jsonld({"@id": identifier, "@type": kind} | _references(filled))


def refer(*entities: Any) -> list[dict[str, str]]:
    """References to entities."""
    return [{"@id": entity.id} for entity in entities]


def licence(crate: ROCrate, text: str) -> Any:
    """The licence that a table names, by its page at SPDX if it has one."""
    if SPDX.fullmatch(text):
        return add(crate, f"https://spdx.org/licenses/{text}", "CreativeWork", name=text)
    name = text or "none stated"
    return add(crate, f"#licence-{slug(name)}", "CreativeWork", name=name, description="as its source states it")


def slug(text: str) -> str:
    """A part of an identifier: letters, digits, dots and hyphens."""
    return re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII).strip("-")


def encoding_format(name: str) -> str:
    """Media type of a file."""
    return FORMATS.get(Path(name).suffix, "text/plain")


def read_citation(root: Path) -> Mapping[str, Any]:
    """CITATION.cff."""
    content: Mapping[str, Any] = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    return content


def authors(crate: ROCrate, rows: list[Mapping[str, str]]) -> list[Any]:
    """People and organisations of a citation file."""
    found = []
    for row in rows:
        kind = "Organization" if "name" in row else "Person"
        name = row.get("name") or f"{row['given-names']} {row['family-names']}"
        identifier = row.get("orcid") or row.get("website") or f"#{slug(name)}"
        found.append(add(crate, identifier, kind, name=name))
    return found


def paper(crate: ROCrate, row: Mapping[str, Any]) -> Any:
    """The paper of a citation file."""
    title, journal, year = row["title"], row["journal"], str(row["year"])
    periodical = add(crate, f"#{slug(journal)}", "Periodical", name=journal)
    return add(
        crate,
        row.get("url") or f"#{slug(title)}",
        "ScholarlyArticle",
        name=title,
        author=authors(crate, row["authors"]),
        isPartOf=periodical,
        datePublished=year,
        identifier=row.get("doi", ""),
    )


def _references(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties with references in place of entities."""
    return {key: _reference(value) for key, value in properties.items()}


def _reference(value: Any) -> Any:
    if isinstance(value, list):
        return [_reference(inner) for inner in value]
    return {"@id": value.id} if hasattr(value, "id") else value

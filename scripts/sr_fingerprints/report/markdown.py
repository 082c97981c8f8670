"""Captions, findings and tables as Markdown, as GitHub and GitLab show it.

Texts of a study are text only: what Markdown or HTML would take for markup is escaped.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from docutils import nodes
from docutils.core import publish_doctree
from docutils.utils import SystemMessage

from sr_fingerprints.report.columns import Column
from sr_fingerprints.report.items import DOCUTILS
from sr_fingerprints.runtime.errors import InputError, explain_unread

MARKUP = re.compile(r"[\\`*|$~<&]|(?<!\w)_|_(?!\w)|](?=[\[(:])")
"""What Markdown may take for markup; an underscore inside a word is none."""

AT_START = re.compile(r"^(\d*)(>|[#+.)=-](?=\s|$|[#=-]))")
"""What would make a heading, a list or a quotation of a paragraph."""

AROUND: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.emphasis: ("*", "*"),
    nodes.title_reference: ("*", "*"),
    nodes.strong: ("**", "**"),
    nodes.superscript: ("<sup>", "</sup>"),
    nodes.subscript: ("<sub>", "</sub>"),
}


def escaped(text: str) -> str:
    """``text`` in one line, escaped so that Markdown shows it as it is."""
    entities = {"<": "&lt;", "&": "&amp;"}
    return MARKUP.sub(lambda match: entities.get(match[0], f"\\{match[0]}"), re.sub(r"\s+", " ", text))


def code(text: str) -> str:
    """``text`` as code, in one line."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{' '.join(text.split())}{space}{fence}"


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], numbers: Iterable[bool]) -> str:
    """A table whose cells are escaped text; columns of ``numbers`` are right-aligned and break before ``[`` only."""
    right = list(numbers)
    lines = [
        [escaped(heading) for heading in headings],
        ["---:" if is_number else "---" for is_number in right],
        *(list(map(_cell, row, right)) for row in rows),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str, is_number: bool) -> str:
    shown = escaped(text).strip()
    return re.sub(r" (?!\[)", "\N{NO-BREAK SPACE}", shown) if is_number else shown


def table_of_columns(columns: Sequence[Column]) -> str:
    """A table of results for reading (see `columns.readable_columns`)."""
    rows = zip(*(column.cells for column in columns), strict=True)
    return table((column.heading for column in columns), rows, (column.is_number for column in columns))


def rst_to_markdown(path: Path, level: int) -> str:
    """Convert a caption or the findings, reStructuredText, whose uppermost headings get ``level`` (1 or more).

    Known are headings, paragraphs, lists, emphasis, literals and superscripts. Raises `InputError` for anything
    else, such as HTML and included files, and for what is not reStructuredText.
    """
    with explain_unread(path):
        text = path.read_text(encoding="utf-8")
    settings = DOCUTILS | {"doctitle_xform": False}
    try:
        document = publish_doctree(text, str(path), settings_overrides=settings)
    except SystemMessage as error:
        raise InputError(f"not reStructuredText: {str(error).splitlines()[0]}") from error
    return "\n\n".join(_blocks(document, level, path))


def _blocks(parent: nodes.Element, level: int, path: Path) -> list[str]:
    """Headings, paragraphs and lists below ``parent``, in their order."""
    found: list[str] = []
    for node in parent.children:
        match node:
            case nodes.section():
                found += _blocks(node, level + 1, path)
            case nodes.title():
                found.append(f"{'#' * (level - 1)} {_inline(node, path)}")
            case nodes.paragraph():
                found.append(AT_START.sub(r"\1\\\2", _inline(node, path)))
            case nodes.bullet_list():
                items = ["\n\n".join(_blocks(item, level, path)) for item in _elements(node)]
                found.append("\n".join("* " + re.sub(r"\n(?=.)", "\n  ", item) for item in items))
            case nodes.comment() | nodes.substitution_definition():
                pass
            case _:
                raise _unknown(node, path)
    return found


def _elements(node: nodes.Element) -> Iterable[nodes.Element]:
    return (child for child in node.children if isinstance(child, nodes.Element))


def _inline(parent: nodes.Element, path: Path) -> str:
    """Text of a paragraph or heading, with its emphasis."""
    found = ""
    for node in parent.children:
        if isinstance(node, nodes.Text):
            found += escaped(node.astext())
        elif isinstance(node, nodes.literal):
            found += code(node.astext())
        elif isinstance(node, nodes.Element) and type(node) in AROUND:
            before, after = AROUND[type(node)]
            found += f"{before}{_inline(node, path)}{after}"
        else:
            raise _unknown(node, path)
    return found


def _unknown(node: nodes.Node, path: Path) -> InputError:
    return InputError(
        f"{path}: found {type(node).__name__}; allowed in what is published: headings, paragraphs, lists, emphasis, "
        "literals"
    )

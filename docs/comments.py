"""For the page of the Python interface: comments behind fields of dataclasses are what is said of these."""

from pathlib import Path
from typing import Any

from griffe import Attribute, Docstring, Extension


class CommentsAsDocstrings(Extension):
    """Make the comment at the end of an attribute's line its docstring, where it has none."""

    def on_attribute_instance(self, *, attr: Attribute, **_: Any) -> None:
        if attr.docstring is None and attr.endlineno and isinstance(attr.filepath, Path):
            line = attr.filepath.read_text(encoding="utf-8").splitlines()[attr.endlineno - 1]
            _, behind, comment = line.partition("  # ")
            if behind and not comment.startswith(("noqa", "type:", "fmt:")):
                attr.docstring = Docstring(comment.strip(), parent=attr)

"""For the page of the Python interface: fields of dataclasses, with the comments behind them, as a table."""

from pathlib import Path
from typing import Any

from griffe import Attribute, Class, DocstringAttribute, DocstringSectionAttributes, Extension


class FieldsOfDataclasses(Extension):
    """Add a section to the docstring of a dataclass: its fields, their types, and the comment in the line of each."""

    def on_class_members(self, *, cls: Class, **_: Any) -> None:
        names = {decorator.callable_path.rpartition(".")[2] for decorator in cls.decorators}
        if cls.docstring is None or "dataclass" not in names:
            return
        lines = Path(str(cls.filepath)).read_text(encoding="utf-8").splitlines()
        fields = [
            DocstringAttribute(name, description=comment(lines[field.endlineno - 1]), annotation=field.annotation)
            for name, field in cls.members.items()
            if isinstance(field, Attribute) and field.annotation is not None and field.endlineno
        ]
        sections = [*cls.docstring.parse("sphinx"), DocstringSectionAttributes(fields)]
        cls.docstring.__dict__["parsed"] = sections


def comment(line: str) -> str:
    """What stands behind the code of a line."""
    return line.partition("  # ")[2].strip()

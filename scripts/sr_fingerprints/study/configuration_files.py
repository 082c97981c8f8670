"""Check the text of configuration files for what YAML reads otherwise than it looks, which its values do not show."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from sr_fingerprints.runtime.errors import InputError

NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")

OTHER_BASES = r"[-+]?(0[0-9_]+|0[bx][0-9a-fA-F_]+|[0-9_]+(:[0-5]?[0-9])+(\.[0-9_]*)?)"
"""Numbers that YAML 1.1 reads in base 8, 2, 16 or 60."""


def check_files(paths: Iterable[str | Path]) -> None:
    """Check that no key occurs twice, of which the later one would win, and that all numbers are decimal.

    Files that cannot be parsed are left to Snakemake. Raises `InputError` with the file, the line and the key.
    """
    for path in paths:
        try:
            root = yaml.compose(Path(path).read_text(encoding="utf-8"), yaml.CSafeLoader)
        except (OSError, ValueError, yaml.YAMLError):
            continue
        for place, problem in _problems(root, ""):
            raise InputError(f"{path}: line {place.line + 1}: {problem}")


def in_order(paths: Iterable[str | Path], always_read: str | Path) -> list[str]:
    """Absolute paths in the order in which they are read: ``always_read``, which Snakemake has last, comes first."""
    first = str(Path(always_read).absolute())
    return [first, *(path for path in (str(Path(each).absolute()) for each in paths) if path != first)]


def _problems(node: yaml.Node | None, key: str) -> Iterator[tuple[yaml.Mark, str]]:
    """Yield where each problem of a node is, and what is wrong."""
    if isinstance(node, yaml.MappingNode):
        first: dict[str, int] = {}
        for name, value in node.value:
            inner = f"{key}.{name.value}".lstrip(".")
            if name.value in first and name.tag != "tag:yaml.org,2002:merge":
                yield name.start_mark, f"{inner}: found twice, in line {first[name.value]} too; allowed: once"
            first.setdefault(str(name.value), name.start_mark.line + 1)
            yield from _problems(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _problems(value, f"{key}.{index}")
    elif isinstance(node, yaml.ScalarNode) and node.tag in NUMBERS and re.fullmatch(OTHER_BASES, node.value):
        read = yaml.safe_load(node.value)
        yield node.start_mark, f"{key}: found {node.value}, which YAML reads as {read}; allowed: decimal numbers"

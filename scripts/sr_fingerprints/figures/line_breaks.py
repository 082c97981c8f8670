"""Lines of small type that fit into a width, by the widths of their letters."""

from collections.abc import Iterator
from functools import cache

from matplotlib.textpath import TextPath

from sr_fingerprints.figures.style import DOTS_PER_INCH, SMALL_TYPE
from sr_fingerprints.study.names import parts_of_word, words_of

OMITTED = " ..."


@cache
def width_of(text: str) -> float:
    """Width of a line of small type, in dots."""
    width: float = TextPath((0, 0), text, size=SMALL_TYPE * DOTS_PER_INCH / 72).get_extents().width if text else 0.0
    return width


def lines_of(text: str, width: float, most: int | None = None) -> list[str]:
    """Lines of ``text`` that are at most ``width`` dots wide; a single letter may be wider.

    They end between words; between the parts of one only if it does not fit by itself; anywhere if these do not.
    Of more than ``most`` lines the last ends with three dots in place of the rest.
    """
    lines: list[str] = []
    for piece in _fitting(text, width):
        if lines and width_of((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    lines = [line.rstrip() for line in lines if line.strip()]
    if most is None or len(lines) <= most:
        return lines
    pieces = words_of(lines[most - 1])
    pieces = pieces if len(pieces) > 1 else list(pieces[0])
    while pieces and width_of("".join(pieces).rstrip() + OMITTED) > width:
        pieces.pop()
    return [*lines[: most - 1], "".join(pieces).rstrip() + OMITTED]


def two_lines_of(text: str, least: float) -> list[str]:
    """At most two lines of ``text``, as narrow as they can be, but that what is ``least`` dots wide stays in one."""
    width = max(least, width_of(text) / 2)
    while len(lines := lines_of(text, width)) > 2:
        width *= 1.05
    return lines


def _fitting(text: str, width: float) -> Iterator[str]:
    for word in words_of(text):
        if width_of(word.rstrip()) <= width:
            yield word
            continue
        for part in parts_of_word(word):
            yield from [part] if width_of(part.rstrip()) <= width else part

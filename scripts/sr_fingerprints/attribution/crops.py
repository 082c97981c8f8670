"""Crops over the whole picture: what of an image is looked at."""

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle of an image, in pixels."""

    top: int
    left: int
    height: int
    width: int


def crop_boxes(height: int, width: int, side: int, most: int) -> list[Box]:
    """Squares of ``side`` pixels over an image of ``height`` x ``width`` pixels, in reading order, at most ``most``.

    They form a grid over the whole picture, from edge to edge, the same each time: as many as fit without
    overlapping, or, where these are more than ``most``, so many with gaps of about equal width and height. Where the
    image is smaller than ``side``, crops are as high or wide as it is. There is at least one.
    """
    rows, columns = (max(1, length // side) for length in (height, width))
    if rows * columns > most:
        rows, columns = _fewer(rows, columns, most)
    return [
        Box(top, left, min(side, height), min(side, width))
        for top in _starts(height, side, rows)
        for left in _starts(width, side, columns)
    ]


def _fewer(rows: int, columns: int, most: int) -> tuple[int, int]:
    """The grid of at most ``most`` crops that has the most of them; of several, the one most like the given grid."""
    grids = ((row, min(columns, most // row)) for row in range(1, min(rows, most) + 1))
    return max(grids, key=lambda grid: (grid[0] * grid[1], -abs(grid[0] / grid[1] - rows / columns)))


def _starts(length: int, side: int, number: int) -> list[int]:
    """So many offsets of crops along a length, evenly from edge to edge; a single one is in the middle."""
    room = max(0, length - side)
    if number == 1:
        return [room // 2]
    return [round(index * room / (number - 1)) for index in range(number)]

"""Apply a network to an image in overlapping tiles, for images that would take too much memory."""

from collections.abc import Callable, Iterator

import torch

OVERLAP = 32
"""Low-resolution pixels by which the input of a tile extends beyond its output, at each inner border, by default."""


def in_tiles(
    network: Callable[[torch.Tensor], torch.Tensor],
    images: torch.Tensor,
    scale: int,
    side: int,
    multiple_of: int = 1,
    overlap: int = OVERLAP,
) -> torch.Tensor:
    """Apply ``network`` to tiles of ``images``, float (n, 3, h, w); returns (n, 3, h * scale, w * scale).

    No tile is larger than ``side``, or than three overlaps if that is more. The input of a tile extends by at least
    ``overlap`` low-resolution pixels beyond its output, and borders lie at multiples of ``multiple_of``. Networks
    whose receptive field is within the overlap give the same pixels as for the whole image. Networks with global
    operations (channel attention, non-local attention) do not.
    """
    batch, _, height, width = images.shape
    whole = images.new_empty(batch, 3, height * scale, width * scale)
    for top, bottom, first_row, last_row in _spans(height, side, multiple_of, overlap):
        for left, right, first_column, last_column in _spans(width, side, multiple_of, overlap):
            tile = network(images[:, :, first_row:last_row, first_column:last_column])
            own = tile[
                :,
                :,
                scale * (top - first_row) : scale * (bottom - first_row),
                scale * (left - first_column) : scale * (right - first_column),
            ]
            whole[:, :, scale * top : scale * bottom, scale * left : scale * right] = own
    return whole


def _spans(length: int, side: int, multiple_of: int, overlap: int) -> Iterator[tuple[int, int, int, int]]:
    """Start and end of each tile's output, and of its input, along one axis in low-resolution pixels."""
    overlap += -overlap % multiple_of
    step = length if length <= side else max(overlap, multiple_of, (side - 2 * overlap) // multiple_of * multiple_of)
    for start in range(0, length, step):
        end = min(start + step, length)
        yield start, end, max(start - overlap, 0), min(end + overlap, length)

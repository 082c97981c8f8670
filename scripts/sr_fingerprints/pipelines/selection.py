"""Choice of some images of a collection, spread over its source photos."""

from collections.abc import Sequence

import numpy as np


def spread_over_sources(source: Sequence[str] | np.ndarray, count: int | None) -> list[int]:
    """Indices of ``count`` of the images, ascending, as evenly from each source photo as there are images of it.

    ``source`` has the source photo of every image. None, or more than there are, chooses all. Of one photo, images
    are chosen at even distances.
    """
    if count is None or count >= len(source):
        return list(range(len(source)))
    rows: dict[str, list[int]] = {}
    for index, name in enumerate(source):
        rows.setdefault(str(name), []).append(index)
    share = dict.fromkeys(rows, 0)
    while sum(share.values()) < count:
        open_ones = [name for name in rows if share[name] < len(rows[name])]
        share[min(open_ones, key=lambda name: share[name])] += 1
    return sorted(
        rows[name][index * len(rows[name]) // taken] for name, taken in share.items() for index in range(taken)
    )

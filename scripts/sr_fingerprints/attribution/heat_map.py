"""Which network speaks where in an image: evidence of every neighbourhood, for images made of several parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attribution.crops import Box
from sr_fingerprints.attribution.evidence import image_evidence

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle

Floats = npt.NDArray[np.float64]

MOST_WINDOWS = 576
"""Windows of an image, 24 x 24 of a square one; in a larger one they lie further apart."""

OVERLAP = 4
"""Windows start every so manieth of their side, in images that are small enough."""

BORDER = 0.75
"""Of the side of a window: as far from the border as a place has to be for its own evidence."""

NOT_SUPER_RESOLVED = "not super-resolved"


@dataclass(frozen=True)
class HeatMap:
    """Answers by place: ``rows`` x ``columns`` cells that cover the image, each from the windows that contain it."""

    tops: npt.NDArray[np.int64]  # (rows + 1,), edges of the cells in pixels, from 0 to the height of the image
    lefts: npt.NDArray[np.int64]  # (columns + 1,), from 0 to its width
    names: tuple[str, ...]  # k answers: the networks, their groups, `NOT_SUPER_RESOLVED`
    members: tuple[frozenset[int], ...]  # k: places of the sources that each leaves
    probabilities: Floats  # (rows, columns, sources), which add up to 1
    speaks: npt.NDArray[np.intp]  # (rows, columns), which of ``names`` a cell is decided for; -1 for none
    side: int  # pixels of a window: nothing smaller can be located

    @property
    def shares(self) -> dict[str, float]:
        """Share of the area that is decided for each of ``names``, the largest first; the rest is undecided."""
        found: dict[str, float] = {}
        for place, share in self.spoken:
            found[self.names[place]] = found.get(self.names[place], 0.0) + share
        return found

    @property
    def spoken(self) -> list[tuple[int, float]]:
        """The places of these names, with their shares."""
        area = np.outer(np.diff(self.tops), np.diff(self.lefts)) / (self.tops[-1] * self.lefts[-1])
        found = [(place, float(area[self.speaks == place].sum())) for place in range(len(self.names))]
        return sorted(((place, share) for place, share in found if share), key=lambda each: -each[1])

    @property
    def certainty(self) -> Floats:
        """Probability of the answer of each cell, (rows, columns); 0 for cells without one."""
        within = np.array(
            [[place in members for members in self.members] for place in range(self.probabilities.shape[2])]
        )
        found = self.probabilities @ within
        chosen = np.take_along_axis(found, np.maximum(self.speaks, 0)[..., None], axis=2)[..., 0]
        return np.asarray(np.where(self.speaks >= 0, chosen, 0.0))


def heat_map(bundle: "Bundle", image: npt.NDArray[np.uint8]) -> HeatMap:
    """The answers of ``bundle`` in each neighbourhood of an image, uint8 (h, w, 3), RGB.

    Windows of the size of the bundle's crops overlap. The evidence of a cell is the mean of the features of all
    windows that contain it: of probabilities, a few bold ones would decide. A cell is decided as an image of a single
    crop is, by the thresholds of the bundle, without stability. Where windows straddle the edge of a part, their
    evidence is a mixture; so edges are known to about half a window.
    """
    height, width = image.shape[:2]
    tops, lefts = _starts(height, width, bundle.side)
    sides = min(bundle.side, height), min(bundle.side, width)
    boxes = [Box(int(top), int(left), *sides) for top in tops for left in lefts]
    found = image_evidence(bundle.classifier, image, boxes).astype(np.float64)
    features = found.reshape(len(tops), len(lefts), -1)
    rows, columns = (_edges(starts, side) for starts, side in zip((tops, lefts), sides, strict=True))
    vertical, horizontal = _containing(rows, tops, sides[0]), _containing(columns, lefts, sides[1])
    cells = np.einsum("rt,tld,cl->rcd", vertical, features, horizontal).reshape(-1, features.shape[2])
    model = bundle.model
    one_crop = np.ones(len(cells), np.int64)
    decided = model.decide(cells, one_crop)
    networks = np.flatnonzero(model.kind("network"))
    answers = [
        *((model.sources[place].words, [place]) for place in networks.tolist()),
        *((group.words, group.members) for group in model.groups),
        (NOT_SUPER_RESOLVED, np.flatnonzero(~model.kind("network")).tolist()),
    ]
    speaks = np.select(
        [decided.decision == name for name in ("network", "group", "not_super_resolved")],
        [np.searchsorted(networks, decided.best), len(networks) + decided.group, len(answers) - 1],
        -1,
    )
    grid = len(rows) - 1, len(columns) - 1
    return HeatMap(
        tops=rows,
        lefts=columns,
        names=tuple(words for words, _ in answers),
        members=tuple(frozenset(members) for _, members in answers),
        probabilities=decided.probabilities.reshape(*grid, -1),
        speaks=speaks.reshape(grid),
        side=bundle.side,
    )


def _starts(height: int, width: int, side: int) -> Sequence[npt.NDArray[np.int64]]:
    """Offsets of windows from edge to edge, evenly, `MOST_WINDOWS` of them at most."""
    step = max(1, side // OVERLAP)
    while True:
        numbers = [ceil(max(0, length - side) / step) + 1 for length in (height, width)]
        if numbers[0] * numbers[1] <= MOST_WINDOWS:
            break
        step += max(1, side // 16)
    return [
        np.linspace(0, max(0, length - side), number).round().astype(np.int64)
        for length, number in zip((height, width), numbers, strict=True)
    ]


def _edges(starts: npt.NDArray[np.int64], side: int) -> npt.NDArray[np.int64]:
    """Edges of the cells: wherever a window begins or ends, the set of windows changes."""
    edges = np.concatenate([starts, starts + side])
    return np.unique(edges)


def _containing(edges: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], side: int) -> Floats:
    """Weight (cells, windows) of each window in the mean of each cell between two ``edges``.

    Cells near the border, which few windows contain, have those that contain a point further inside; cells between
    windows with gaps have the nearest ones.
    """
    margin = min(BORDER * side, edges[-1] / 2)
    points = np.clip((edges[:-1] + edges[1:]) / 2, margin, edges[-1] - margin)[:, None]
    inside = (starts <= points) & (points <= starts + side)
    away = np.abs(points - (starts + side / 2))
    inside |= away == away.min(axis=1, keepdims=True)
    return np.asarray(inside / inside.sum(axis=1, keepdims=True))

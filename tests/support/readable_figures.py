"""Looking at a figure as it would be saved: whether its texts can be read."""

from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

SMALLEST = 7  # points
TRUE_TYPE = 42  # as matplotlib calls it
TOUCHING = 2.0  # dots of 200 an inch by which the boxes of two lines may overlap: letters do not fill them


@contextmanager
def recorded(owner, method):
    """The objects that a method is called on."""
    objects, original = [], getattr(owner, method)

    def record(self, *arguments, **keywords):
        objects.append(self)
        return original(self, *arguments, **keywords)

    with patch.object(owner, method, record):
        yield objects


def drawn(draw, folder):
    """The figure that ``draw(pdf, png)`` saves as both; in the PDF, letters stay letters of a TrueType font.

    The files stay empty: writing them takes several times as long as making the figure.
    """
    saved = []

    def save(figure, path, format, **keywords):
        saved.append((format, figure, matplotlib.rcParams["pdf.fonttype"]))
        Path(path).touch()

    with patch.object(Figure, "savefig", save):
        draw(folder / "figure.pdf", folder / "figure.png")
    (pdf, figure, font_type), (png, same, _) = saved
    assert (pdf, png) == ("pdf", "png") and figure is same and font_type == TRUE_TYPE
    return figure


def assert_readable(figure):
    """No text is smaller than 7 points, none is cut off by the page's edge, and no two overlap."""
    with recorded(Text, "draw") as texts:
        figure.draw_without_rendering()
    texts = [text for text in texts if text.get_visible() and text.get_text().strip()]
    assert texts
    smallest = min(texts, key=Text.get_fontsize)
    assert smallest.get_fontsize() >= SMALLEST, f"{smallest.get_text()!r} has {smallest.get_fontsize()} points"
    boxes = np.array([text.get_window_extent().extents for text in texts])
    page = figure.bbox.extents
    for text, box in zip(texts, boxes, strict=True):
        assert (box[:2] >= page[:2] - 1).all() and (box[2:] <= page[2:] + 1).all(), f"{text.get_text()!r} is cut off"
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    overlapping = np.triu((high - low > TOUCHING).all(axis=-1), 1)
    pairs = [(texts[i].get_text(), texts[j].get_text()) for i, j in np.argwhere(overlapping)]
    assert not pairs, f"{pairs[0]} overlap, and {len(pairs) - 1} other pairs"

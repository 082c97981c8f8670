"""Draw images and beside each what is answered of it: the picture of README.md.

uv run python -m sr_fingerprints.attribution.answers_figure FOLDER PNG [BUNDLE]
"""

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from sr_fingerprints.attribution.one_image import attribute, load_bundle
from sr_fingerprints.attribution.published import ANSWERS
from sr_fingerprints.figures.style import PAGE_WIDTH, PALETTE, in_house_style, new_figure
from sr_fingerprints.files.atomic import atomic_path
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    from sr_fingerprints.attribution.decisions import Attribution

COLUMNS = 2
SIDE = 1.0  # inches, of an image
DOTS_PER_INCH = 160
COLOURS = 256
"""Of the PNG's palette, which makes it a third as large; the images are shown reduced in any case."""

LETTERS = 30  # of a line beside an image
ANSWER = {
    "network": ("made by", PALETTE[0]),
    "group": ("made by one of", PALETTE[0]),
    "not_super_resolved": ("not super-resolved", PALETTE[2]),
    "unknown": ("unknown", PALETTE[1]),
    "undecided": ("undecided", PALETTE[6]),
}
"""What stands above the words of an answer, and its colour, by decision."""


def answers_of_folder(folder: str | Path, bundle: str | Path | None = None) -> "list[tuple[Path, Attribution]]":
    """Each image of a folder, in the order of names, and its answer. Raises `InputError` for a folder without any."""
    paths = sorted(path for path in Path(folder).glob("*") if path.is_file() and path.name != ANSWERS)
    if not paths:
        raise InputError(f"{folder}: found no images; allowed: a folder with a handful")
    known = load_bundle(bundle)
    return [(path, attribute(path, known)) for path in paths]


@in_house_style
def draw_answers(answers: "Sequence[tuple[Path, Attribution]]", png: str | Path) -> None:
    """Write images with their answers as PNG, on white, so that it can be read on dark pages too.

    Its text ``bundle`` is the SHA-256 of the bundle that answered.
    """
    rows = -(-len(answers) // COLUMNS)
    width, row = PAGE_WIDTH / COLUMNS, SIDE + 0.16
    figure = new_figure(rows * row + 0.12)
    height = figure.get_figheight()
    for number, (path, answer) in enumerate(answers):
        left = number % COLUMNS * width + 0.12
        top = height - 0.12 - number // COLUMNS * row
        pixels = int(SIDE * DOTS_PER_INCH)
        square = ImageOps.fit(read_photo(path), (pixels, pixels), Image.Resampling.LANCZOS)
        place = int(left * DOTS_PER_INCH), int((top - SIDE) * DOTS_PER_INCH)
        figure.figimage(np.asarray(square), *place, origin="upper", resize=False)
        x, (kind, colour) = (left + SIDE + 0.1) / PAGE_WIDTH, ANSWER[answer.decision]
        for below, text, style in (
            (0.02, path.name, {"fontsize": 6.5, "family": "monospace", "color": "#666666"}),
            (0.2, kind, {"fontsize": 7, "color": colour}),
            (0.34, _words(answer), {"fontsize": 8.5, "weight": "bold", "color": "#111111"}),
            (SIDE - 0.2, _numbers(answer), {"fontsize": 7, "color": "#444444"}),
        ):
            figure.text(x, (top - below) / height, text, style, va="top")
    with atomic_path(png) as temporary:
        figure.savefig(temporary, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
        drawn = Image.open(temporary).convert("RGB").quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
        told = PngInfo()
        told.add_text("bundle", str(answers[0][1].bundle["sha256"]))
        drawn.save(temporary, format="png", optimize=True, pnginfo=told)


def _words(answer: "Attribution") -> str:
    if answer.decision == "not_super_resolved":
        words = f"most like: {answer.words}"
    else:
        words = answer.words or f"likeliest: {answer.candidates[0].words}"
    lines = textwrap.wrap(words, LETTERS)
    return "\n".join([*lines[:2], lines[2] + " ..."] if len(lines) > 3 else lines[:3])


def _numbers(answer: "Attribution") -> str:
    """Of the answer, or, where there is none, of any network at all."""
    if answer.words is None:
        return f"any network: probability {_share(answer.super_resolved)}"
    return f"probability {_share(answer.probability)}, {len(answer.prediction_set)} in the 95 % set"


def _share(probability: float) -> str:
    """A probability, never rounded to certainty."""
    return "above 0.999" if probability > 0.999 else "below 0.001" if probability < 0.001 else f"{probability:.3f}"


def main(arguments: Sequence[str]) -> int:
    """Draw what the program is told; returns the exit status."""
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    folder, png, *bundle = arguments
    try:
        draw_answers(answers_of_folder(folder, *bundle), png)
    except InputError as error:
        print(f"answers_figure: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Lines of small type: they fit by the widths of their letters, and end where words do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readable_figures import assert_readable

from sr_fingerprints.figures.line_breaks import lines_of, two_lines_of, width_of
from sr_fingerprints.figures.patches import Cell, _draw, _room
from sr_fingerprints.figures.style import in_house_style

WIDE = "MWMWMWMWMWMWMWMWMWMW"
NAMES = ["4x_My_LongUpscaler_Name_v2_final", "Waifu2xCUNet_conservative 2X GAN", f"{WIDE} 4X", "EDSR 2X L1"]


@given(st.text(st.sampled_from("MWil1_- xXé"), max_size=60), st.integers(40, 400))
def test_lines_fit_and_together_are_the_text(text, width):
    lines = lines_of(text, width)
    assert all(width_of(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("EDSR 2X ResNet GAN", ["EDSR 2X ResNet", "GAN"]),
        ("Waifu2xCUNet_conservative", ["Waifu2xCUNet_", "conservative"]),
        ("photo-0-252", ["photo-0-252"]),
        (WIDE, ["MWMWMWMWM", "WMWMWMWM", "WMW"]),
        ("", []),
    ],
)
def test_they_end_between_words_and_within_one_only_if_they_must(text, lines):
    assert lines_of(text, 160) == lines


def test_what_is_left_out_is_told_within_the_width():
    assert lines_of("one two three four five", 100, most=2) == ["one two", "three ..."]
    (line,) = lines_of(WIDE, 160, most=1)
    assert line.endswith("M ...") and width_of(line) <= 160


@pytest.mark.parametrize("text", NAMES)
def test_two_lines_are_about_as_wide(text):
    lines = two_lines_of(text, 100)
    assert len(lines) <= 2 and "".join("".join(lines).split()) == "".join(text.split())
    assert max(map(width_of, lines)) < max(100, 0.75 * width_of(text))


@in_house_style
def drawn(side):
    cells = [Cell(np.zeros((side, side, 3), np.uint8), [*lines_of(name, _room(side)), "30.1 dB"]) for name in NAMES]
    return _draw({"Own networks": 3 * cells}, side)


@pytest.mark.parametrize("side", [32, 100, 150])
def test_names_below_patches_can_be_read(side):
    assert_readable(drawn(side))

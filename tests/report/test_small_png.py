"""Figures for a repository: small ones as they are, large ones with fewer colours, then fewer pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from sr_fingerprints.report.small_png import small_png
from sr_fingerprints.runtime.errors import InputError


@pytest.fixture
def figure(tmp_path):
    """Text-like black on white, and a photo-like patch of smooth colours with noise."""
    random = np.random.default_rng(0)
    pixels = np.full((300, 400, 3), 255, np.uint8)
    pixels[10:60:4, 10:300] = 0
    ramp = np.linspace(0, 255, 200)[None, :, None] * [1, 0.5, 0.25] + random.normal(0, 3, (200, 200, 3))
    pixels[80:280, 20:220] = ramp.clip(0, 255)
    path = tmp_path / "figure.png"
    Image.fromarray(pixels).save(path)
    return path


def decoded(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def test_a_small_one_is_copied(figure):
    assert small_png(figure) == figure.read_bytes()


def test_a_large_one_keeps_its_size_and_nearly_its_colours(figure):
    content = small_png(figure, 60_000)
    assert len(content) <= 60_000 < figure.stat().st_size
    difference = np.abs(decoded(content) - decoded(figure.read_bytes()))
    assert difference.mean() < 3 and difference[10:60].max() <= 8  # lines stay black on white
    assert small_png(figure, 60_000) == content


def test_a_very_large_one_has_fewer_pixels_but_never_less_than_half(figure):
    smallest = decoded(small_png(figure, 1))
    assert smallest.shape == (150, 200, 3)
    assert decoded(small_png(figure, len(small_png(figure, 1)) * 2)).shape[1] in (250, 300, 350)


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / "figure.png").write_bytes(b"no")
    with pytest.raises(InputError, match=r"figure\.png: damaged, or not a PNG file"):
        small_png(tmp_path / "figure.png")

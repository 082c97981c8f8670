"""Bicubic resizing is the field's, and keeps images aligned."""

import numpy as np
import pytest
from basicsr.utils.matlab_functions import imresize

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.interpolation import upscale_photos
from sr_fingerprints.photos.low_resolution import downscale, upscale
from sr_fingerprints.photos.network_inputs import downscale_photos
from sr_fingerprints.runtime.errors import InputError

SCALES = [2, 3, 4]


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (48, 60, 3), np.uint8)


@pytest.mark.parametrize("scale", SCALES)
def test_both_ways_are_those_of_basicsr(image, scale):
    for ours, theirs in [
        (downscale(image, scale), imresize(image / 255, 1 / scale)),
        (upscale(image, scale), imresize(image / 255, scale)),
    ]:
        # Ours is exact, theirs has 32 bits: a value that ends in .5 may be rounded the other way.
        different = np.abs(ours - (theirs * 255).round().clip(0, 255)) > 0
        assert different.mean() < 1e-3
        assert np.abs(ours - (theirs * 255).clip(0, 255)).max() < 0.502


def test_at_scale_1_a_photo_stays_as_it_is(image):
    assert (downscale(image, 1) == image).all() and (upscale(image, 1) == image).all()


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("value", [0, 7, 255])
def test_a_constant_image_stays_constant(scale, value):
    constant = np.full((24, 36, 3), value, np.uint8)
    assert downscale(constant, scale).shape == (24 // scale, 36 // scale, 3)
    assert upscale(constant, scale).shape == (24 * scale, 36 * scale, 3)
    assert (downscale(constant, scale) == value).all()
    assert (upscale(constant, scale) == value).all()


@pytest.mark.parametrize("scale", SCALES)
def test_a_pixel_is_the_mean_of_its_square_where_the_image_is_linear(scale):
    ramp = np.arange(72, dtype=np.uint8)[:, None] + np.arange(72, dtype=np.uint8)
    squares = ramp.reshape(72 // scale, scale, 72 // scale, scale).mean(axis=(1, 3))
    low = downscale(np.repeat(ramp[:, :, None], 3, axis=2), scale)
    inner = slice(3, -3)
    assert np.abs(low[inner, inner] - squares[inner, inner, None]).max() <= 0.5


@pytest.mark.parametrize("scale", SCALES)
def test_a_flipped_image_gives_the_flipped_result(image, scale):
    assert np.array_equal(downscale(image[::-1, ::-1], scale), downscale(image, scale)[::-1, ::-1])
    assert np.array_equal(upscale(image[::-1, ::-1], scale), upscale(image, scale)[::-1, ::-1])


def test_a_collection_keeps_its_rows(tmp_path, image):
    with ImageWriter(tmp_path / "photos.h5", {}) as writer:
        writer.append(image, "a-0", "a", "train")
        writer.append(image[:24, :36], "b-0", "b", "test")
    downscale_photos(tmp_path / "photos.h5", 4, tmp_path / "photos-x4.h5")
    with ImageFile(tmp_path / "photos-x4.h5") as low:
        assert low.photo.tolist() == ["a-0", "b-0"]
        assert low.source.tolist() == ["a", "b"]
        assert low.split.tolist() == ["train", "test"]
        assert low.attributes["scale"] == 4
        assert np.array_equal(low.image(0), downscale(image, 4))
        assert np.array_equal(low.image(1), downscale(image[:24, :36], 4))


def test_interpolated_photos_lie_where_the_photos_do(tmp_path, image):
    with ImageWriter(tmp_path / "photos.h5", {}) as writer:
        writer.append(image, "a-0", "a", "train")
        writer.append(image[:24, :36], "b-0", "b", "test")
    downscale_photos(tmp_path / "photos.h5", 2, tmp_path / "photos-x2.h5")
    upscale_photos(tmp_path / "photos-x2.h5", tmp_path / "bicubic-x2.h5", "bicubic-x2")
    with ImageFile(tmp_path / "photos.h5") as photos, ImageFile(tmp_path / "bicubic-x2.h5") as made:
        for key in ("photo", "source", "split"):
            assert np.array_equal(getattr(made, key), getattr(photos, key))
        assert np.array_equal(made.size, photos.size)
        assert np.array_equal(made.image(1), upscale(downscale(image[:24, :36], 2), 2))
        assert made.attributes["scale"] == 2 and made.attributes["network"] == "bicubic-x2"


def test_a_photo_that_the_scale_does_not_divide_is_named(tmp_path, image):
    with ImageWriter(tmp_path / "photos.h5", {}) as writer:
        writer.append(image[:47], "odd", "odd", "train")
    with pytest.raises(InputError, match=r"photos\.h5: odd has 60 x 47 pixels; allowed: multiples of 2"):
        downscale_photos(tmp_path / "photos.h5", 2, tmp_path / "photos-x2.h5")
    assert not (tmp_path / "photos-x2.h5").exists()

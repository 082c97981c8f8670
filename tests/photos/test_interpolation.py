"""Kernels of interpolation are what their names say, and no two of them give the same images."""

import cv2
import numpy as np
import pytest
import yaml
from checked_study import DEMO, SCHEMA, nodes
from PIL import Image
from skimage import data

from sr_fingerprints.photos.interpolation import KERNELS, interpolate
from sr_fingerprints.photos.low_resolution import downscale

SCALES = [2, 3, 4]


@pytest.fixture(scope="module")
def photo():
    return data.astronaut()[24:216, 120:312]


@pytest.mark.parametrize("scale", SCALES)
def test_no_two_kernels_give_the_same_images(photo, scale):
    low = downscale(photo, scale)
    made = {kernel: interpolate(low, scale, kernel) for kernel in KERNELS}
    assert all(image.shape == photo.shape and image.dtype == np.uint8 for image in made.values())
    assert len({image.tobytes() for image in made.values()}) == len(KERNELS)
    errors = {kernel: np.square(image.astype(float) - photo).mean() for kernel, image in made.items()}
    assert max(errors, key=errors.__getitem__) == "nearest"  # all lie where the photo does


@pytest.mark.parametrize("scale", SCALES)
def test_nearest_stands_for_all_programs_that_repeat_pixels(photo, scale):
    low = downscale(photo, scale)
    size = (photo.shape[1], photo.shape[0])
    nearest = interpolate(low, scale, "nearest")
    assert np.array_equal(nearest, low.repeat(scale, axis=0).repeat(scale, axis=1))
    for method in (cv2.INTER_NEAREST, cv2.INTER_NEAREST_EXACT, cv2.INTER_AREA):
        assert np.array_equal(nearest, cv2.resize(low, size, interpolation=method))
    assert np.array_equal(nearest, np.asarray(Image.fromarray(low).resize(size, Image.Resampling.BOX)))


@pytest.mark.parametrize("scale", SCALES)
def test_kernels_of_one_parameter_differ_by_rounding_and_others_by_more(photo, scale):
    low = downscale(photo, scale)

    def far(one, other):
        """Share of the values that differ by more than a grey level, away from the border."""
        difference = np.abs(interpolate(low, scale, one).astype(int) - interpolate(low, scale, other))
        inner = slice(8 * scale, -8 * scale)
        return (difference[inner, inner] > 1).mean()

    assert far("bilinear", "opencv_bilinear") == 0
    assert far("bicubic", "pillow_bicubic") < 0.001
    for one, other in (("bicubic", "opencv_bicubic"), ("lanczos", "opencv_lanczos"), ("bicubic", "lanczos")):
        assert far(one, other) > 0.05


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_constant_image_stays_constant(kernel):
    assert (interpolate(np.full((12, 9, 3), 77, np.uint8), 3, kernel) == 77).all()


def test_the_configuration_allows_all_kernels():
    schema = yaml.safe_load(SCHEMA.read_text())
    allowed = dict(nodes(schema, DEMO, schema))["networks.interpolations.0"]["enum"]
    assert sorted(allowed) == sorted(KERNELS)

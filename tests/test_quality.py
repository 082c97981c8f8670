"""Image quality: the field's definitions, measured between the right images."""

import csv

import numpy as np
import pytest
from scipy.signal import convolve2d

from sr_fingerprints.errors import InputError
from sr_fingerprints.low_resolution import downscale_photos, upscale
from sr_fingerprints.quality import measure_quality, psnr, ssim
from sr_fingerprints.storage import ImageFile, ImageWriter

SPLITS = ["train", "test", "validation", "test"]


@pytest.fixture
def pair():
    random = np.random.default_rng(0)
    image = random.integers(40, 200, (40, 30, 3), np.uint8)
    return image, image + random.integers(0, 30, image.shape, np.uint8)


def test_psnr_has_a_peak_of_255(pair):
    image, _ = pair
    assert psnr(image, image + 1) == pytest.approx(20 * np.log10(255))
    assert psnr(image, image + 10) == pytest.approx(20 * np.log10(25.5))
    assert psnr(image, image) == np.inf


def test_ssim_is_the_formula_of_the_paper(pair):
    """Equation 13 of Wang et al. 2004, with their window and constants, over windows inside the image."""
    distance = np.arange(-5, 6)
    window = np.exp(-(distance[:, None] ** 2 + distance**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(values):
        return convolve2d(values, window, mode="valid")

    expected = []
    for x, y in zip(*(np.moveaxis(image.astype(float), 2, 0) for image in pair), strict=True):
        mx, my = mean(x), mean(y)
        vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        luminance = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
        expected.append((luminance * (2 * cov + c2) / (vx + vy + c2)).mean())
    assert ssim(*pair) == pytest.approx(np.mean(expected), abs=1e-6)
    assert ssim(pair[0], pair[0]) == pytest.approx(1)


@pytest.fixture
def study(tmp_path):
    """Photos, their low resolutions, the photos themselves with black borders, and noisy ones."""
    random = np.random.default_rng(1)
    with (
        ImageWriter(tmp_path / "photos.h5", {}) as photos,
        ImageWriter(tmp_path / "perfect.h5", {}) as perfect,
        ImageWriter(tmp_path / "noisy.h5", {}) as noisy,
    ):
        for number, split in enumerate(SPLITS):
            image = upscale(random.integers(30, 220, (12, 16 + 4 * number, 3), np.uint8), 4)
            names = {"photo": f"photo{number}", "source": "source", "split": split}
            photos.append(image, **names)
            framed = image.copy()
            framed[:2], framed[-2:], framed[:, :2], framed[:, -2:] = 0, 0, 0, 0
            perfect.append(framed, **names)
            noisy.append(np.clip(image + random.normal(0, 40, image.shape), 0, 255).astype(np.uint8), **names)
    downscale_photos(tmp_path / "photos.h5", 2, tmp_path / "photos-x2.h5")
    return tmp_path


def measured(study, name, split="test"):
    output = study / f"{name}.csv"
    measure_quality(study / "photos.h5", study / "photos-x2.h5", study / f"{name}.h5", split, output)
    with output.open() as stream:
        return list(csv.DictReader(stream))


def test_the_photos_of_one_split_are_measured(study):
    rows = measured(study, "noisy")
    assert [row["photo"] for row in rows] == ["photo1", "photo3"]
    assert list(rows[0]) == ["photo", "psnr", "ssim", "psnr_bicubic", "ssim_bicubic", "lpips"]
    assert all(row["lpips"] == "" for row in rows)
    assert [row["photo"] for row in measured(study, "noisy", "train")] == ["photo0"]


def test_a_border_as_wide_as_the_scale_does_not_count(study):
    for row in measured(study, "perfect"):
        assert float(row["psnr"]) == np.inf
        assert float(row["ssim"]) == pytest.approx(1)


def test_noise_is_worse_than_bicubic_and_bicubic_is_measured_on_the_low_resolution(study):
    with ImageFile(study / "photos.h5") as photos, ImageFile(study / "photos-x2.h5") as low:
        pairs = [(upscale(low.image(index), 2), photos.image(index)) for index in photos.indices("test")]
    for row, (bicubic, photo) in zip(measured(study, "noisy"), pairs, strict=True):
        assert float(row["psnr"]) < float(row["psnr_bicubic"])
        assert float(row["ssim"]) < float(row["ssim_bicubic"])
        assert float(row["psnr_bicubic"]) == psnr(bicubic[2:-2, 2:-2], photo[2:-2, 2:-2])


def test_images_of_other_photos_are_refused(study):
    with ImageWriter(study / "other.h5", {}) as writer:
        writer.append(np.zeros((48, 64, 3), np.uint8), photo="photo9", source="source", split="test")
    with pytest.raises(InputError, match=r"other\.h5: not made from the photos in .*photos\.h5"):
        measured(study, "other")
    assert not (study / "other.csv").exists()

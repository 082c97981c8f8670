import numpy as np
import pytest
from skimage import data

from sr_fingerprints.fingerprints import spectra
from sr_fingerprints.fingerprints.removal import changed
from sr_fingerprints.photos.low_resolution import downscale, upscale
from sr_fingerprints.prnu.denoisers import noise_residuals


@pytest.fixture(scope="module")
def photos():
    """12 tiles of 128 pixels of a photo, uint8."""
    photo = data.astronaut()
    return np.stack(
        [photo[top : top + 128, left : left + 128] for top in (0, 128, 256) for left in range(0, 512, 128)]
    )


def pattern_of(period, size=3.0, seed=0):
    """A pattern without a mean, one period of it, float32 (1, period, period, 3)."""
    pattern = np.random.default_rng(seed).normal(0, size, (1, period, period, 3)).astype(np.float32)
    return pattern - pattern.mean(axis=(1, 2), keepdims=True)


def share_of(images, scale, side=32):
    """Shares of the first channel."""
    return spectra.grid_share(spectra.power_spectrum(images[..., 0], side), scale)


def test_white_noise_has_its_variance_everywhere_and_the_share_of_the_bins():
    noise = np.random.default_rng(0).normal(100, 5, (200, 64, 64, 1))
    power = spectra.power_spectrum(noise[..., 0], 32)
    assert power.shape == (200, 32, 17)
    assert power.mean(axis=0)[4:28] == pytest.approx(25, rel=0.15)
    for scale, bins in ((2, 27), (4, 135)):
        shares = share_of(noise, scale)
        assert shares.white == bins / (32 * 32 - 9)
        assert shares.share.mean() == pytest.approx(shares.white, rel=0.03)
        assert abs(shares.excess.mean()) < 0.004


def test_a_flat_spectrum_has_no_excess_at_all():
    shares = spectra.grid_share(np.ones((1, 24, 13)), 4)
    assert shares.share == pytest.approx(shares.white, abs=1e-12) and shares.excess == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_all_the_energy_of_a_pattern_is_at_the_frequencies_of_its_grid(scale):
    side = spectra.patch_side(32, scale)
    image = spectra.tiled(pattern_of(scale), 96, 96) + 128
    shares = share_of(image, scale, side)
    assert shares.share == pytest.approx(1, abs=1e-5) and shares.excess == pytest.approx(1, abs=1e-5)
    beside = spectra.tiled(spectra.beside_the_grid(pattern_of(scale)), 96, 96) + 128
    if side // scale >= 8:  # otherwise the bins beside a grid frequency are half way to the next one
        assert share_of(beside, scale, side).share == pytest.approx(0, abs=1e-5)


def test_photos_have_no_grid_bicubic_enlargement_has_less_and_an_added_pattern_is_found(photos):
    pattern = spectra.tiled(pattern_of(4, 2), 128, 128)
    enlarged = np.stack([upscale(downscale(photo, 4), 4) for photo in photos])
    excess = {
        name: share_of(noise_residuals(images, "wavelet", 5), 4).excess
        for name, images in {"photo": photos, "pattern": photos + pattern, "enlarged": enlarged}.items()
    }
    assert abs(np.mean(excess["photo"])) < 0.03
    assert (excess["pattern"] > excess["photo"] + 0.1).all()
    assert np.mean(excess["enlarged"]) < np.mean(excess["photo"]) - 0.02


def test_scale_1_has_no_grid_and_black_images_have_no_share(photos):
    shares = share_of(photos, 1)
    assert not shares.share.any() and not shares.excess.any() and shares.white == 0
    assert np.isnan(share_of(np.zeros((1, 64, 64, 1)), 4).share).all()


@pytest.mark.parametrize("size", [(128, 128), (61, 90)])
def test_a_pattern_is_found_as_it_is_and_nothing_else_is(photos, size):
    pattern = pattern_of(4)
    flat = spectra.tiled(pattern, *size) + 77
    assert spectra.periodic_part(flat, 4) == pytest.approx(pattern, abs=2e-3)
    whole = photos[:1, : size[0], : size[1]].astype(np.float32)
    found = spectra.periodic_part(whole + spectra.tiled(pattern, *whole.shape[1:3]), 4)
    assert found - spectra.periodic_part(whole, 4) == pytest.approx(pattern, abs=2e-3)
    assert spectra.periodic_part(whole, 1) == pytest.approx(0, abs=1e-4)


def test_the_control_has_the_energy_of_the_pattern_and_nothing_at_the_grid():
    for seed in range(5):
        pattern = pattern_of(4, seed=seed)
        beside = spectra.beside_the_grid(pattern)
        assert (beside**2).mean() == pytest.approx((pattern**2).mean(), rel=1e-4)
        assert spectra.periodic_part(spectra.tiled(beside, 128, 128), 4) == pytest.approx(0, abs=1e-4)
        assert spectra.part_beside_the_grid(spectra.tiled(beside, 128, 128), 4) == pytest.approx(beside, abs=1e-3)
    assert not spectra.beside_the_grid(np.zeros((1, 2, 2, 3), np.float32)).any()


def test_removing_the_grid_leaves_a_photo_and_nothing_that_repeats(photos):
    pattern = spectra.tiled(pattern_of(4), 128, 128)
    without = changed(photos + pattern, 4, "grid_removed")
    assert np.abs(spectra.periodic_part(without, 4)).max() < 1e-2
    assert np.abs(without - photos).mean() < 0.4 * np.abs(pattern).mean()
    others = changed(photos, 4, "others_removed")
    assert np.abs(spectra.periodic_part(others - photos, 4)).max() < 1e-2
    assert np.abs(spectra.part_beside_the_grid(others, 4)).max() < 1e-2


def test_a_whole_spectrum_is_that_of_both_halves():
    image = np.random.default_rng(0).normal(size=(1, 16, 16))
    half = np.abs(np.fft.rfft2(image)) ** 2
    expected = np.fft.fftshift(np.abs(np.fft.fft2(image)) ** 2, axes=(-2, -1))
    assert spectra.whole(half) == pytest.approx(expected)


def test_patches_hold_whole_periods():
    sides = {(32, 4): 32, (32, 2): 32, (32, 1): 32, (33, 1): 32, (32, 3): 30, (16, 8): 32, (20, 4): 16, (8, 5): 20}
    assert {key: spectra.patch_side(*key) for key in sides} == sides

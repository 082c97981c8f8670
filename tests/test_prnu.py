import sys
from importlib.util import find_spec

import numpy as np
import pytest
from skimage import data

from sr_fingerprints.errors import InputError
from sr_fingerprints.predictions import read_predictions
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.prnu.matching import attribute_by_prnu, correlation, euclidean
from sr_fingerprints.prnu.residuals import extract_residuals, read_fingerprint, read_residuals
from sr_fingerprints.storage import ImageWriter

TILE = 64
NETWORKS = ("A", "B", "C")


def tiles():
    """24 tiles of one photo to train on, 12 of another one for test: (name, split, uint8 image)."""
    for name, split, photo, count in (
        ("astronaut", "train", data.astronaut(), 24),
        ("chelsea", "test", data.chelsea(), 12),
    ):
        width = photo.shape[1] // TILE
        for i in range(count):
            top, left = TILE * (i // width), TILE * (i % width)
            yield f"{name}-{i}", split, photo[top : top + TILE, left : left + TILE]


def write_images(path, images, network="A"):
    with ImageWriter(path, {"network": network}) as writer:
        for name, split, image in images:
            writer.append(image, photo=name, source=name.split("-")[0], split=split)


def with_pattern(image, pattern):
    return np.clip(np.rint(image + pattern), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def residual_files(tmp_path_factory):
    """Three "networks" that each add a fixed weak pattern to the photos."""
    folder = tmp_path_factory.mktemp("prnu")
    random = np.random.default_rng(0)
    files = []
    for network in NETWORKS:
        pattern = random.normal(0, 2, (TILE, TILE, 3))
        images = [(name, split, with_pattern(image, pattern)) for name, split, image in tiles()]
        write_images(folder / f"sr-{network}.h5", images, network)
        files.append(folder / f"{network}.h5")
        extract_residuals(folder / f"sr-{network}.h5", files[-1], denoiser="wavelet", crop=TILE)
    return files


def test_flat_and_smooth_images_leave_no_residual():
    flat = np.full((1, TILE, TILE, 3), 100, np.uint8)
    assert np.abs(noise_residuals(flat, "wavelet", 5)).max() < 1e-3
    ramp = np.broadcast_to(np.arange(TILE, dtype=np.float32)[None, :, None, None], (1, TILE, TILE, 3))
    assert np.abs(noise_residuals(ramp, "wavelet", 5)[:, 16:-16, 16:-16]).max() < 0.2


def test_noise_of_the_assumed_strength_is_found():
    """The residual of a flat image with white noise is that noise; a strong edge stays in the image."""
    noise = np.random.default_rng(1).normal(0, 5, (1, 128, 128, 3))
    residual = noise_residuals(128 + noise, "wavelet", 5)
    assert np.corrcoef(residual.ravel(), noise.ravel())[0, 1] > 0.95
    edge = np.zeros((1, 128, 128, 3))
    edge[:, :, 61:] = 200
    assert np.abs(noise_residuals(edge, "wavelet", 5)).max() < 10


def test_images_and_channels_are_denoised_alone():
    images = np.stack([image for _, _, image in list(tiles())[:3]])
    together = noise_residuals(images, "wavelet", 5)
    for i in range(3):
        np.testing.assert_array_equal(noise_residuals(images[i : i + 1], "wavelet", 5)[0], together[i])
    swapped = noise_residuals(images[..., ::-1], "wavelet", 5)
    np.testing.assert_array_equal(swapped[..., ::-1], together)


@pytest.mark.parametrize("side", [50, 63, 224])
def test_residuals_have_the_shape_of_the_images(side):
    images = np.random.default_rng(2).integers(0, 256, (2, side, side + 1, 3), np.uint8)
    residuals = noise_residuals(images, "wavelet", 5)
    assert residuals.shape == images.shape and residuals.dtype == np.float32


def test_an_unknown_denoiser_is_refused():
    with pytest.raises(InputError, match=r"median.*wavelet, bm3d"):
        noise_residuals(np.zeros((1, 16, 16, 3), np.uint8), "median", 5)


def test_bm3d_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(InputError, match=r"--extra bm3d.*non-commercial"):
        noise_residuals(np.zeros((1, 16, 16, 3), np.uint8), "bm3d", 5)


@pytest.mark.skipif(find_spec("bm3d") is None, reason="bm3d is not installed")
def test_bm3d_finds_noise_in_a_flat_image():
    noise = np.random.default_rng(3).normal(0, 5, (1, 32, 32, 3))
    residual = noise_residuals(128 + noise, "bm3d", 5)
    assert np.corrcoef(residual.ravel(), noise.ravel())[0, 1] > 0.95


def test_fingerprint_is_the_mean_of_training_residuals(tmp_path, residual_files, monkeypatch):
    """Also when the photos do not fill whole batches, and with the files' own rounding of test residuals."""
    monkeypatch.setattr("sr_fingerprints.prnu.residuals.BATCH", 7)
    images = list(tiles())
    write_images(tmp_path / "sr.h5", images)
    extract_residuals(tmp_path / "sr.h5", tmp_path / "residuals.h5", denoiser="wavelet", crop=32, sigma=3)
    expected = noise_residuals(np.stack([image[16:48, 16:48] for _, _, image in images]), "wavelet", 3)
    fingerprint, attributes = read_fingerprint(tmp_path / "residuals.h5")
    np.testing.assert_allclose(fingerprint, expected[:24].mean(axis=0).ravel(), atol=1e-5)
    residuals, photos, sources = read_residuals(tmp_path / "residuals.h5")
    np.testing.assert_allclose(residuals, expected[24:].reshape(12, -1), rtol=1e-3, atol=1e-6)
    assert photos.tolist() == [name for name, split, _ in images if split == "test"]
    assert len(sources) == len(photos)
    assert attributes == {
        "network": "A",
        "training_photos": 24,
        "denoiser": "wavelet",
        "sigma": 3,
        "crop": 32,
    }


def test_photos_smaller_than_the_crop_are_named(tmp_path):
    write_images(tmp_path / "sr.h5", tiles())
    with pytest.raises(InputError, match=r"sr\.h5: photo astronaut-0 has 64 x 64 pixels; .* 65"):
        extract_residuals(tmp_path / "sr.h5", tmp_path / "residuals.h5", denoiser="wavelet", crop=65)
    assert not (tmp_path / "residuals.h5").exists()


def test_a_split_without_photos_is_named(tmp_path):
    write_images(tmp_path / "sr.h5", [tile for tile in tiles() if tile[1] == "train"])
    with pytest.raises(InputError, match=r"sr\.h5: no test photos"):
        extract_residuals(tmp_path / "sr.h5", tmp_path / "residuals.h5", denoiser="wavelet", crop=32)


def test_patterns_added_to_photos_are_recognised(tmp_path, residual_files):
    """The patterns have a deviation of 2 levels; test photos share no scene with those trained on."""
    for match in ("euclidean", "correlation"):
        attribute_by_prnu(residual_files, match, tmp_path / "found.h5")
        found = read_predictions(tmp_path / "found.h5")
        assert found.classes.tolist() == list(NETWORKS)
        assert found.scores.shape == (36, 3) and found.features.shape == (36, 0)
        assert found.photo[:12].tolist() == [f"chelsea-{i}" for i in range(12)]
        assert found.actual.tolist() == found.network.tolist() == list(np.repeat(NETWORKS, 12))
        assert found.attributes["match"] == match and found.attributes["denoiser"] == "wavelet"
        assert found.correct.mean() > 0.9


def test_matrix_products_equal_the_definitions():
    random = np.random.default_rng(4)
    residuals = random.normal(1, 3, (5, 300)).astype(np.float32)
    fingerprints = random.normal(0, 1, (4, 300)).astype(np.float32)
    distances = [[-np.linalg.norm(r.astype(float) - f) for f in fingerprints] for r in residuals]
    np.testing.assert_allclose(euclidean(fingerprints)(residuals), distances, rtol=1e-6)
    coefficients = [[np.corrcoef(r, f)[0, 1] for f in fingerprints] for r in residuals]
    np.testing.assert_allclose(correlation(fingerprints)(residuals), coefficients, atol=1e-6)


def test_a_fingerprint_is_at_no_distance_from_itself():
    fingerprints = np.random.default_rng(5).normal(0, 3, (4, 300)).astype(np.float32)
    distances = -np.diag(euclidean(fingerprints)(fingerprints))
    assert np.all(distances >= 0) and np.all(distances < 0.05)


def test_flat_residuals_correlate_with_nothing():
    fingerprints = np.random.default_rng(6).normal(0, 1, (3, 48)).astype(np.float32)
    assert correlation(fingerprints)(np.zeros((2, 48), np.float32)).tolist() == [[0, 0, 0]] * 2


def test_unusable_residuals_are_named(tmp_path, residual_files):
    output = tmp_path / "found.h5"
    with pytest.raises(InputError, match=r"cosine.*euclidean, correlation"):
        attribute_by_prnu(residual_files, "cosine", output)
    with pytest.raises(InputError, match=r"A\.h5: a second file of network A"):
        attribute_by_prnu([*residual_files, residual_files[0]], "euclidean", output)
    write_images(tmp_path / "sr.h5", tiles(), "D")
    extract_residuals(tmp_path / "sr.h5", tmp_path / "other.h5", denoiser="wavelet", crop=32)
    with pytest.raises(InputError, match=r"other\.h5: made with .*'crop': 32.*'crop': 64"):
        attribute_by_prnu([*residual_files, tmp_path / "other.h5"], "euclidean", output)
    (tmp_path / "cut.h5").write_bytes(residual_files[0].read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cut\.h5: damaged"):
        attribute_by_prnu([tmp_path / "cut.h5"], "euclidean", output)
    assert not output.exists()

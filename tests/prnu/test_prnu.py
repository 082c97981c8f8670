import sys
from importlib.util import find_spec

import numpy as np
import pytest
from skimage import data

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.prnu.matching import attribute_by_prnu, correlation, euclidean
from sr_fingerprints.prnu.residuals import (
    extract_residuals,
    periodic_share,
    read_fingerprint,
    read_residuals,
    round_toward_zero,
    truncate_to_int8,
)
from sr_fingerprints.prnu.settings import (
    ARITHMETIC,
    Extraction,
    extractions,
    is_baseline,
    kept_photo_counts,
    residuals_name,
)
from sr_fingerprints.runtime.errors import InputError

TILE = 64
WHOLE = Extraction("wavelet", TILE)
SMALL = Extraction("wavelet", 32)
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
        extract_residuals(folder / f"sr-{network}.h5", files[-1], WHOLE)
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


@pytest.mark.skipif(find_spec("bm3d") is None, reason="bm3d is not installed")
def test_bm3d_is_called_as_the_papers_code_calls_it():
    """``bm3d.bm3d(image, 5)`` of RGB. BM3D does not give the same to the last bit twice."""
    from bm3d import bm3d, bm3d_rgb

    image = data.astronaut()[:40, 200:240].astype(np.float32)
    residual = noise_residuals(image[None], "bm3d", 5)[0]
    np.testing.assert_allclose(residual, image - bm3d(image, 5), atol=0.01)
    assert np.abs(residual - (image - bm3d_rgb(image, 5))).max() > 1


def test_fingerprint_is_the_mean_of_training_residuals(tmp_path, monkeypatch):
    """Also when the photos do not fill whole batches, and with the files' own rounding of test residuals."""
    monkeypatch.setattr("sr_fingerprints.prnu.residuals.BATCH", 7)
    images = list(tiles())
    write_images(tmp_path / "sr.h5", images)
    extract_residuals(tmp_path / "sr.h5", tmp_path / "residuals.h5", Extraction("wavelet", 32, sigma=3), seed=5)
    expected = noise_residuals(np.stack([image[16:48, 16:48] for _, _, image in images]), "wavelet", 3)
    fingerprint = read_fingerprint(tmp_path / "residuals.h5")
    np.testing.assert_allclose(fingerprint.values, expected[:24].mean(axis=0).ravel(), atol=1e-5)
    residuals, photos, sources = read_residuals(tmp_path / "residuals.h5")
    np.testing.assert_allclose(residuals, expected[24:].reshape(12, -1), rtol=1e-3, atol=1e-6)
    assert photos.tolist() == [name for name, split, _ in images if split == "test"]
    assert len(sources) == len(photos)
    assert fingerprint.training_photos == 24
    assert fingerprint.attributes == {
        "network": "A",
        "denoiser": "wavelet",
        "sigma": 3,
        "crop": 32,
        "grid": "free",
        "period": 1,
        "shifts": [[0, 0]],
        "seed": 5,
    }


def added_up_as_in_the_papers_code(residuals):
    """One photo after the other, in place: int8 plus int8 is int8, and wraps around."""
    total = 0
    for residual in residuals:
        total += residual.astype(np.int8)
    assert total.dtype == np.int8
    return total / len(residuals)


@pytest.fixture(scope="module")
def strong_patterns(tmp_path_factory):
    """24 photos with one and the same strong pattern, whose residuals add up to more than int8 holds."""
    folder = tmp_path_factory.mktemp("strong")
    pattern = np.random.default_rng(7).choice([-12, 12], (TILE, TILE, 3))
    images = [(name, split, with_pattern(image // 2 + 64, pattern)) for name, split, image in tiles()]
    write_images(folder / "sr.h5", images)
    extract_residuals(folder / "sr.h5", folder / "residuals.h5", Extraction("wavelet", TILE, sigma=20))
    residuals = noise_residuals(np.stack([image for _, split, image in images if split == "train"]), "wavelet", 20)
    return folder / "residuals.h5", residuals


def test_int8_arithmetic_is_that_of_the_papers_code(strong_patterns):
    file, residuals = strong_patterns
    exact, whole, wrapped = (read_fingerprint(file, arithmetic) for arithmetic in ARITHMETIC)
    np.testing.assert_allclose(exact.values, residuals.mean(axis=0).ravel(), atol=1e-5)
    np.testing.assert_array_equal(whole.values, np.float32(np.trunc(residuals).mean(axis=0).ravel()))
    np.testing.assert_array_equal(wrapped.values, np.float32(added_up_as_in_the_papers_code(residuals).ravel()))
    assert wrapped.overflowing == (whole.values != wrapped.values).mean() > 0.2
    assert whole.overflowing == exact.overflowing == wrapped.overflowing


def test_sums_that_int8_holds_are_the_same_by_both(strong_patterns, residual_files):
    whole, wrapped = (read_fingerprint(strong_patterns[0], arithmetic).values for arithmetic in ARITHMETIC[1:])
    held = np.abs(24 * whole) < 127.5
    assert 0 < held.sum() < held.size
    np.testing.assert_array_equal(whole[held], wrapped[held])
    assert (whole[~held] != wrapped[~held]).mean() > 0.99
    whole, wrapped = (read_fingerprint(residual_files[0], arithmetic, 16) for arithmetic in ARITHMETIC[1:])
    assert whole.overflowing == 0
    np.testing.assert_array_equal(whole.values, wrapped.values)


def test_a_fingerprint_can_be_made_of_fewer_photos(tmp_path, residual_files):
    """The first so many in an order that the seed draws; all of them are the same in any order."""
    files = [tmp_path / f"{seed}.h5" for seed in (0, 1, 0)]
    for file, seed in zip(files, (0, 1, 0), strict=True):
        extract_residuals(residual_files[0].with_name("sr-A.h5"), file, WHOLE, seed)
    images = np.stack(training_images(residual_files[0]))
    first = np.random.default_rng(1).permutation(24)[:16]
    expected = noise_residuals(images[first], "wavelet", 5).mean(axis=0).ravel()
    found = read_fingerprint(files[1], training_photos=16)
    np.testing.assert_allclose(found.values, expected, atol=1e-5)
    assert found.training_photos == 16
    assert np.abs(read_fingerprint(files[0], training_photos=16).values - expected).max() > 0.1
    np.testing.assert_allclose(read_fingerprint(files[0]).values, read_fingerprint(files[1]).values, atol=1e-5)
    assert files[0].read_bytes() == files[2].read_bytes()
    with pytest.raises(InputError, match=r"0\.h5: prnu.training_photos: found 32; allowed with 24 .*: 8, 16, or"):
        read_fingerprint(files[0], training_photos=32)


def training_images(residual_file):
    with ImageFile(residual_file.with_name(f"sr-{residual_file.stem}.h5")) as images:
        return [images.image(row) for row in images.indices("train")]


def test_kept_numbers_of_photos_are_powers_of_two_and_all():
    assert kept_photo_counts(800) == [8, 16, 32, 64, 128, 256, 512, 800]
    assert kept_photo_counts(64) == [8, 16, 32, 64] and kept_photo_counts(8) == [8] and kept_photo_counts(5) == [5]


def test_rounding_towards_zero_keeps_whole_levels():
    """As int8 a stored residual is what the residual itself is; to the nearest, 2.9999 would become 3."""
    values = np.random.default_rng(8).normal(0, 4, 100_000).astype(np.float32)
    values[:4] = [2.9999, -2.9999, 3, -0.00001]
    rounded = round_toward_zero(values)
    assert rounded.dtype == np.float16
    np.testing.assert_array_equal(truncate_to_int8(rounded.astype(np.float32)), truncate_to_int8(values))
    assert (truncate_to_int8(values.astype(np.float16).astype(np.float32)) != truncate_to_int8(values)).any()
    np.testing.assert_allclose(rounded, values, rtol=2**-10, atol=6e-8)
    assert (np.abs(rounded) <= np.abs(values)).all()


def test_cutting_off_is_that_of_numpys_cast():
    values = np.array([-5.9, -0.9, 0.9, 5.9, 127.9, 128, -128.9, -129, 300])
    assert truncate_to_int8(values).tolist() == [-5, 0, 0, 5, 127, -128, -128, 127, 44]


@pytest.mark.parametrize("size", [(64, 64), (75, 70), (101, 98)])
def test_snapped_crops_begin_on_the_grid(tmp_path, size):
    """In an image that says where a pixel is, the crop that is denoised shows where it begins."""
    extraction = Extraction("wavelet", 48, grid="snapped", period=4, shifts=[[0, 0], [1, 2]])
    top, left = extraction.corner(size)
    assert top % 4 == left % 4 == 0
    assert 0 <= (size[0] - 48) // 2 - top < 4 and 0 <= (size[1] - 48) // 2 - left < 4
    assert Extraction("wavelet", 48, period=4).corner(size) == ((size[0] - 48) // 2, (size[1] - 48) // 2)
    noise = np.random.default_rng(9).integers(100, 120, (*size, 3), np.uint8)
    write_images(tmp_path / "sr.h5", [("a", "train", noise), ("b", "test", noise)])
    extract_residuals(tmp_path / "sr.h5", tmp_path / "r.h5", extraction)
    for down, right in extraction.shifts:
        crop = noise[top + down : top + down + 48, left + right : left + right + 48]
        found, _, _ = read_residuals(tmp_path / "r.h5", (down, right))
        np.testing.assert_array_equal(found[0], round_toward_zero(noise_residuals(crop[None], "wavelet", 5)).ravel())
    unshifted = noise_residuals(noise[None, top : top + 48, left : left + 48], "wavelet", 5)
    np.testing.assert_allclose(read_fingerprint(tmp_path / "r.h5").values, unshifted.ravel(), atol=1e-6)


def test_the_share_of_what_repeats_with_the_upsampling():
    random = np.random.default_rng(10)
    pattern = np.tile(random.normal(0, 1, (4, 4, 3)), (12, 12, 1))
    noise = random.normal(0, 1, (48, 48, 3))
    assert periodic_share(pattern, 4) == pytest.approx(1)
    assert periodic_share(noise, 4) == pytest.approx(16 / 48**2, rel=0.5)
    mixed = pattern / pattern.std() + noise / noise.std()
    assert periodic_share(mixed, 4) == pytest.approx(0.5, abs=0.05)
    assert periodic_share(np.pad(pattern, ((0, 3), (0, 2), (0, 0))), 4) == pytest.approx(1)
    assert periodic_share(np.zeros((8, 8, 3)), 4) == 0


def test_a_shift_of_the_test_photos_hides_what_repeats(tmp_path):
    """Networks that add a pattern of period 4 are recognised, unless test crops begin at another phase.

    The pattern of A, shifted by (1, 2), is that of B, and that of B is that of C.
    """
    files = []
    first = np.tile(np.random.default_rng(1).normal(0, 3, (4, 4, 3)), (16, 16, 1))
    for times, network in enumerate(NETWORKS):
        pattern = np.roll(first, (-1 * times, -2 * times), axis=(0, 1))
        images = [(name, split, with_pattern(image, pattern)) for name, split, image in tiles()]
        write_images(tmp_path / f"sr-{network}.h5", images, network)
        files.append(tmp_path / f"{network}.h5")
        extraction = Extraction("wavelet", 56, period=4, shifts=[[0, 0], [1, 2]])
        extract_residuals(tmp_path / f"sr-{network}.h5", files[-1], extraction)
    found = {}
    for shift in ([0, 0], [1, 2]):
        attribute_by_prnu(files, "correlation", tmp_path / "found.h5", shift=shift)
        found[tuple(shift)] = read_predictions(tmp_path / "found.h5")
    assert found[0, 0].correct.mean() > 0.9
    assert (found[1, 2].predicted[:24] == np.repeat(["B", "C"], 12)).mean() > 0.9
    assert found[1, 2].attributes["shift"] == [1, 2]
    assert all(share > 0.5 for share in found[0, 0].attributes["periodic"].values())


def test_crops_and_shifts_beyond_a_photo_are_named(tmp_path):
    write_images(tmp_path / "sr.h5", tiles())
    for shift, named in (([5, 0], r"60, shifted by \[5, 0\]"), ([0, -3], r"60, shifted by \[0, -3\]")):
        with pytest.raises(InputError, match=rf"photo chelsea-0 has 64 x 64 pixels; PRNU crops need {named}"):
            extract_residuals(
                tmp_path / "sr.h5", tmp_path / "r.h5", Extraction("wavelet", 60, shifts=[[0, 0], shift])
            )


def test_residuals_are_shared_by_experiments_that_differ_in_the_rest():
    shared = {"denoiser": "wavelet", "sigma": 5, "crop": 120, "grid": "free", "shift": [0, 0]}
    shared |= {"arithmetic": "exact", "training_photos": None}
    changes = ({}, {"arithmetic": "int8"}, {"shift": [1, 2]}, {"training_photos": 64}, {"grid": "snapped"})
    rows = [shared | changed for changed in changes]
    found = extractions(rows, 4)
    assert list(found) == ["wavelet-5-120-free", "wavelet-5-120-snapped"]
    assert found["wavelet-5-120-free"]["shifts"] == [[0, 0], [1, 2]]
    assert Extraction(**found["wavelet-5-120-snapped"]).period == 4
    assert residuals_name(shared | {"sigma": 2.5}) == "wavelet-2.5-120-free"
    standard = [is_baseline(row, shared) for row in [*rows, shared | {"denoiser": "bm3d"}]]
    assert standard == [True, False, False, False, False, False]


def test_photos_smaller_than_the_crop_are_named(tmp_path):
    write_images(tmp_path / "sr.h5", tiles())
    with pytest.raises(InputError, match=r"sr\.h5: photo astronaut-0 has 64 x 64 pixels; .* 65"):
        extract_residuals(tmp_path / "sr.h5", tmp_path / "residuals.h5", Extraction("wavelet", 65))
    assert not (tmp_path / "residuals.h5").exists()


def test_a_split_without_photos_is_named(tmp_path):
    write_images(tmp_path / "sr.h5", [tile for tile in tiles() if tile[1] == "train"])
    with pytest.raises(InputError, match=r"sr\.h5: no test photos"):
        extract_residuals(tmp_path / "sr.h5", tmp_path / "residuals.h5", SMALL)


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
    extract_residuals(tmp_path / "sr.h5", tmp_path / "other.h5", SMALL)
    with pytest.raises(InputError, match=r"other\.h5: made with .*'crop': 32.*'crop': 64"):
        attribute_by_prnu([*residual_files, tmp_path / "other.h5"], "euclidean", output)
    (tmp_path / "cut.h5").write_bytes(residual_files[0].read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cut\.h5: damaged"):
        attribute_by_prnu([tmp_path / "cut.h5"], "euclidean", output)
    assert not output.exists()

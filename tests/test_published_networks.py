"""The published networks that come as Python packages: their files, and what they do to real photos."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from sklearn.datasets import load_sample_image

from sr_fingerprints.errors import InputError
from sr_fingerprints.low_resolution import downscale, upscale
from sr_fingerprints.network_table import published_networks
from sr_fingerprints.networks import ncnn_networks
from sr_fingerprints.quality import psnr
from sr_fingerprints.weights import copy_weights

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "resources/published_networks.tsv"
NAMES = [line.partition("\t")[0] for line in TABLE.read_text().splitlines()[1:]]
ROWS = {
    row["network"]: row for row in published_networks(NAMES, TABLE, ROOT / "schemas/published_networks.schema.json")
}
FAST = "Waifu2xPhoto-NA-x2-L1-NA-pretrained"

every_network = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """A function that gives the network of this name, with its weights copied from the package."""
    folder = tmp_path_factory.mktemp("weights")

    @cache
    def load(name, threads=1):
        files = folder / f"{name}.param", folder / f"{name}.bin"
        copy_weights(ROWS[name], *files)
        return ncnn_networks.load(ROWS[name], files, threads)

    return load


@pytest.fixture(scope="module")
def tiles():
    """Tiles of photographs, uint8 (4, 96, 96, 3)."""
    photos = [skimage.data.astronaut(), skimage.data.coffee(), *map(load_sample_image, ("china.jpg", "flower.jpg"))]
    return np.stack([photo[120:216, 200:296] for photo in photos])


def reduced(tiles, scale):
    return np.stack([downscale(tile, scale) for tile in tiles])


def enlarged(low, scale):
    return np.stack([upscale(image, scale) for image in low])


def mean_psnr(images, tiles):
    inner = slice(4, -4)
    return np.mean([psnr(image[inner, inner], tile[inner, inner]) for image, tile in zip(images, tiles, strict=True)])


@every_network
def test_the_name_is_made_of_the_columns(name):
    row = ROWS[name]
    assert name == "{architecture}-{dataset}-x{scale}-{loss}-NA-pretrained".format(**row)
    assert NAMES.count(name) == 1


@every_network
def test_sizes_are_exactly_scale_times_the_input(load, name):
    scale = ROWS[name]["scale"]
    images = np.random.default_rng(0).integers(0, 256, (1, 11, 16, 3), np.uint8)
    made = load(name)(images)
    assert made.shape == (1, 11 * scale, 16 * scale, 3)
    assert made.dtype == np.uint8


@every_network
def test_images_are_aligned_with_the_photos(load, tiles, name):
    """Adversarial networks change the photo, but no shift by a pixel brings the result closer to it."""
    low = reduced(tiles, ROWS[name]["scale"])
    made = load(name)(low)
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    closeness = {shift: mean_psnr(np.roll(made, shift, axis=(1, 2)), tiles) for shift in shifts}
    assert max(closeness, key=closeness.get) == (0, 0)
    assert closeness[0, 0] > mean_psnr(enlarged(low, ROWS[name]["scale"]), tiles) - 5


@pytest.mark.parametrize("name", [name for name in NAMES if ROWS[name]["loss"] == "L1"])
def test_psnr_oriented_networks_beat_bicubic(load, tiles, name):
    low = reduced(tiles, 2)
    assert mean_psnr(load(name)(low), tiles) > mean_psnr(enlarged(low, 2), tiles) + 1.5


@every_network
def test_a_colour_stays_what_it_is(load, name):
    colour = np.array([180, 90, 40], np.uint8)
    made = load(name)(np.broadcast_to(colour, (1, 10, 10, 3)))
    assert np.abs(made.mean(axis=(0, 1, 2)) - colour).max() < 6


@pytest.mark.parametrize("name", [FAST, "Real_CUGAN_SE-NA-x4-GAN-NA-pretrained"])
def test_neither_batch_size_nor_threads_change_an_image(load, tiles, name):
    low = reduced(tiles, ROWS[name]["scale"])
    together = load(name)(low)
    assert np.array_equal(together, np.concatenate([load(name)(low[index : index + 1]) for index in range(4)]))
    assert np.array_equal(together, load(name, threads=2)(low))


def test_weights_of_another_version_are_not_copied(tmp_path):
    row = ROWS[FAST] | {"sha256_bin": "0" * 64}
    with pytest.raises(
        InputError, match=r"WAIFU2X_PHOTO_UP2X\.bin: damaged or another version .*; install sr_vulkan"
    ):
        copy_weights(row, tmp_path / "a.param", tmp_path / "a.bin")
    assert not list(tmp_path.iterdir())


def test_an_absent_package_is_named(tmp_path):
    row = ROWS[FAST] | {"package": "sr_vulkan_model_absent"}
    with pytest.raises(InputError, match=r"package sr_vulkan_model_absent, which is not installed; run `uv sync`"):
        copy_weights(row, tmp_path / "a.param", tmp_path / "a.bin")


@pytest.mark.parametrize("suffix", ["param", "bin"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "absent"])
def test_a_damaged_file_is_named(tmp_path, suffix, damage):
    files = {"param": tmp_path / "a.param", "bin": tmp_path / "a.bin"}
    copy_weights(ROWS[FAST], **files)
    content = bytearray(files[suffix].read_bytes())
    content[len(content) // 2] ^= 1
    files[suffix].write_bytes(content[:100] if damage == "truncated" else content)
    if damage == "absent":
        files[suffix].unlink()
    with pytest.raises(InputError, match=rf"a\.{suffix}: (damaged|not found).*; remove it and run again"):
        ncnn_networks.load(ROWS[FAST], list(files.values()))

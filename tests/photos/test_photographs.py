"""Photos are read as they are meant, split by source, and what cannot be read is named."""

import logging
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.photos.preparation import Preparation, prepare_photos, split_sources, tile_corners
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.photos.sources import photo_sources, random_fraction
from sr_fingerprints.runtime.errors import InputError

THIRDS = {"train": 0.4, "validation": 0.3, "test": 0.3}


@pytest.fixture
def folder(tmp_path):
    """Six photos of different sizes."""
    random = np.random.default_rng(0)
    place = tmp_path / "my photos"
    place.mkdir()
    for number in range(6):
        pixels = random.integers(0, 256, (150 + number, 270 - number, 3), np.uint8)
        Image.fromarray(pixels).save(place / f"photo {number} ü.png")
    return place


def prepared(folder, output, **changes):
    settings = {"preparation": Preparation(), "shares": THIRDS, "seed": 1} | changes
    prepare_photos(photo_sources(str(folder), []), output, **settings)
    return ImageFile(output)


@given(
    count=some.integers(3, 200),
    train=some.floats(0.05, 0.8),
    test=some.floats(0.05, 0.15),
    seed=some.integers(0, 1000),
)
def test_a_split_uses_every_source_once_and_keeps_its_shares(count, train, test, seed):
    shares = {"train": train, "validation": 1 - train - test, "test": test}
    sources = [f"photo{number}" for number in range(count)]
    split = split_sources(sources, shares, seed)
    assert sorted(split) == sorted(sources)
    assert split == split_sources(sources, shares, seed)
    for name, share in shares.items():
        found = list(split.values()).count(name)
        assert found >= 1
        assert abs(found - share * count) < 2


def test_tiles_of_one_photo_stay_on_one_side(folder, tmp_path):
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(tile=64)) as photos:
        assert len(photos) == 6 * 2 * 4
        assert all(len(set(photos.split[photos.source == source])) == 1 for source in photos.source)
        assert set(photos.split) == {"train", "validation", "test"}


@given(rows=some.integers(1, 30), columns=some.integers(1, 30), most=some.integers(1, 12))
def test_the_tiles_kept_are_the_most_allowed_and_spread_over_the_photo(rows, columns, most):
    everything = tile_corners(10 * rows + 9, 10 * columns, 10)
    assert everything == [(10 * row, 10 * column) for row in range(rows) for column in range(columns)]
    kept = tile_corners(10 * rows + 9, 10 * columns, 10, most)
    assert len(kept) == min(most, rows * columns)
    assert kept == sorted(set(kept) & set(everything))
    if min(rows, columns) >= 4 and most >= 4:  # on both sides of the middle, in both directions
        for corners, side in ((0, rows), (1, columns)):
            found = [corner[corners] / 10 / (side - 1) for corner in kept]
            assert min(found) < 0.5 < max(found)


def test_each_split_has_its_number_of_tiles(folder, tmp_path):
    most = {"train": 1, "validation": 3, "test": 5}
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(tile=64, tiles=most)) as photos:
        counts = {
            split: [list(photos.source).count(name) for name in set(photos.source[photos.split == split])]
            for split in most
        }
    assert counts == {"train": [1] * 2, "validation": [3] * 2, "test": [5] * 2}
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(tile=64, tiles=7)) as photos:
        some_tiles = dict(zip(photos.photo, (photos.image(row) for row in range(len(photos))), strict=True))
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(tile=64)) as photos:
        all_tiles = dict(zip(photos.photo, (photos.image(row) for row in range(len(photos))), strict=True))
    assert len(some_tiles) == 6 * 7
    assert all(np.array_equal(image, all_tiles[name]) for name, image in some_tiles.items())


def test_photos_are_kept_whole_but_for_a_multiple_of_the_scales(folder, tmp_path):
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(multiple_of=4)) as photos:
        original = np.asarray(Image.open(folder / photos.photo[3]))
        assert photos.size[3].tolist() == [152, 264]
        assert np.array_equal(photos.image(3), original[:152, :264])


def test_large_photos_are_reduced_to_the_longest_side(folder, tmp_path):
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(longest_side=100, blur_sigma=1)) as photos:
        assert photos.size.max() == 100


def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    for name in ("a.h5", "b.h5"):
        prepared(folder, tmp_path / name).__exit__()
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


@pytest.mark.parametrize("damage", ["truncated", "text", "empty"])
def test_an_unreadable_file_stops_by_name_or_is_listed(folder, tmp_path, damage, caplog):
    whole = (folder / "photo 1 ü.png").read_bytes()
    content = {"truncated": whole[: len(whole) // 2], "text": b"not a photo", "empty": b""}[damage]
    (folder / "broken.png").write_bytes(content)
    with pytest.raises(
        InputError, match=r"broken\.png: not a whole image.*; repair or convert it, or move it elsewhere, or for"
    ):
        prepared(folder, tmp_path / "photos.h5")
    assert not list(tmp_path.glob("*.h5"))
    with caplog.at_level(logging.WARNING), prepared(folder, tmp_path / "photos.h5", skip_unreadable=True) as photos:
        assert len(photos) == 6
        assert photos.attributes["skipped"] == ["broken.png"]
    assert "broken.png" in caplog.text
    assert "skip_unreadable" not in caplog.text


def test_a_photo_smaller_than_a_crop_is_named(folder, tmp_path):
    Image.new("RGB", (200, 40)).save(folder / "flat.png")
    with pytest.raises(InputError, match=r"flat\.png: found 200 x 40 pixels; allowed: at least 64 x 64"):
        prepared(folder, tmp_path / "photos.h5", preparation=Preparation(minimum_side=64))


def test_every_kind_of_photo_becomes_8_bit_rgb(tmp_path):
    grey = np.arange(0, 65536, 257, np.uint16).reshape(16, 16)
    Image.fromarray(grey).save(tmp_path / "16bit.png")
    assert np.array_equal(np.asarray(read_photo(tmp_path / "16bit.png"))[..., 1], grey // 256)
    Image.new("CMYK", (4, 5), (0, 0, 0, 0)).save(tmp_path / "cmyk.jpg")
    assert np.asarray(read_photo(tmp_path / "cmyk.jpg")).min() > 250
    Image.new("RGBA", (4, 5), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert np.asarray(read_photo(tmp_path / "clear.png")).min() == 255
    turned = Image.new("RGB", (4, 5))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert read_photo(tmp_path / "turned.jpg").size == (5, 4)


def test_16_bits_a_channel_are_reduced_to_the_upper_8(tmp_path):
    random = np.random.default_rng(0)
    rgb = random.integers(0, 65536, (16, 20, 3), np.uint16)
    for name in ("rgb16.png", "rgb16.tif"):
        cv2.imwrite(str(tmp_path / name), rgb[..., ::-1])
        assert np.array_equal(np.asarray(read_photo(tmp_path / name)), rgb >> 8)
    for name in ("grey16.png", "grey16.tif", "grey16.pgm"):
        cv2.imwrite(str(tmp_path / name), rgb[..., 0])
        assert np.array_equal(np.asarray(read_photo(tmp_path / name))[..., 2], rgb[..., 0] >> 8)


def test_few_bits_palettes_and_transparency_become_what_one_sees(tmp_path):
    grey = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
    opaque = Image.fromarray(grey)
    half = Image.merge("LA", (opaque, Image.new("L", (16, 16), 128)))
    black = Image.new("P", (16, 16), 1)
    black.putpalette([255, 0, 0, 0, 0, 0])
    for name, image, expected in [
        ("bit.png", opaque.convert("1", dither=Image.Dither.NONE), np.where(grey > 127, 255, 0)),
        ("grey.png", opaque, grey),
        ("half.png", half, (grey * 128.0 + 255 * 127) / 255),
        ("palette.png", black, np.zeros((16, 16))),
        ("palette.gif", black, np.zeros((16, 16))),
    ]:
        image.save(tmp_path / name)
        found = np.asarray(read_photo(tmp_path / name))
        assert found.shape == (16, 16, 3), name
        assert np.abs(found - expected[..., None]).max() <= 1, name
    black.save(tmp_path / "clear palette.png", transparency=1)
    assert np.asarray(read_photo(tmp_path / "clear palette.png")).min() == 255
    Image.fromarray(np.array([[1000, 1001]], np.uint16)).save(tmp_path / "clear grey.png", transparency=1000)
    assert np.asarray(read_photo(tmp_path / "clear grey.png"))[..., 0].tolist() == [[255, 3]]
    Image.new("RGB", (4, 5), (9, 9, 9)).save(tmp_path / "clear colour.png", transparency=(9, 9, 9))
    assert np.asarray(read_photo(tmp_path / "clear colour.png")).min() == 255


def test_cmyk_as_adobe_writes_it_is_not_inverted(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "red.jpg", quality=100)
    assert b"Adobe" in (tmp_path / "red.jpg").read_bytes()
    red, green, blue = np.asarray(read_photo(tmp_path / "red.jpg"))[8, 8].tolist()
    assert red > 200 and green < 60 and blue < 60


STORED = {
    1: lambda upright: upright,
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright.swapaxes(0, 1), 2),
    8: lambda upright: np.rot90(upright, -1),
}
"""How a camera stores an upright photo, by the orientation that it records (EXIF 2.3, 4.6.4 A)."""


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_every_exif_orientation_is_turned_upright(tmp_path, orientation, suffix):
    upright = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    exif = stored.getexif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"photo.{suffix}", exif=exif)
    assert np.array_equal(np.asarray(read_photo(tmp_path / f"photo.{suffix}")), upright)


@pytest.mark.parametrize(("kind", "told"), [("float32", "floating-point"), ("int32", "integers of 32 bits")])
def test_numbers_without_a_white_are_refused(tmp_path, kind, told):
    Image.fromarray(np.ones((5, 5), kind)).save(tmp_path / "depth.tif")
    with pytest.raises(InputError, match=rf"depth\.tif: .*found {told}.*; allowed: 8 or 16 bits a channel"):
        read_photo(tmp_path / "depth.tif")


@pytest.mark.parametrize("suffix", ["gif", "webp", "tif", "png"])
def test_of_several_frames_the_first_is_taken_and_that_is_told(folder, tmp_path, suffix, caplog):
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue", "green")]
    frames[0].save(folder / f"many.{suffix}", save_all=True, append_images=frames[1:])
    with caplog.at_level(logging.WARNING), prepared(folder, tmp_path / "photos.h5") as photos:
        image = photos.image(photos.photo.tolist().index(f"many.{suffix}"))
    assert image[..., 0].min() > 240 and image[..., 2].max() < 20
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder}/many.{suffix}: has 3 frames or pages; only the first is used"
    ]


def save_png_that_claims(path, width, height):
    """A PNG with this size in its header, but of one pixel."""
    Image.new("L", (1, 1)).save(path)
    content = path.read_bytes()
    header = content[12:16] + struct.pack(">II", width, height) + content[24:29]
    path.write_bytes(content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:])


@pytest.mark.filterwarnings("error")
def test_a_photo_of_100_megapixels_is_a_photo_and_one_of_600_is_refused(folder, tmp_path):
    Image.new("L", (12_500, 8_000), 77).save(folder / "large.png", compress_level=1)
    with prepared(folder, tmp_path / "photos.h5", preparation=Preparation(longest_side=200)) as photos:
        row = photos.photo.tolist().index("large.png")
        assert photos.size[row].tolist() == [128, 200]
        assert (photos.image(row) == 77).all()
    save_png_that_claims(folder / "larger.png", 30_000, 20_000)
    with pytest.raises(InputError, match=r"larger\.png: .*30000 x 20000 pixels; allowed: up to 500 megapixels"):
        prepared(folder, tmp_path / "again.h5")


def test_what_pillow_does_not_know_and_a_single_pixel_are_named(folder, tmp_path):
    for name in ("photo.heic", "notes.docx"):
        (folder / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
        with pytest.raises(
            InputError, match=rf"{name}: found HEIC; allowed: .*; convert it .*, or for `photos` set skip_unreadable"
        ):
            prepared(folder, tmp_path / "photos.h5")
        (folder / name).unlink()
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    for skip in (False, True):
        with pytest.raises(InputError, match=r"dot\.png: found 1 x 1 pixels; allowed: at least 64 x 64"):
            prepared(folder, tmp_path / "p.h5", preparation=Preparation(minimum_side=64), skip_unreadable=skip)


def test_a_fraction_is_fixed_and_not_empty():
    sources = {f"{number:03}.png": None for number in range(100)}
    quarter = random_fraction(sources, 0.25, seed=1)
    assert len(quarter) == 25
    assert quarter == random_fraction(sources, 0.25, seed=1)
    assert quarter != random_fraction(sources, 0.25, seed=2)
    assert len(random_fraction({"one.png": None}, 0.25, seed=1)) == 1


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="found no files"):
        photo_sources(str(tmp_path), [])

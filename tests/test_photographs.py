"""Photos are read as they are meant, split by source, and what cannot be read is named."""

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from sr_fingerprints.errors import InputError
from sr_fingerprints.photographs import (
    Preparation,
    choose_fraction,
    photo_sources,
    prepare_photos,
    read_photo,
    split_sources,
)
from sr_fingerprints.storage import ImageFile

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
    with pytest.raises(InputError, match=r"broken\.png: not a whole image"):
        prepared(folder, tmp_path / "photos.h5")
    assert not list(tmp_path.glob("*.h5"))
    with caplog.at_level(logging.WARNING), prepared(folder, tmp_path / "photos.h5", skip_unreadable=True) as photos:
        assert len(photos) == 6
        assert photos.attributes["skipped"] == ["broken.png"]
    assert "broken.png" in caplog.text


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


def test_a_fraction_is_fixed_and_not_empty():
    sources = {f"{number:03}.png": None for number in range(100)}
    quarter = choose_fraction(sources, 0.25, seed=1)
    assert len(quarter) == 25
    assert quarter == choose_fraction(sources, 0.25, seed=1)
    assert quarter != choose_fraction(sources, 0.25, seed=2)
    assert len(choose_fraction({"one.png": None}, 0.25, seed=1)) == 1


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="found no files"):
        photo_sources(str(tmp_path), [])

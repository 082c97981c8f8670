"""TIFF files as other programs write them: right pixels, or refused for what they hold."""

import re

import numpy as np
import pytest
import tifffile

from sr_fingerprints.photos.reading import decode_photo, read_photo
from sr_fingerprints.photos.tiff import UNREAD_COMPRESSIONS
from sr_fingerprints.runtime.errors import InputError

RGB = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
RGB16 = RGB.astype(np.uint16) * 256 + 77
GREY, GREY16 = RGB[..., 0], RGB16[..., 0]
NEUTRAL = np.repeat(GREY[..., None], 3, 2)
PLANES = {"photometric": "rgb", "planarconfig": "separate"}


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("layout", [{}, {"tile": (16, 16)}, {"rowsperstrip": 5}, {"compression": "zlib"}], ids=str)
@pytest.mark.parametrize(
    ("pixels", "settings", "expected"),
    [
        (RGB, {"photometric": "rgb"}, RGB),
        (RGB16, {"photometric": "rgb"}, RGB),
        (RGB.transpose(2, 0, 1), PLANES, RGB),
        (RGB16.transpose(2, 0, 1), PLANES, RGB),
        (GREY, {"photometric": "minisblack"}, NEUTRAL),
        (255 - GREY, {"photometric": "miniswhite"}, NEUTRAL),
        (GREY16, {"photometric": "minisblack"}, NEUTRAL),
    ],
    ids=["rgb", "rgb16", "planes", "planes16", "grey", "white_is_zero", "grey16"],
)
def test_pixels_are_read_in_every_layout(tmp_path, pixels, settings, expected, layout, byteorder):
    tifffile.imwrite(tmp_path / "scan.tif", pixels, byteorder=byteorder, **settings, **layout)
    assert np.array_equal(read_photo(tmp_path / "scan.tif"), expected)


@pytest.mark.parametrize("layout", [{}, {"rowsperstrip": 5}, {"compression": "zlib"}], ids=str)
def test_16_bits_of_grey_whose_white_is_zero_are_not_inverted(tmp_path, layout):
    tifffile.imwrite(tmp_path / "scan.tif", 65535 - GREY16, byteorder="<", photometric="miniswhite", **layout)
    assert np.array_equal(read_photo(tmp_path / "scan.tif"), NEUTRAL)


def test_of_12_bits_of_grey_the_upper_8_are_taken(tmp_path):
    values = GREY.reshape(-1, 2).astype(np.uint32) * 16 + 7
    packed = np.stack([values[:, 0] >> 4, (values[:, 0] & 15) << 4 | values[:, 1] >> 8, values[:, 1] & 255], 1)
    data = packed.astype(np.uint8).tobytes()
    with tifffile.TiffWriter(tmp_path / "scan.tif", byteorder="<") as file:
        file.write(iter([data]), shape=GREY.shape, dtype=np.uint16, bitspersample=12, photometric="minisblack")
    assert np.array_equal(read_photo(tmp_path / "scan.tif"), NEUTRAL)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("int8", "integers of 8 bits with a sign"),
        ("int16", "integers of 16 bits with a sign"),
        ("uint32", "integers of 32 bits"),
        ("float16", "floating-point numbers"),
        ("float32", "floating-point numbers"),
        ("float64", "floating-point numbers"),
        ("complex64", "complex numbers"),
    ],
)
@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
def test_numbers_whose_white_is_not_known_are_refused(tmp_path, kind, told, shape):
    photometric = "rgb" if len(shape) == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "map.tif", np.zeros(shape, kind), photometric=photometric)
    with pytest.raises(InputError, match=rf"map\.tif: found {told}; allowed: 8 or 16 bits a channel; convert it to"):
        read_photo(tmp_path / "map.tif")


@pytest.mark.parametrize("number", UNREAD_COMPRESSIONS)
def test_a_compression_that_is_not_read_is_named(tmp_path, number):
    tifffile.imwrite(tmp_path / "scan.tif", RGB, photometric="rgb")
    with tifffile.TiffFile(tmp_path / "scan.tif", mode="r+b") as file:
        file.pages[0].tags["Compression"].overwrite(number)
    told = f"found TIFF compressed by {UNREAD_COMPRESSIONS[number]}; allowed: LZW, "
    with pytest.raises(InputError, match=re.escape(told)):
        read_photo(tmp_path / "scan.tif")


def test_a_big_endian_bigtiff_is_named_and_a_little_endian_one_read(tmp_path):
    tifffile.imwrite(tmp_path / "big.tif", RGB, photometric="rgb", bigtiff=True, byteorder="<")
    assert np.array_equal(read_photo(tmp_path / "big.tif"), RGB)
    tifffile.imwrite(tmp_path / "big.tif", RGB, photometric="rgb", bigtiff=True, byteorder=">")
    with pytest.raises(InputError, match=r"big\.tif: found a big-endian BigTIFF; allowed: .*; convert it"):
        read_photo(tmp_path / "big.tif")


def test_what_pillow_does_not_open_is_not_called_damaged_alone(tmp_path):
    tifffile.imwrite(
        tmp_path / "bands.tif", np.zeros((8, 8, 5), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    told = (
        r"bands\.tif: not a whole image, or not one that is read \(TIFF: unknown pixel mode\); repair or convert it"
    )
    with pytest.raises(InputError, match=told):
        read_photo(tmp_path / "bands.tif")


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("inner", [True, False])
def test_a_pyramid_is_read_at_its_full_size(tmp_path, marked, inner):
    with tifffile.TiffWriter(tmp_path / "slide.tif") as file:
        file.write(RGB, photometric="rgb", tile=(16, 16), subifds=2 if inner else None)
        for step in (2, 4):
            file.write(RGB[::step, ::step], photometric="rgb", subfiletype=int(marked))
    photo = decode_photo(tmp_path / "slide.tif")
    assert np.array_equal(photo.image, RGB)
    assert photo.remarks == (() if inner else ("has 3 frames or pages; only the first is used",))

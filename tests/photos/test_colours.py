"""Photos are read in the colours that their ICC profiles say."""

import io
import logging
import struct
import zlib

import numpy as np
import pytest
from icc_profiles import SPACES, as_srgb, cmyk_profile, grey_profile, profile, rgb_profile
from PIL import Image

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.photos.copies import pixel_digest
from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.photos.reading import decode_photo, read_photo
from sr_fingerprints.photos.sources import BUNDLED, photo_sources

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
WIDE = ["Display P3", "Adobe RGB (1998)", "ProPhoto RGB"]
LOSSLESS = {"png": {}, "tif": {}, "webp": {"lossless": True, "exact": True}}


def saved(path, pixels=PIXELS, icc=None, **settings):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(path, icc_profile=icc, **(LOSSLESS.get(path.suffix[1:], {}) | settings))
    return path


@pytest.mark.parametrize("suffix", LOSSLESS)
@pytest.mark.parametrize("space", WIDE)
def test_wide_gamut_photos_become_srgb(tmp_path, space, suffix):
    photo = decode_photo(saved(tmp_path / f"photo.{suffix}", icc=rgb_profile(space)))
    difference = np.abs(np.asarray(photo.image, int) - as_srgb(PIXELS, space))
    assert difference.max() <= 1 and difference.mean() < 0.1
    assert np.abs(np.asarray(photo.image, int) - PIXELS).mean() > 5
    assert photo.profile == space and photo.remarks == ()


def test_colours_that_srgb_has_survive_a_wide_gamut_and_a_jpeg(tmp_path):
    """A smooth photo, in Display P3 as a phone would save it, comes back."""
    pixels = np.asarray(Image.fromarray(PIXELS[:6, :8]).resize((160, 120), Image.Resampling.BICUBIC))
    inside = 64 + pixels // 2
    in_p3 = _nearest_in("Display P3", inside)
    saved(tmp_path / "phone.jpg", in_p3, rgb_profile("Display P3"), quality=95)
    found = np.asarray(read_photo(tmp_path / "phone.jpg"), int)
    assert np.abs(found - inside).mean() < 2
    assert np.abs(in_p3.astype(int) - inside).mean() > 3


def _nearest_in(space, pixels):
    """Pixels of ``space`` that look like sRGB ``pixels``, found by iteration: `as_srgb` only goes the other way."""
    guess = pixels.astype(float)
    for _ in range(40):
        guess = (guess + 0.5 * (pixels.astype(float) - as_srgb(guess, space))).clip(0, 255)
    return guess.round().astype(np.uint8)


@pytest.mark.parametrize("icc", [None, rgb_profile("sRGB"), rgb_profile("sRGB", "Apple's screen")])
@pytest.mark.parametrize("suffix", LOSSLESS)
def test_pixels_in_srgb_and_without_a_profile_stay_as_they_are(tmp_path, icc, suffix):
    photo = decode_photo(saved(tmp_path / f"photo.{suffix}", icc=icc))
    assert np.array_equal(photo.image, PIXELS)
    assert photo.profile is None and photo.remarks == ()


def test_of_the_bundled_photos_only_the_rocket_is_not_in_srgb():
    profiles = {name: decode_photo(path).profile for name, path in photo_sources(None, list(BUNDLED)).items()}
    assert {name: profile for name, profile in profiles.items() if profile} == {"rocket": "Adobe RGB (1998)"}


def test_a_copy_in_another_space_is_a_copy(tmp_path):
    saved(tmp_path / "wide.png", icc=rgb_profile("ProPhoto RGB"))
    converted = read_photo(tmp_path / "wide.png")
    saved(tmp_path / "srgb.png", converted)
    assert pixel_digest(read_photo(tmp_path / "srgb.png")) == pixel_digest(converted)


def test_grey_becomes_neutral_by_its_curve(tmp_path):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = as_srgb(np.repeat(grey[..., None], 3, 2), "Adobe RGB (1998)")
    for pixels in (grey, grey.astype(np.uint16) * 256 + 255):
        photo = decode_photo(saved(tmp_path / "grey.png", pixels, grey_profile(563 / 256)))
        assert np.abs(np.asarray(photo.image, int) - expected).max() <= 1
        assert photo.profile == "Gray Gamma"
    photo = decode_photo(saved(tmp_path / "grey.png", grey, rgb_profile("Adobe RGB (1998)")))
    assert np.abs(np.asarray(photo.image, int) - expected).max() <= 1


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_cmyk_becomes_what_its_profile_says_of_the_inks(tmp_path, suffix):
    yellow, black = (Image.new("CMYK", (16, 16), ink) for ink in ((0, 0, 255, 0), (0, 0, 0, 255)))
    photo = decode_photo(saved(tmp_path / f"ink.{suffix}", yellow, cmyk_profile()))
    assert np.abs(np.asarray(photo.image, int) - (203, 183, 109)).max() <= 3  # CIELAB (75, 0, 40)
    assert photo.profile == "Press"
    assert np.asarray(read_photo(saved(tmp_path / f"ink.{suffix}", black, cmyk_profile()))).max() <= 3


def test_transparency_is_kept_when_colours_are_converted(tmp_path):
    alpha = np.zeros((60, 80, 1), np.uint8)
    alpha[:30] = 255
    saved(tmp_path / "clear.png", np.concatenate([PIXELS, alpha], 2), rgb_profile("Display P3"))
    found = np.asarray(read_photo(tmp_path / "clear.png"), int)
    assert np.abs(found[:30] - as_srgb(PIXELS, "Display P3")[:30]).max() <= 1
    assert (found[30:] == 255).all()
    few = Image.fromarray(PIXELS).quantize(16)
    saved(tmp_path / "palette.png", few, rgb_profile("Display P3"))
    found = np.asarray(read_photo(tmp_path / "palette.png"), int)
    assert np.abs(found - as_srgb(np.asarray(few.convert("RGB")), "Display P3")).max() <= 1


@pytest.mark.parametrize(
    "icc",
    [
        bytes(3_000_000),
        b"no profile",
        rgb_profile("Display P3")[:200],
        grey_profile(2.2),
        cmyk_profile(),
        profile(b"RGB ", {}, "without primaries"),
        profile(b"RGB ", {}, "link", kind=b"link"),
        profile(b"XYZ ", {}, "of XYZ"),
    ],
    ids=["zeros", "text", "cut", "grey", "cmyk", "empty", "link", "xyz"],
)
def test_a_profile_that_is_damaged_or_for_other_images_is_told_and_passed_over(tmp_path, icc):
    photo = decode_photo(saved(tmp_path / "photo.png", icc=icc))
    assert np.array_equal(photo.image, PIXELS)
    assert photo.profile is None
    [remark] = photo.remarks
    assert remark.startswith("its colour profile is passed over (") and remark.endswith("): read as sRGB")


@pytest.mark.parametrize("parts", [[(1, 2)], [(2, 2)], [(1, 1), (1, 1)]], ids=["second", "first", "twice"])
def test_a_jpeg_that_lost_a_part_of_its_profile_is_told(tmp_path, parts):
    saved(tmp_path / "photo.jpg")
    content, icc = (tmp_path / "photo.jpg").read_bytes(), rgb_profile("Display P3")
    marked = [b"ICC_PROFILE\0" + bytes(numbers) + icc for numbers in parts]
    segments = b"".join(b"\xff\xe2" + struct.pack(">H", len(data) + 2) + data for data in marked)
    (tmp_path / "photo.jpg").write_bytes(content[:2] + segments + content[2:])
    photo = decode_photo(tmp_path / "photo.jpg")
    told = "its colour profile is passed over (damaged, or not whole): read as sRGB"
    assert photo.profile is None and photo.remarks == (told,)


def test_a_png_whose_profile_does_not_unpack_is_told(tmp_path):
    saved(tmp_path / "photo.png")
    content = (tmp_path / "photo.png").read_bytes()
    start = content.index(b"IDAT") - 4
    (tmp_path / "photo.png").write_bytes(content[:start] + chunk(b"iCCP", b"p3\0\0none") + content[start:])
    photo = decode_photo(tmp_path / "photo.png")
    assert np.array_equal(photo.image, PIXELS)
    assert photo.remarks == ("its colour profile is passed over (damaged, or not whole): read as sRGB",)


def test_random_damage_to_profiles_never_breaks(tmp_path):
    random = np.random.default_rng(0)
    whole = Image.fromarray(PIXELS[:4, :4])
    for icc in (rgb_profile("Display P3"), grey_profile(1.8), cmyk_profile()):
        mode = {b"GRAY": "L", b"CMYK": "CMYK"}.get(icc[16:20], "RGB")
        for _ in range(60):
            damaged = np.frombuffer(icc, np.uint8).copy()
            damaged[random.integers(len(icc), size=random.integers(1, 20))] = random.integers(256)
            assert read_photo(saved(tmp_path / "photo.tif", whole.convert(mode), damaged.tobytes())).size == (4, 4)


def test_what_was_converted_is_in_the_log_and_in_the_file(tmp_path, caplog):
    (tmp_path / "photos").mkdir()
    for name, icc in (("a", None), ("b", rgb_profile("Display P3")), ("c", rgb_profile("sRGB")), ("d", b"none")):
        saved(tmp_path / f"photos/{name}.png", PIXELS + ord(name), icc)
    saved(tmp_path / "photos/copy of b.png", PIXELS + ord("b"), rgb_profile("Display P3"))
    files, shares = photo_sources(str(tmp_path / "photos"), []), {"train": 0.5, "validation": 0.25, "test": 0.25}
    with caplog.at_level(logging.INFO):
        prepare_photos(files, tmp_path / "photos.h5", Preparation(), shares, seed=1)
    with ImageFile(tmp_path / "photos.h5") as photos:
        assert photos.attributes["profiles"] == {"b.png": "Display P3"}
        row = photos.photo.tolist().index("b.png")
        assert np.abs(photos.image(row).astype(int) - as_srgb(PIXELS + ord("b"), "Display P3")).max() <= 1
    assert f"{tmp_path}/photos/b.png: converted from Display P3 to sRGB" in caplog.text
    assert f"{tmp_path}/photos/d.png: its colour profile is passed over" in caplog.text


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    ("kind", "numbers", "told"),
    [
        (b"gAMA", [45455], False),
        (b"gAMA", [100_000], True),
        (b"cHRM", [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000], False),
        (b"cHRM", [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000], True),
    ],
)
def test_colours_told_without_a_profile_are_told_and_not_used(tmp_path, kind, numbers, told):
    stream = io.BytesIO()
    Image.fromarray(PIXELS).save(stream, "png")
    content = stream.getvalue()
    start = content.index(b"IDAT") - 4
    said = chunk(kind, struct.pack(f">{len(numbers)}I", *numbers))
    (tmp_path / "photo.png").write_bytes(content[:start] + said + content[start:])
    photo = decode_photo(tmp_path / "photo.png")
    assert np.array_equal(photo.image, PIXELS)
    assert ["gAMA and cHRM" in remark for remark in photo.remarks] == [True] * told


def test_a_camera_that_says_adobe_rgb_without_a_profile_is_told(tmp_path):
    def directory(tag, kind, count, value):
        return struct.pack("<HHHI4s4x", 1, tag, kind, count, value)

    entries = directory(0x8769, 4, 1, struct.pack("<I", 26)) + directory(0xA005, 4, 1, struct.pack("<I", 44))
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entries + directory(1, 2, 4, b"R03\0")
    photo = decode_photo(saved(tmp_path / "_DSC1.jpg", exif=exif))
    assert photo.remarks == ("its EXIF says Adobe RGB, but it has no profile: read as sRGB",)
    assert decode_photo(saved(tmp_path / "a.jpg", icc=rgb_profile("sRGB"), exif=exif)).remarks == ()


def test_the_spaces_of_these_tests_are_those_of_their_standards():
    """White is white in each, and primaries of wide gamuts are outside sRGB."""
    white = np.full((1, 3), 255, np.uint8)
    for space in SPACES:
        assert (as_srgb(white, space) >= 254).all()
    greens = {space: as_srgb(np.array([[0, 255, 0]], np.uint8), space).tolist()[0] for space in WIDE}
    assert greens == {space: [0, 255, 0] for space in WIDE}

"""Only photos are opened, whole ones are taken, and of no file a preview is taken for the photo."""

import errno
import io
import logging
import os
import random
import re
import shutil
import struct
import zlib

import numpy as np
import pytest
from icc_profiles import as_srgb, rgb_profile
from PIL import EpsImagePlugin, Image, PngImagePlugin, features

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.photos.formats import FORMATS, RAW_SUFFIXES, photo_formats
from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.photos.reading import UnreadPhotoError, decode_photo, read_photo
from sr_fingerprints.photos.sources import photo_sources
from sr_fingerprints.runtime.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
TURNED = np.rot90(PIXELS, -1)  # as by orientation 6


def encoded(kind, pixels=PIXELS, **settings):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **settings)
    return stream.getvalue()


def written(path, content):
    path.write_bytes(content)
    return path


# Previews


def tiff(*directories, sub=(), magic=b"II*\0"):
    """A TIFF of pages, and of SubIFDs of the first one: each a pair of (height, width, 3) pixels and further tags."""
    content, places = bytearray(magic + bytes(4)), []
    pages = len(directories)
    for number, (pixels, extra) in enumerate((*directories, *sub)):
        height, width = pixels.shape[:2]
        data, start = pixels.tobytes(), len(content)
        content += data + struct.pack("<3H", 8, 8, 8) + bytes(len(data) % 2)
        places.append(len(content))
        tags = {256: width, 257: height, 258: start + len(data), 259: 1, 262: 2, 273: start, 277: 3, 278: height}
        tags |= {279: len(data), **extra, **({330: 0} if sub and not number else {})}
        content += struct.pack("<H", len(tags))
        for tag in sorted(tags):
            counts = {258: (3, 3), 330: (4, len(sub)), 50706: (1, 4)}
            content += struct.pack("<HHII", tag, *counts.get(tag, (4, 1)), tags[tag])
        content += bytes(4)
    for number, place in enumerate(places):
        count = struct.unpack_from("<H", content, place)[0]
        following = places[number + 1] if number + 1 < pages else 0
        struct.pack_into("<I", content, place + 2 + 12 * count, following)
    struct.pack_into("<I", content, 4, places[0])
    if sub:
        entry = content.index(struct.pack("<HHI", 330, 4, len(sub)), places[0])
        struct.pack_into("<I", content, entry + 8, places[pages])
    return bytes(content)


LARGE = np.zeros((60, 90, 3), np.uint8)


@pytest.mark.parametrize("suffix", ["tif", "TIFF", "jpg", "photo"])
@pytest.mark.parametrize(
    "content",
    [
        tiff((PIXELS, {254: 1})),
        tiff((PIXELS, {254: 3})),
        tiff((PIXELS, {255: 2})),
        tiff((PIXELS, {}), (LARGE, {})),
        tiff((PIXELS, {}), (PIXELS, {}), (LARGE, {})),
        tiff((PIXELS, {}), sub=[(LARGE, {})]),
        tiff((PIXELS, {254: 1}), sub=[(LARGE, {254: 0, 262: 32803})]),
        tiff((PIXELS, {}), sub=[(PIXELS, {262: 32803})]),
        tiff((PIXELS, {50706: 0x0401})),
        tiff((PIXELS, {254: 4})),
        tiff((PIXELS, {}), (LARGE, {}), sub=[(PIXELS, {258: 2**31})]),
        b"FUJIFILMCCD-RAW 0201FF383501" + bytes(100),
        tiff((PIXELS, {}), magic=b"IIU\0"),
        tiff((PIXELS, {}), magic=b"IIRO"),
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(100),
        b"II*\0\x10\0\0\0CR\2\0" + bytes(100),
        b"II*\0\x08\x0a\0\0IIIICwaR" + bytes(100),
        b"\0\0\4\x88RED2" + bytes(100),
        bytes(25) + b"ARECOYK" + bytes(100),
    ],
    ids=[
        *("reduced", "reduced_page", "old_reduced", "larger_page", "larger_third_page", "larger_sub", "nef", "cfa"),
        *("dng", "mask", "damaged_sub", "raf", "rw2", "orf", "cr3", "cr2", "iiq", "red", "kyocera"),
    ],
)
def test_a_preview_never_becomes_the_photo_whatever_its_name(tmp_path, content, suffix):
    path = written(tmp_path / f"DSC_0001.{suffix}", content)
    found = "a camera raw file|a reduced image|an image of 30 x 20 pixels before one of 90 x 60|a mask"
    told = rf": found ({found}).*; (develop|convert) it to TIFF, PNG or JPEG, or for `photos` set"
    with pytest.raises(InputError, match=re.escape(str(path)) + told):
        read_photo(path)


@pytest.mark.parametrize("suffix", RAW_SUFFIXES)
def test_camera_raw_files_are_known_by_their_suffix(tmp_path, suffix):
    for name in (f"a{suffix}", f"a{suffix.upper()}"):
        with pytest.raises(InputError, match=rf"{name}: found a camera raw file, by its suffix .*; develop it to"):
            read_photo(written(tmp_path / name, tiff((PIXELS, {}))))


def test_a_thumbnail_that_cameras_put_beside_videos_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"MVI_1\.THM: found a camera's thumbnail, .*; give the photo itself"):
        read_photo(written(tmp_path / "MVI_1.THM", encoded("JPEG")))


@pytest.mark.parametrize(
    "content",
    [
        tiff((PIXELS, {})),
        tiff((PIXELS, {254: 0}), (PIXELS[::2, ::2].copy(), {254: 1}), (PIXELS[::4, ::4].copy(), {254: 1})),
        tiff((PIXELS, {254: 2}), (PIXELS, {254: 2})),
        tiff((PIXELS, {}), sub=[(PIXELS[::4, ::4].copy(), {254: 1})]),
        tiff((PIXELS, {}), (np.zeros((25, 35, 3), np.uint8), {})),
        tiff((PIXELS, {330: 99_999})),
        tiff((PIXELS, {330: 8})),
    ],
    ids=["one", "pyramid", "pages", "thumbnail", "page_somewhat_larger", "sub_outside", "sub_is_pixels"],
)
def test_a_tiff_whose_first_image_is_the_largest_is_a_photo(tmp_path, content):
    assert np.array_equal(read_photo(written(tmp_path / "scan.tif", content)), PIXELS)


def test_a_cut_tiff_is_called_cut_and_not_a_preview(tmp_path):
    refused = 0
    for content in (encoded("TIFF"), encoded("TIFF", compression="tiff_lzw"), tiff((PIXELS, {}))):
        for length in range(8, len(content), 50):
            try:
                read_photo(written(tmp_path / "cut.tif", content[:length]))
            except InputError as error:
                refused += 1
                assert "cut.tif: not a whole image" in str(error)
    assert refused > 50


def test_a_tiff_whose_directories_are_a_ring_ends(tmp_path):
    content = bytearray(tiff((PIXELS, {}), (PIXELS, {})))
    first = struct.unpack_from("<I", content, 4)[0]
    second = content.rindex(struct.pack("<HHII", 256, 4, 1, 30)) - 2
    struct.pack_into("<I", content, second + 2 + 12 * struct.unpack_from("<H", content, second)[0], first)
    assert np.array_equal(read_photo(written(tmp_path / "ring.tif", content)), PIXELS)


def psd(real):
    """A Photoshop file of one layerless image, whose resource 1057 says whether that is real."""
    version = struct.pack(">IB3x", 1, real)
    resource = b"8BIM" + struct.pack(">H2xI", 1057, len(version)) + version
    header = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, *PIXELS.shape[:2], 8, 3) + bytes(4)
    planes = PIXELS.transpose(2, 0, 1).tobytes()
    return header + struct.pack(">I", len(resource)) + resource + bytes(4) + bytes(2) + planes


def test_a_photoshop_file_without_the_image_of_its_layers_is_refused(tmp_path):
    assert np.array_equal(read_photo(written(tmp_path / "whole.psd", psd(real=True))), PIXELS)
    with pytest.raises(InputError, match=r"layers\.psd: found layers only, .*; convert it to TIFF, PNG or JPEG"):
        read_photo(written(tmp_path / "layers.psd", psd(real=False)))


@pytest.mark.parametrize("bits", [16, 32])
def test_a_photoshop_file_of_more_bits_is_named(tmp_path, bits):
    content = psd(real=True).replace(struct.pack(">HH", 8, 3), struct.pack(">HH", bits, 3), 1)
    with pytest.raises(
        InputError, match=rf"deep\.psd: found PSD of {bits} bits a channel; allowed: 8; convert it to"
    ):
        read_photo(written(tmp_path / "deep.psd", content))


# Formats


@pytest.mark.parametrize("kind", [name for name in FORMATS if name not in ("PSD", "SUN")])
def test_every_format_of_photos_is_read_by_whatever_name(tmp_path, kind):
    if kind not in photo_formats() or kind not in Image.SAVE or (kind == "AVIF" and not features.check("avif")):
        pytest.skip(f"this Pillow does not read and write {kind}")
    content = encoded(kind)
    for name in ("photo.jpg", "photo"):
        found = np.asarray(read_photo(written(tmp_path / name, content)), int)
        assert found.shape == PIXELS.shape
        assert np.abs(found - PIXELS).mean() < 60  # half of what unrelated noise would have; lossy formats lose much


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n0 0 100 100 rectfill\nshowpage\n"


@pytest.mark.parametrize("name", ["holiday.jpg", "a.eps", "a.ps", "b.png", "none"])
@pytest.mark.parametrize("start", [b"", b"\xc5\xd0\xd3\xc6" + struct.pack("<2I20x", 30, len(EPS))])
def test_postscript_is_not_executed(tmp_path, monkeypatch, name, start):
    """A program named as Ghostscript would be run by Pillow, were the file opened as EPS and decoded."""
    ghostscript = tmp_path / "bin" / "gs"
    ghostscript.parent.mkdir()
    ghostscript.write_text(f"#!/bin/sh\necho run >> {tmp_path}/executed\n")
    ghostscript.chmod(0o700)
    monkeypatch.setenv("PATH", str(ghostscript.parent), prepend=":")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    assert shutil.which("gs") == str(ghostscript)
    with pytest.raises(InputError, match=rf"{name}: found EPS; allowed: .*; convert it to TIFF, PNG or JPEG"):
        read_photo(written(tmp_path / name, start + EPS))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd7\xcd\xc6\x9a" + bytes(100), "WMF"),
        (b"GRIB\0\0\0\1" + bytes(20), "GRIB"),
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "HDF5"),
        (b"SIMPLE  =                    T" + bytes(100), "FITS"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(100), "HEIF"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  " + bytes(100), "video"),
        (b"\xff\x0a" + bytes(100), "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100), "JPEG XL"),
        (b"%PDF-1.7\n" + bytes(100), "PDF"),
        (b"8BPS\0\2" + bytes(100), "PSB"),
        (b"\0\0\x0f\x17moov" + bytes(100), "video"),
        (b"RIFF\xff\0\0\0AVI LIST" + bytes(100), "video"),
        (b"\x1aE\xdf\xa3" + bytes(100), "video"),
        (b"gimp xcf file\0" + bytes(100), "XCF"),
        (b"v/1\1\2\0\0\0" + bytes(100), "OpenEXR"),
        (b"#?RADIANCE\n" + bytes(100), "Radiance HDR"),
        (b"PK\3\4" + bytes(100), "ZIP"),
        (b"P7 332\n#END_OF_COMMENTS\n8 8 255\n" + bytes(64), "XVTHUMB"),
    ],
)
def test_what_is_no_photo_is_named_with_the_remedy(tmp_path, content, told):
    with pytest.raises(InputError, match=rf"a\.jpg: found {told}; allowed: .*; convert it to TIFF, PNG or JPEG, or"):
        read_photo(written(tmp_path / "a.jpg", content))


# Metadata


def entry(tag, kind, count, value):
    return struct.pack("<HHI", tag, kind, count) + value


ORIENTATION = entry(0x0112, 3, 1, struct.pack("<HH", 6, 0))


def exif(*entries, after=b""):
    head = b"Exif\0\0II*\0\x08\0\0\0"
    return head + struct.pack("<H", 1 + len(entries)) + b"".join((ORIENTATION, *entries)) + bytes(4) + after


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "odd",
    [
        entry(0x010F, 11, 1, struct.pack("<f", 0.5)),
        entry(0x010F, 3, 1, struct.pack("<HH", 7, 0)),
        entry(0x8769, 2, 4, b"abc\0"),
        entry(0x8769, 4, 1, struct.pack("<I", 8)),
        entry(0x8825, 5, 1, struct.pack("<I", 8)),
        entry(0x0100, 9, 1, struct.pack("<i", -5)),
        entry(0x011A, 5, 2, struct.pack("<I", 9)),
        entry(0x02BC, 4, 1, b"\1\2\3\4"),
        entry(0x010F, 2, 0xFFFFFFF0, bytes(4)),
        entry(0x9291, 12, 1, b"\xff" * 4),
    ],
)
def test_an_odd_entry_beside_the_orientation_changes_nothing(tmp_path, kind, odd):
    settings = {"lossless": True} if kind == "WEBP" else {}
    path = written(tmp_path / "photo", encoded(kind, exif=exif(odd, after=bytes(8)), **settings))
    expected = np.asarray(Image.open(io.BytesIO(encoded(kind, **settings))).convert("RGB"))
    assert np.array_equal(read_photo(path), np.rot90(expected, -1))


def test_random_exif_never_breaks(tmp_path):
    """As 381 of 15,000 did in Pillow's `exif_transpose`, with entries for which `AttributeError` was raised."""
    numbers = random.Random(0)
    tags = [0x10F, 0x110, 0x111, 0x11A, 0x132, 0x14A, 0x201, 0x2BC, 0x83BB, 0x8769, 0x8773, 0x8825, 0xA005, 0x927C]
    values = [
        bytes(4),
        b"\xff" * 4,
        *(numbers.randbytes(4) for _ in range(8)),
        *(bytes([n, 0, 0, 0]) for n in range(90)),
    ]
    for _ in range(500):
        odd = [
            entry(
                numbers.choice(tags),
                numbers.randint(1, 18),
                numbers.choice([0, 1, 2, 8, 100]),
                numbers.choice(values),
            )
            for _ in range(numbers.randint(1, 4))
        ]
        content = encoded("JPEG", exif=exif(*odd, after=numbers.randbytes(80)))
        assert read_photo(written(tmp_path / "photo.jpg", content)).size == TURNED.shape[1::-1]


def test_a_tiff_is_turned_whatever_its_other_tags(tmp_path):
    for number, odd in enumerate(({271: 7}, {34853: 8}, {34665: 2**31}, {700: 5}, {316: 2**31})):
        path = written(tmp_path / f"{number}.tif", tiff((PIXELS, {274: 6, **odd})))
        assert np.array_equal(read_photo(path), TURNED), odd


@pytest.mark.parametrize("content", [b"garbage", b"", b"II*\0\xff\xff\xff\xff", b"MM"])
def test_exif_that_cannot_be_read_leaves_the_photo_as_it_lies(tmp_path, content):
    path = written(tmp_path / "photo.jpg", encoded("JPEG", exif=b"Exif\0\0" + content))
    assert read_photo(path).size == (30, 20)


XMP = [
    '<x tiff:Orientation="6"/>',
    "<x tiff:Orientation='6'/>",
    '<x tiff:Orientation = "6"/>',
    "<tiff:Orientation>6</tiff:Orientation>",
    "<tiff:Orientation> 6 </tiff:Orientation>",
]


@pytest.mark.parametrize("xmp", XMP)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_the_orientation_in_xmp_is_used(tmp_path, kind, xmp):
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp)
    settings = {"PNG": {"pnginfo": text}, "TIFF": {"tiffinfo": {700: xmp.encode()}}}
    content = encoded(kind, **settings.get(kind, {"xmp": xmp.encode(), "quality": 95}))
    assert read_photo(written(tmp_path / "a", content)).size == (20, 30)
    if kind in settings:
        assert np.array_equal(read_photo(tmp_path / "a"), TURNED)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks, last=False):
    content = encoded("PNG")
    place = content.index(b"IEND" if last else b"IDAT") - 4
    return content[:place] + b"".join(chunks) + content[place:]


def compressed(megabytes):
    return zlib.compress(bytes(megabytes * 2**20), 9)


XMP = chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>')
WIDE = chunk(b"iCCP", b"P3\0\0" + zlib.compress(rgb_profile("Display P3")))
HISTORY = chunk(b"zTXt", b"History\0\0" + compressed(40))


@pytest.mark.parametrize(
    ("content", "expected", "told"),
    [
        (png_with(chunk(b"zTXt", b"History\0\0" + compressed(2))), PIXELS, None),
        (png_with(chunk(b"iTXt", b"History\0\1\0\0\0" + compressed(2))), PIXELS, None),
        (png_with(chunk(b"zTXt", b"History\0\0" + compressed(2)), last=True), PIXELS, None),
        (png_with(chunk(b"iTXt", b"workflow\0\0\0\0\0" + bytes(2**21))), PIXELS, None),
        (png_with(HISTORY), PIXELS, "texts"),
        (png_with(HISTORY, last=True), PIXELS, "texts"),
        (png_with(*[chunk(b"zTXt", b"History\0\0" + compressed(1))] * 70), PIXELS, "texts"),
        (png_with(chunk(b"zTXt", b"History\0\7" + compressed(1))), PIXELS, "texts"),
        (png_with(XMP, HISTORY), TURNED, "texts"),
        (png_with(WIDE, HISTORY), as_srgb(PIXELS, "Display P3"), "texts"),
        (png_with(chunk(b"iCCP", b"large\0\0" + compressed(40))), PIXELS, "texts, profile and further frames"),
    ],
    ids=["zTXt", "iTXt", "last", "plain", "40MB", "40MB_last", "many", "method", "turned", "wide", "profile"],
)
def test_a_png_with_long_texts_is_taken(tmp_path, content, expected, told):
    photo = decode_photo(written(tmp_path / "edited.png", content))
    found = np.asarray(photo.image, int)
    assert found.shape == expected.shape and np.abs(found - expected).max() <= 1
    assert [remark.split(" cannot be read")[0] for remark in photo.remarks] == ([f"its {told}"] if told else [])


def test_a_png_with_a_damaged_text_is_refused(tmp_path):
    content = bytearray(png_with(chunk(b"tEXt", b"Comment\0hello")))
    content[content.index(b"hello")] ^= 1
    with pytest.raises(InputError, match="not a whole image"):
        read_photo(written(tmp_path / "a.png", content))


# Frames


def of_three_frames(kind, **settings):
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("red", "blue", "green")]
    stream = io.BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], **settings)
    return stream.getvalue()


def end_of_the_first(kind, content):
    """Where the second frame begins."""
    if kind == "TIFF":
        first = struct.unpack_from("<I", content, 4)[0]
        return struct.unpack_from("<I", content, first + 2 + 12 * struct.unpack_from("<H", content, first)[0])[0]
    mark = {"GIF": b"!\xf9", "PNG": b"fcTL"}[kind]
    return content.index(mark, content.index(mark) + 1)


def test_of_frames_that_are_cut_or_damaged_the_first_is_taken(tmp_path):
    told = set()
    for kind in ("GIF", "TIFF", "PNG"):
        whole = of_three_frames(kind)
        first = end_of_the_first(kind, whole)
        for place in range(first, len(whole), (len(whole) - first) // 20):
            for content in (whole[:place], whole[:place] + bytes(40) + whole[place + 40 :]):
                photo = decode_photo(written(tmp_path / "photo", content))
                assert (np.asarray(photo.image) == (255, 0, 0)).all()
                told |= {re.sub(r"\d|\(.*\)", "", remark) for remark in photo.remarks}
    assert "a frame or page after the first is damaged ; only the first is used" in told


@pytest.mark.parametrize("lossless", [True, False])
def test_of_a_webp_whose_later_frames_are_cut_the_first_is_taken(tmp_path, lossless):
    path = tmp_path / "photo.webp"
    whole = of_three_frames("WEBP", lossless=lossless, icc_profile=rgb_profile("Display P3"))
    expected = decode_photo(written(path, whole))
    assert expected.remarks == ("has 3 frames or pages; only the first is used",)
    second = whole.index(b"ANMF", whole.index(b"ANMF") + 1)
    for content in (whole[:second], whole[: second + 10], whole[:-5], whole[:second] + b"?" + whole[second + 1 :]):
        photo = decode_photo(written(path, content))
        assert np.array_equal(photo.image, expected.image) and photo.profile == "Display P3"
        assert len(photo.remarks) == 1 and "frames" in photo.remarks[0]
    for content in (whole[: second - 9], encoded("WEBP", lossless=lossless)[:-9]):
        with pytest.raises(InputError, match=r"photo\.webp: not a whole image"):
            read_photo(written(path, content))


def test_a_cut_webp_that_lost_its_orientation_is_refused(tmp_path):
    whole = of_three_frames("WEBP", exif=exif())
    assert read_photo(written(tmp_path / "photo.webp", whole)).size == (40, 60)
    with pytest.raises(InputError, match=r"photo\.webp: not a whole image"):
        read_photo(written(tmp_path / "photo.webp", whole[: whole.index(b"EXIF")]))


def test_a_gif_whose_second_frame_is_of_no_known_block_is_taken(tmp_path, caplog):
    """IndexError of Pillow 10 to 13: the file of the public report, made again."""
    content = of_three_frames("GIF")
    (tmp_path / "photos").mkdir()
    for number in range(3):
        written(tmp_path / f"photos/{number}.png", encoded("PNG", PIXELS + number))
    place = content.index(b"!\xf9", content.index(b"!\xf9") + 2)
    written(tmp_path / "photos/cut.gif", content[: place + 3])
    shares = {"train": 0.4, "validation": 0.3, "test": 0.3}
    files = photo_sources(str(tmp_path / "photos"), [])
    with caplog.at_level(logging.WARNING):
        prepare_photos(files, tmp_path / "photos.h5", Preparation(), shares, seed=1)
    with ImageFile(tmp_path / "photos.h5") as photos:
        assert len(photos) == 4
    assert f"{tmp_path}/photos/cut.gif: " in caplog.text and "only the first is used" in caplog.text


# Damage


WHOLE = {
    **{kind: encoded(kind) for kind in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP", "PPM", "TGA", "PCX", "SGI")},
    "animation": of_three_frames("PNG"),
    "pages": of_three_frames("TIFF", compression="tiff_lzw"),
    "profile": encoded("JPEG", icc_profile=rgb_profile("Display P3"), exif=exif()),
    "psd": psd(real=True),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged_files_are_refused_by_name_or_read(tmp_path, kind):
    """Cut, and with bytes changed: nothing but an `InputError` of one line that names the file."""
    numbers = random.Random(kind)
    path, refused = tmp_path / "photo", 0
    for _ in range(40):
        content = bytearray(WHOLE[kind])
        for _ in range(numbers.randint(1, 8)):
            content[numbers.randrange(min(len(content), numbers.choice([64, 600, 10**6])))] = numbers.randrange(256)
        path.write_bytes(content[: numbers.randrange(len(content))] if numbers.random() < 0.4 else content)
        try:
            read_photo(path)
        except InputError as error:
            refused += 1
            assert str(error).startswith(f"{path}: ") and "\n" not in str(error)
    assert refused


@pytest.mark.parametrize("number, remedy", [(errno.EACCES, "make it readable"), (errno.EIO, "check the drive")])
def test_a_photo_that_the_system_does_not_let_read_is_not_called_damaged_and_never_skipped(
    tmp_path, monkeypatch, number, remedy
):
    path = written(tmp_path / "photo.png", encoded("PNG"))

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr("sr_fingerprints.photos.formats._start", refuse)
    for skip in (False, True):
        with pytest.raises(
            UnreadPhotoError, match=re.escape(f"{path}: cannot be read ({os.strerror(number)}); {remedy}")
        ):
            prepare_photos({"a": path}, tmp_path / "photos.h5", Preparation(), {"train": 1}, 1, skip_unreadable=skip)

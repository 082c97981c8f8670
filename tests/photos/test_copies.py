"""No photo counts twice, and none of the study's is one that networks are trained on, under whatever name."""

import logging
import os
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from photos_in_two_uses import IMAGES, SETTINGS, photos_in, pixels, training_in, workflow
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.copies import (
    Collection,
    check_no_leakage,
    check_no_shared_files,
    find_copies,
    pixel_digest,
    tabulate_copies,
)
from sr_fingerprints.photos.preparation import Preparation, prepare_photos
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.photos.sources import photo_sources
from sr_fingerprints.runtime.errors import InputError

THIRDS = {"train": 0.4, "validation": 0.3, "test": 0.3}
TRAINING = {"train": 1, "validation": 0, "test": 0}


@pytest.fixture
def folder(tmp_path):
    """Six photos."""
    return photos_in(tmp_path)


def prepared(folder, output, shares=THIRDS, **settings):
    prepare_photos(photo_sources(str(folder), []), output, Preparation(), shares, 1, **settings)
    return ImageFile(output)


@pytest.mark.parametrize(
    "spelling",
    [
        "work/photos",
        "work/photos/",
        "./work/photos",
        "work/photos/../photos",
        "work",
        ".",
        "work/photos/below",
        "link",
    ],
)
def test_a_file_of_both_is_refused_by_whatever_path(folder, tmp_path, monkeypatch, spelling):
    monkeypatch.chdir(tmp_path)
    (folder / "below").mkdir()
    pixels(7).save(folder / "below/p7.png")
    if spelling == "link":
        (tmp_path / "link").symlink_to("work/photos")
    photos = photo_sources("work/photos", [])
    with pytest.raises(InputError, match=r"^configuration: datasets\.natural: found \S+, .*`photos`.*; allowed: "):
        check_no_shared_files(photos, {"natural": photo_sources(spelling, [])})


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_link_to_one_photo_is_refused_with_both_paths(folder, tmp_path, link):
    other = tmp_path / "other"
    other.mkdir()
    pixels(9).save(other / "another.png")
    photos = photo_sources(str(folder), [])
    check_no_shared_files(photos, {"natural": photo_sources(str(other), [])})
    link(folder / "p3.png", other / "renamed.png")
    told = rf"datasets\.natural: found {other}/renamed\.png, the same file as {folder}/p3\.png of `photos`"
    with pytest.raises(InputError, match=told):
        check_no_shared_files(photos, {"natural": photo_sources(str(other), [])})


def test_data_sets_may_share_photos_with_each_other(folder, tmp_path):
    pixels(8).save(tmp_path / "mine.png")
    mine = {"mine.png": tmp_path / "mine.png"}
    check_no_shared_files(mine, {name: photo_sources(str(folder), []) for name in ("whole", "quarter")})


def test_bundled_photos_are_compared_too():
    with pytest.raises(InputError, match=r"datasets\.natural: found \S+coffee\.png, which `photos` has too"):
        check_no_shared_files(photo_sources(None, ["china", "coffee"]), {"natural": photo_sources(None, ["coffee"])})


def test_copies_under_other_names_and_formats_are_one_photo(folder, tmp_path, caplog):
    (folder / "p0 (1).png").write_bytes((folder / "p0.png").read_bytes())
    pixels(0).save(folder / "zz.bmp")
    described = PngInfo()
    described.add_text("Comment", "other bytes")
    pixels(2).save(folder / "below.png", pnginfo=described, compress_level=1)
    with caplog.at_level(logging.WARNING), prepared(folder, tmp_path / "photos.h5") as photos:
        assert sorted(photos.source) == [f"p{number}.png" for number in range(6)]
        assert photos.attributes["copies"] == {"p0.png": ["zz.bmp", "p0 (1).png"], "p2.png": ["below.png"]}
        assert len(set(photos.attributes["pixels"].values())) == len(photos)
    assert sorted(record.getMessage() for record in caplog.records) == [
        "below.png: same pixels as p2.png, which alone is used",
        "zz.bmp, p0 (1).png: same pixels as p0.png, which alone is used",
    ]


def test_a_jpeg_under_four_names_is_in_one_split(folder, tmp_path):
    pixels(7).save(folder / "a.jpg", quality=90)
    for name in "bcd":
        (folder / f"{name}.jpg").write_bytes((folder / "a.jpg").read_bytes())
    with prepared(folder, tmp_path / "photos.h5") as photos:
        same = [np.array_equal(photos.image(row), np.asarray(read_photo(folder / "a.jpg"))) for row in range(7)]
        assert sum(same) == 1 and len(photos) == 7


def test_too_few_photos_apart_from_copies_are_told(tmp_path):
    for name in "abcd":
        pixels(0).save(tmp_path / f"{name}.png")
    with pytest.raises(InputError, match=r"found 1 readable photo\(s\)"):
        prepared(tmp_path, tmp_path / "photos.h5")


def test_a_digest_tells_size_and_every_pixel():
    image = Image.new("RGB", (6, 600))
    digest = pixel_digest(image)
    assert digest == pixel_digest(image.copy())
    assert digest != pixel_digest(Image.new("RGB", (600, 6)))
    for place in ((0, 0), (5, 599)):
        other = image.copy()
        other.putpixel(place, (0, 0, 1))
        assert pixel_digest(other) != digest


def test_of_copies_the_shortest_name_is_taken_and_then_the_first():
    assert find_copies({"b": "1", "a": "1", "c": "2"}) == {"a": ["b"]}
    assert find_copies({"a (1).png": "1", "a.png": "1", "Copy of a.png": "1"}) == {
        "a.png": ["a (1).png", "Copy of a.png"]
    }


def test_a_photo_that_is_turned_by_its_orientation_is_a_copy(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    pixels(0).rotate(180).save(tmp_path / "turned.png", exif=exif)
    pixels(0).save(tmp_path / "upright.png")
    assert pixel_digest(read_photo(tmp_path / "turned.png")) == pixel_digest(read_photo(tmp_path / "upright.png"))


def test_files_of_the_same_number_are_others_if_size_or_time_differ(folder, tmp_path, monkeypatch):
    """Some network drives give every file the number 0."""
    (tmp_path / "training").mkdir()
    pixels(20).save(tmp_path / "training/own.png")
    training = {"natural": photo_sources(str(tmp_path / "training"), [])}
    numbered = Path.stat

    def unnumbered(path, **settings):
        status = numbered(path, **settings)
        names = ("st_size", "st_mtime_ns")
        return SimpleNamespace(st_dev=1, st_ino=0, **{name: getattr(status, name) for name in names})

    photos = photo_sources(str(folder), [])
    monkeypatch.setattr(Path, "stat", unnumbered)
    check_no_shared_files(photos, training)


def collections(folder, tmp_path, training):
    """The prepared photos of both folders, as `tabulate_copies` is given them."""
    for name, place, shares in (("photos", folder, THIRDS), ("natural", training, TRAINING)):
        prepared(place, tmp_path / f"{name}.h5", shares).__exit__()
    return Collection("photos", tmp_path / "photos.h5", str(folder)), [
        Collection("natural", tmp_path / "natural.h5", str(training))
    ]


def test_photos_with_the_pixels_of_training_photos_are_refused_with_their_paths(folder, tmp_path, caplog):
    training, table, shared = tmp_path / "training", tmp_path / "copies.csv", tmp_path / "shared.csv"
    training.mkdir()
    pixels(20).save(training / "own.png")
    photos, (natural,) = collections(folder, tmp_path, training)
    tabulate_copies(photos, [natural], table)
    check_no_leakage(photos, natural, shared)
    assert table.read_text() == shared.read_text() == "collection,photo,copy_of,copy_in\n"
    shared.unlink()
    for number in (2, 4):
        pixels(number).save(training / f"other {number}.tif", compression="tiff_lzw")
    photos, (natural,) = collections(folder, tmp_path, training)
    told = (
        f"datasets.natural: found {training}/other 2.tif, with the same pixels as {folder}/p2.png of `photos` "
        "(and 1 more, in the log); allowed: "
    )
    with pytest.raises(InputError, match=re.escape(told)):
        check_no_leakage(photos, natural, shared)
    assert f"{training}/other 4.tif: same pixels as {folder}/p4.png of `photos`" in caplog.text
    assert not shared.exists()
    tabulate_copies(photos, [natural], table)
    assert pd.read_csv(table).copy_of.tolist() == [f"{folder}/p2.png", f"{folder}/p4.png"]


def test_copies_left_out_are_listed_with_their_paths_and_no_leakage(folder, tmp_path):
    training, table = tmp_path / "training", tmp_path / "copies.csv"
    (training / "below").mkdir(parents=True)
    for name in ("own.png", "below/own.png"):
        pixels(20).save(training / name)
    pixels(3).save(folder / "p3, again.png")
    photos, (natural,) = collections(folder, tmp_path, training)
    tabulate_copies(photos, [natural], table)
    assert pd.read_csv(table).to_numpy().tolist() == [
        ["photos", f"{folder}/p3, again.png", f"{folder}/p3.png", "photos"],
        ["natural", f"{training}/below/own.png", f"{training}/own.png", "natural"],
    ]
    check_no_leakage(photos, natural, tmp_path / "shared.csv")


def test_bundled_photos_have_no_folder():
    assert Collection("photos", "photos.h5").path("coffee") == "coffee"


def test_digests_of_a_thousand_photos_fit_into_a_file(tmp_path):
    pixels = {f"a rather long name of a photo {number}.png": f"{number:064}" for number in range(3000)}
    with ImageWriter(tmp_path / "photos.h5", {"pixels": pixels}) as writer:
        writer.append(np.zeros((8, 8, 3), np.uint8), "a", "a", "test")
    assert Collection("photos", tmp_path / "photos.h5").attributes()["pixels"] == pixels


def test_the_workflow_refuses_a_shared_folder_before_any_job(folder, tmp_path):
    told = workflow(tmp_path, SETTINGS % "work/photos/", IMAGES)
    assert told.returncode and "datasets.natural: found work/photos/p0.png, which `photos` has too" in told.stderr
    assert "starts" not in told.stderr


def test_the_images_of_every_trained_network_wait_for_the_check(folder, tmp_path):
    training_in(tmp_path)
    graph = workflow(tmp_path, SETTINGS % "training", "--rulegraph").stdout
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', graph, re.M))
    edges = {(names[tail], names[head]) for tail, head in re.findall(r"^\s*(\d+) -> (\d+)$", graph, re.M)}
    assert {("check_dataset", "generate_sr"), ("check_dataset", "generate_twin")} <= edges

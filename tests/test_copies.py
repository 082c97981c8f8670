"""No photo counts twice, and none of the study's is one that networks are trained on, under whatever name."""

import logging
import os
import subprocess

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from smoke_study import command

from sr_fingerprints.copies import copies, pixel_digest, refuse_leakage, refuse_same_files
from sr_fingerprints.errors import InputError
from sr_fingerprints.photographs import Preparation, photo_sources, prepare_photos, read_photo
from sr_fingerprints.storage import ImageFile

THIRDS = {"train": 0.4, "validation": 0.3, "test": 0.3}
TRAINING = {"train": 1, "validation": 0, "test": 0}


def pixels(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (80, 96, 3), np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Six photos."""
    place = tmp_path / "work/photos"
    place.mkdir(parents=True)
    for number in range(6):
        pixels(number).save(place / f"p{number}.png")
    return place


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
        refuse_same_files(photos, {"natural": photo_sources(spelling, [])})


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_link_to_one_photo_is_refused_with_both_paths(folder, tmp_path, link):
    other = tmp_path / "other"
    other.mkdir()
    pixels(9).save(other / "another.png")
    photos = photo_sources(str(folder), [])
    refuse_same_files(photos, {"natural": photo_sources(str(other), [])})
    link(folder / "p3.png", other / "renamed.png")
    told = rf"datasets\.natural: found {other}/renamed\.png, the same file as {folder}/p3\.png of `photos`"
    with pytest.raises(InputError, match=told):
        refuse_same_files(photos, {"natural": photo_sources(str(other), [])})


def test_data_sets_may_share_photos_with_each_other(folder, tmp_path):
    pixels(8).save(tmp_path / "mine.png")
    mine = {"mine.png": tmp_path / "mine.png"}
    refuse_same_files(mine, {name: photo_sources(str(folder), []) for name in ("whole", "quarter")})


def test_bundled_photos_are_compared_too():
    with pytest.raises(InputError, match=r"datasets\.natural: found \S+coffee\.png, which `photos` has too"):
        refuse_same_files(photo_sources(None, ["china", "coffee"]), {"natural": photo_sources(None, ["coffee"])})


def test_copies_under_other_names_and_formats_are_one_photo(folder, tmp_path, caplog):
    (folder / "p0 (1).png").write_bytes((folder / "p0.png").read_bytes())
    pixels(0).save(folder / "z.bmp")
    described = PngInfo()
    described.add_text("Comment", "other bytes")
    pixels(2).save(folder / "below.png", pnginfo=described, compress_level=1)
    with caplog.at_level(logging.WARNING), prepared(folder, tmp_path / "photos.h5") as photos:
        assert sorted(photos.source) == ["below.png", "p0 (1).png", "p1.png", "p3.png", "p4.png", "p5.png"]
        assert photos.attributes["copies"] == {"p0 (1).png": ["p0.png", "z.bmp"], "below.png": ["p2.png"]}
        assert len(set(photos.attributes["pixels"].values())) == len(photos)
    assert sorted(record.getMessage() for record in caplog.records) == [
        "p0.png, z.bmp: has the same pixels as p0 (1).png, which alone is taken",
        "p2.png: has the same pixels as below.png, which alone is taken",
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
    assert copies({"b": "1", "a": "1", "c": "2"}) == {"a": ["b"]}


def test_a_photo_that_is_turned_by_its_orientation_is_a_copy(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    pixels(0).rotate(180).save(tmp_path / "turned.png", exif=exif)
    pixels(0).save(tmp_path / "upright.png")
    assert pixel_digest(read_photo(tmp_path / "turned.png")) == pixel_digest(read_photo(tmp_path / "upright.png"))


def test_a_training_photo_with_the_pixels_of_one_of_the_study_is_refused(folder, tmp_path):
    prepared(folder, tmp_path / "photos.h5").__exit__()
    training = tmp_path / "training"
    training.mkdir()
    pixels(20).save(training / "own.png")
    apart_from = ("natural", tmp_path / "photos.h5")
    prepared(training, tmp_path / "natural.h5", TRAINING, apart_from=apart_from).__exit__()
    refuse_leakage(tmp_path / "photos.h5", {"natural": tmp_path / "natural.h5"})
    pixels(4).save(training / "another name.tif", compression="tiff_lzw")
    told = (
        r"datasets\.natural: found another name\.tif, with the same pixels as p4\.png of `photos`; allowed: .*take it"
    )
    with pytest.raises(InputError, match=told):
        prepared(training, tmp_path / "again.h5", TRAINING, apart_from=apart_from)
    assert not (tmp_path / "again.h5").exists()


def test_photos_that_change_after_training_are_compared_again(folder, tmp_path):
    prepared(folder, tmp_path / "natural.h5", TRAINING).__exit__()
    others = tmp_path / "others"
    others.mkdir()
    for number in range(3, 9):
        pixels(number).save(others / f"{number}.bmp")
    prepared(others, tmp_path / "photos.h5").__exit__()
    told = r"found p3\.png \(and 2 more like it\), with the same pixels as 3\.bmp"
    with pytest.raises(InputError, match=told):
        refuse_leakage(tmp_path / "photos.h5", {"natural": tmp_path / "natural.h5"})


def workflow(folder, settings, *targets):
    (folder / "mine.yaml").write_text(settings)
    arguments = command(*targets)
    arguments.insert(arguments.index("--configfile") + 2, "mine.yaml")
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)


SETTINGS = (
    "photos: {folder: work/photos, bundled: [], tile: 64}\n"
    "datasets: {natural: {folder: %s, bundled: []}}\n"
    "classifiers: {crop: 32, evaluation_crop: 48}\n"
    "prnu: {crop: 64}\n"
)


def test_the_workflow_refuses_a_shared_folder_before_any_job_and_a_copy_in_the_first(folder, tmp_path):
    told = workflow(tmp_path, SETTINGS % "work/photos/", "results/smoke/datasets/natural.h5")
    assert told.returncode and "datasets.natural: found work/photos/p0.png, which `photos` has too" in told.stderr
    assert "starts" not in told.stderr
    (tmp_path / "training").mkdir()
    (folder / "p1 (1).png").write_bytes((folder / "p1.png").read_bytes())
    (tmp_path / "training/q.png").write_bytes((folder / "p0.png").read_bytes())
    told = workflow(tmp_path, SETTINGS % "training", "results/smoke/datasets/natural.h5")
    assert "prepare_photos: p1.png: has the same pixels as p1 (1).png, which alone is taken" in told.stderr
    assert (
        "prepare_dataset natural failed: datasets.natural: found q.png, with the same pixels as p0.png" in told.stderr
    )
    assert told.returncode and not (tmp_path / "results/smoke/datasets/natural.h5").exists()


def test_other_photos_prepare_no_data_set_anew(folder, tmp_path):
    (tmp_path / "training").mkdir()
    pixels(30).save(tmp_path / "training/q.png")
    target = "results/smoke/datasets/natural.h5"
    assert workflow(tmp_path, SETTINGS % "training", target).returncode == 0
    pixels(31).save(folder / "new.png")
    told = workflow(tmp_path, SETTINGS % "training", target, "--dry-run").stdout
    assert "prepare_photos" in told
    assert "prepare_dataset" not in told

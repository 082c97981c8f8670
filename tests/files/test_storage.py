"""Images and predictions on disk: what was written comes back, and damage is noticed and named."""

import os
import subprocess
import sys

import numpy as np
import pytest

from sr_fingerprints.files.atomic import atomic_path, write_bytes
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import Predictions, read_predictions, write_predictions
from sr_fingerprints.runtime.errors import InputError


@pytest.fixture
def images():
    random = np.random.default_rng(0)
    return [random.integers(0, 256, size, np.uint8) for size in [(100, 70, 3), (64, 130, 3), (90, 90, 3)]]


def write(path, images):
    with ImageWriter(path, {"scale": 2, "network": "EDSR"}) as writer:
        for number, image in enumerate(images):
            writer.append(image, f"photo{number}", "source", "train" if number else "test")


def test_images_of_different_sizes_come_back(tmp_path, images):
    write(tmp_path / "images.h5", images)
    with ImageFile(tmp_path / "images.h5") as file:
        assert len(file) == 3
        assert file.shape == (100, 130)
        assert file.attributes == {"scale": 2, "network": "EDSR"}
        assert file.indices("train").tolist() == [1, 2]
        assert file.photo.tolist() == ["photo0", "photo1", "photo2"]
        for number, image in enumerate(images):
            assert np.array_equal(file.image(number), image)
        assert np.array_equal(file.center_crop(2, 64), images[2][13:77, 13:77])


def test_random_crops_lie_inside_the_image(tmp_path, images):
    write(tmp_path / "images.h5", [np.maximum(image, 1) for image in images])
    random = np.random.default_rng(0)
    with ImageFile(tmp_path / "images.h5") as file:
        crops = [file.random_crop(number % 3, 64, random) for number in range(60)]
    assert all(crop.shape == (64, 64, 3) and crop.min() > 0 for crop in crops)


def test_a_failed_write_leaves_nothing(tmp_path, images):
    write(tmp_path / "images.h5", images)
    before = (tmp_path / "images.h5").read_bytes()
    with pytest.raises(KeyboardInterrupt), ImageWriter(tmp_path / "images.h5", {}) as writer:
        writer.append(images[0], "photo", "source", "test")
        raise KeyboardInterrupt
    assert (tmp_path / "images.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["images.h5"]


@pytest.mark.parametrize("damage", ["truncated", "empty", "foreign", "flipped"])
def test_a_damaged_collection_is_named(tmp_path, images, damage):
    path = tmp_path / "images.h5"
    write(path, images)
    whole = path.read_bytes()
    middle = whole.index(images[0][10, :64].tobytes())
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    path.write_bytes(
        {"truncated": whole[: len(whole) // 2], "empty": b"", "foreign": b"photo", "flipped": flipped}[damage]
    )
    with pytest.raises(InputError, match=r"images\.h5: damaged, or not a collection"), ImageFile(path) as file:
        file.image(0)


def test_a_file_is_renamed_only_when_whole(tmp_path):
    with pytest.raises(OSError, match="disk"), atomic_path(tmp_path / "new" / "file.txt") as temporary:
        temporary.write_text("half")
        raise OSError("disk full")
    assert not list((tmp_path / "new").iterdir())


def test_what_a_killed_process_left_is_cleared_by_the_next(tmp_path):
    path = tmp_path / "a[1].h5"
    code = "import os, sys; from sr_fingerprints.files.atomic import write_bytes, atomic_path\n"
    code += "with atomic_path(sys.argv[1]) as temporary: temporary.write_text('half'); os.kill(os.getpid(), 9)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", code, path], env=environment, check=False).returncode == -9
        assert len(list(tmp_path.iterdir())) == 1
    (tmp_path / ".a[1].b.partial-01234567.h5").touch()
    write_bytes(path, b"whole")
    assert {file.name for file in tmp_path.iterdir()} == {"a[1].h5", ".a[1].b.partial-01234567.h5"}


def test_of_two_that_write_one_file_the_later_one_succeeds(tmp_path):
    path = tmp_path / "file.txt"
    with (
        pytest.raises(InputError, match=r"file\.txt: another process began to write it later"),
        atomic_path(path) as earlier,
    ):
        earlier.write_text("earlier")
        with atomic_path(path) as later:
            assert not earlier.exists()
            later.write_text("later")
    assert path.read_text() == "later"
    assert [file.name for file in tmp_path.iterdir()] == ["file.txt"]


def test_an_error_about_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="input"), atomic_path(tmp_path / "output"):
        (tmp_path / "input").read_text()


def test_predictions_come_back(tmp_path):
    predictions = Predictions(
        photo=np.array(["a", "b"]),
        source=np.array(["photo", "photo"]),
        network=np.array(["EDSR", "RCAN"]),
        actual=np.array(["EDSR", "RCAN"]),
        classes=np.array(["EDSR", "RCAN", "SwinIR"]),
        scores=np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]], np.float32),
        features=np.ones((2, 4), np.float32),
        attributes={"score": "probability"},
    )
    write_predictions(tmp_path / "predictions.h5", predictions)
    again = read_predictions(tmp_path / "predictions.h5")
    assert again.predicted.tolist() == ["EDSR", "EDSR"]
    assert again.correct.tolist() == [True, False]
    for field in ("photo", "network", "actual", "classes", "scores", "features"):
        assert np.array_equal(getattr(again, field), getattr(predictions, field))
    assert again.attributes == predictions.attributes
    (tmp_path / "predictions.h5").write_bytes(b"")
    with pytest.raises(InputError, match=r"predictions\.h5: damaged"):
        read_predictions(tmp_path / "predictions.h5")

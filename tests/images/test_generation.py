"""Super-resolved collections: laid out like the photos they come from, whole or absent."""

import hashlib

import numpy as np
import pytest

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.images.generation import image_seed, super_resolve
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow

ROW = NetworkRow("Nearest-NA-x2-L1-s1", "Nearest", scale=2, framework="ncnn")
SIZES = [(20, 30), (20, 30), (20, 30), (33, 70), (20, 30)]


class Nearest:
    """Enlarges by repeating pixels, and remembers the shapes that it was given."""

    scale = 2

    def __init__(self):
        self.shapes = []
        self.seeds = []
        self.details = {"precision": "float32"}

    def __call__(self, images, seeds):
        self.seeds += seeds
        self.shapes.append(images.shape)
        return images.repeat(2, axis=1).repeat(2, axis=2)


@pytest.fixture
def low(tmp_path):
    random = np.random.default_rng(0)
    path = tmp_path / "photos-x2.h5"
    with ImageWriter(path, {"scale": 2}) as writer:
        for number, (height, width) in enumerate(SIZES):
            image = random.integers(0, 256, (height, width, 3), np.uint8)
            writer.append(image, f"photo{number}", f"source{number}", "test" if number == 3 else "train")
    return path


def test_every_image_is_enlarged_in_its_place(tmp_path, low):
    super_resolve(Nearest(), ROW, low, tmp_path / "sr.h5", batch_size=2, device="a processor", seed=5, weights=[low])
    with ImageFile(low) as given, ImageFile(tmp_path / "sr.h5") as made:
        assert np.array_equal(made.size, 2 * given.size)
        for key in ("photo", "source", "split"):
            assert np.array_equal(getattr(made, key), getattr(given, key))
        for index in range(len(SIZES)):
            assert np.array_equal(made.image(index)[::2, 1::2], given.image(index))
        assert made.attributes["network"] == ROW.network
        assert NetworkRow(**made.attributes["row"]) == ROW
        assert made.attributes["scale"] == 2
        assert made.attributes["device"] == "a processor"
        assert made.attributes["seed"] == 5
        assert made.attributes["weights"] == {low.name: hashlib.sha256(low.read_bytes()).hexdigest()}
        assert made.attributes["precision"] == "float32"
        assert set(made.attributes["versions"]) == {"python", "ncnn"}


def test_a_batch_has_one_size_and_at_most_batch_size_images(tmp_path, low):
    network = Nearest()
    super_resolve(network, ROW, low, tmp_path / "sr.h5", batch_size=2)
    assert network.shapes == [(2, 20, 30, 3), (1, 20, 30, 3), (1, 33, 70, 3), (1, 20, 30, 3)]


def test_every_photo_has_a_seed_of_its_own_that_others_do_not_change(tmp_path, low):
    first, second = Nearest(), Nearest()
    super_resolve(first, ROW, low, tmp_path / "sr.h5", batch_size=2, seed=5)
    super_resolve(second, ROW, low, tmp_path / "sr.h5", batch_size=1, seed=5)
    assert first.seeds == second.seeds == [image_seed(5, ROW.network, f"photo{n}") for n in range(len(SIZES))]
    others = [image_seed(6, ROW.network, "photo0"), image_seed(5, "another", "photo0")]
    assert len(set(first.seeds + others)) == len(SIZES) + 2


def test_the_batch_size_does_not_change_the_file(tmp_path, low):
    files = [tmp_path / f"sr{batch_size}.h5" for batch_size in (1, 8)]
    for path, batch_size in zip(files, (1, 8), strict=True):
        super_resolve(Nearest(), ROW, low, path, batch_size)
    with ImageFile(files[0]) as one, ImageFile(files[1]) as eight:
        assert all(np.array_equal(one.image(index), eight.image(index)) for index in range(len(SIZES)))


def test_a_failure_half_way_leaves_no_file(tmp_path, low):
    class Failing(Nearest):
        def __call__(self, images, seeds):
            if self.shapes:
                raise MemoryError
            return super().__call__(images, seeds)

    with pytest.raises(MemoryError):
        super_resolve(Failing(), ROW, low, tmp_path / "sr.h5", batch_size=2)
    assert [path.name for path in tmp_path.iterdir()] == [low.name]


@pytest.mark.parametrize("wrong", [lambda low, _: low, lambda low, _: low.repeat(2, 1).repeat(2, 2) / 255])
def test_a_network_that_makes_something_else_is_named(tmp_path, low, wrong):
    wrong.scale = 2
    with pytest.raises(InputError, match=r"Nearest-NA-x2-L1-s1: found .*; allowed: uint8 \(40, 60, 3\)"):
        super_resolve(wrong, ROW, low, tmp_path / "sr.h5", batch_size=2)
    assert not (tmp_path / "sr.h5").exists()


def test_images_of_another_scale_are_refused(tmp_path, low):
    network = Nearest()
    network.scale = 4
    with pytest.raises(InputError, match=r"photos-x2\.h5: images downscaled by 2; .* needs images downscaled by 4"):
        super_resolve(network, ROW, low, tmp_path / "sr.h5", batch_size=2)


def test_whatever_a_network_raises_names_it_its_file_and_the_photo(tmp_path, low):
    class Failing(Nearest):
        def __call__(self, images, seeds):
            if images.shape[1] == 33:
                raise IndexError("tuple index\nout of range")
            return super().__call__(images, seeds)

    told = rf"{ROW.network} \(.*mine\.pth\): fails on photo photo3, 70 x 33 pixels \(IndexError: tuple index out of"
    (tmp_path / "mine.pth").write_bytes(b"")
    with pytest.raises(InputError, match=told) as error:
        super_resolve(Failing(), ROW, low, tmp_path / "sr.h5", batch_size=2, weights=[tmp_path / "mine.pth"])
    assert isinstance(error.value.__cause__, IndexError), "its traceback goes to the log"
    assert not (tmp_path / "sr.h5").exists()

"""Photos that somebody processed and nobody enlarged: images of further classes, of the origin real."""

import numpy as np
import pytest
from checked_study import changed, check, refused

from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.processed import process_photos
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import processed_photos

REDUCED = {"name": "real_reduced", "chain": [{"resize": [0.5, 0.9]}]}


@pytest.fixture
def photos(tmp_path):
    path = tmp_path / "photos.h5"
    random = np.random.default_rng(0)
    with ImageWriter(path, {}) as writer:
        for number, split in enumerate(["train", "train", "validation", "test"]):
            writer.append(random.integers(0, 256, (64, 80, 3), np.uint8), f"p{number}-0-0", f"p{number}", split)
    return path


def test_images_are_the_photos_after_the_chain_in_their_order(tmp_path, photos):
    process_photos(photos, tmp_path / "jpeg.h5", "real_jpeg", [{"jpeg": 80}], least_side=64, seed=1)
    with ImageFile(photos) as originals, ImageFile(tmp_path / "jpeg.h5") as made:
        for key in ("photo", "source", "split", "size"):
            assert np.array_equal(getattr(originals, key), getattr(made, key))
        for row in range(len(made)):
            expected = degrade(originals.image(row), [{"jpeg": 80}], np.random.default_rng(0))
            assert np.array_equal(made.image(row), expected)
        assert made.attributes["network"] == "real_jpeg" and made.attributes["chain"] == [{"jpeg": 80}]


def test_reduced_photos_have_sizes_of_their_own_that_follow_from_the_seed(tmp_path, photos):
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        process_photos(photos, tmp_path / f"{name}.h5", "real_reduced", REDUCED["chain"], 16, seed)
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "again.h5").read_bytes()
    with ImageFile(tmp_path / "first.h5") as first, ImageFile(tmp_path / "other.h5") as other:
        assert len({tuple(size) for size in first.size.tolist()}) > 1
        assert (first.size >= (32, 40)).all() and (first.size <= (58, 72)).all()
        assert not np.array_equal(first.size, other.size)
        assert all(first.image(row).std() > 20 for row in range(len(first)))


def test_a_photo_that_too_little_is_left_of_is_named(tmp_path, photos):
    with pytest.raises(
        InputError, match=r"networks\.processed: real_reduced: found \d+ x \d+ pixels of p0-0-0; allowed"
    ):
        process_photos(photos, tmp_path / "small.h5", "real_reduced", REDUCED["chain"], least_side=64)
    assert not (tmp_path / "small.h5").exists()


def test_rows_tell_the_chain_in_words():
    (row,) = processed_photos([REDUCED])
    assert row == NetworkRow(
        "real_reduced", "NA", origin="real", run={"chain": REDUCED["chain"]}, how="resize 0.5-0.9"
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{**REDUCED, "name": "real"}], "networks.processed.0.name: found 'real'; allowed: a name"),
        ([REDUCED, REDUCED], "networks.processed.1.name: found 'real_reduced' twice; allowed: a name of its own"),
        ([{**REDUCED, "chain": []}], "networks.processed.0.chain: "),
        (
            [{"name": "a", "chain": [{"jpeg": [90, 60]}]}],
            "networks.processed.0.chain.0.jpeg: found [90, 60]; allowed: ",
        ),
        ([REDUCED], "networks.processed.0.chain: found resize 0.5-0.9, which leaves 64 pixels of 128; allowed: "),
    ],
)
def test_wrong_rows_are_refused_before_any_job(rows, told):
    assert refused({"networks.processed": rows}).startswith(told)


def test_training_crops_must_fit_into_what_augmentation_leaves_of_processed_photos():
    """Or a training would fail after minutes, when such a photo is drawn with such a factor."""
    halved = {"name": "real_halved", "chain": [{"resize": 0.5}]}
    augmented = {
        "photos.tile": 256,
        "classifiers.crop": 100,
        "classifiers.augmentation": {"share": 0.5, "names": ["resize_0.75"]},
    }
    assert refused({"networks.processed": [halved], **augmented}).startswith(
        "classifiers.augmentation: found resize_0.75, which leaves 96 pixels of 128, a photo of 256 as real_halved; "
    )


def test_several_classes_of_photos_fit_into_a_study():
    check(changed({"networks.processed": [{"name": "real_jpeg", "chain": [{"jpeg": [75, 95]}]}]}))

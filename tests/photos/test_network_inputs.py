"""Kinds of inputs: each photo has one at all scales, as often as its share says; only plain ones are compared."""

from dataclasses import asdict

import numpy as np
import pytest
from checked_study import DEMO, refused

from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.photos.input_kinds import (
    DOWNSCALED,
    InputKind,
    as_attributes,
    comparable_rows,
    inherited,
    kind_of,
    kinds_of,
    rows_to_compare,
)
from sr_fingerprints.photos.interpolation import upscale_photos
from sr_fingerprints.photos.low_resolution import downscale
from sr_fingerprints.photos.network_inputs import central_part, downscale_photos, network_input
from sr_fingerprints.runtime.errors import InputError

JPEG = [{"jpeg": [60, 95]}]
ROWS = [
    {"name": "downscaled", "share": 0.4, "native": False, "chain": []},
    {"name": "native", "share": 0.25, "native": True, "chain": []},
    {"name": "downscaled_jpeg", "share": 0.2, "native": False, "chain": JPEG},
    {"name": "native_jpeg", "share": 0.15, "native": True, "chain": JPEG},
]
KINDS = [InputKind(**row) for row in ROWS]
PHOTOS = [f"photo-{top}-{left}" for top in range(100) for left in range(100)]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A file of 40 different noisy photos of 48 x 60 pixels, the last 20 for tests."""
    path = tmp_path_factory.mktemp("photos") / "photos.h5"
    images = np.random.default_rng(0).integers(0, 256, (40, 48, 60, 3), np.uint8)
    with ImageWriter(path, {}) as writer:
        for number, image in enumerate(images):
            writer.append(image, f"p{number}-0-0", f"p{number}", "train" if number < 20 else "test")
    return path


def test_each_kind_is_as_frequent_as_its_share():
    drawn = [kind_of(photo, KINDS, seed=1).name for photo in PHOTOS]
    for kind in KINDS:
        expected = len(PHOTOS) * kind.share
        assert abs(drawn.count(kind.name) - expected) < 4 * np.sqrt(expected * (1 - kind.share))


def test_another_seed_draws_other_kinds_independently():
    same = [kind_of(photo, KINDS, 1) == kind_of(photo, KINDS, 2) for photo in PHOTOS]
    by_chance = sum(kind.share**2 for kind in KINDS)
    assert abs(np.mean(same) - by_chance) < 0.02


def test_shares_that_rounding_leaves_below_1_leave_no_photo_without_a_kind():
    thirds = [InputKind(name, 1 / 3 - 1e-7) for name in "abc"]
    assert {kind_of(photo, thirds, 1).name for photo in PHOTOS} == set("abc")
    assert kind_of("any", [], 1) == DOWNSCALED


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_an_input_has_its_size_and_the_kind_that_the_attributes_tell(photos, tmp_path, scale):
    downscale_photos(photos, scale, tmp_path / "low.h5", ROWS, seed=1)
    with ImageFile(photos) as originals, ImageFile(tmp_path / "low.h5") as low:
        assert np.array_equal(originals.size, low.size * scale)
        kinds = kinds_of(low.attributes, low.photo)
        assert [kind.name for kind in kinds] == [kind_of(photo, KINDS, 1).name for photo in originals.photo]
        assert {kind.name for kind in kinds} == {kind.name for kind in KINDS}
        for row, kind in enumerate(kinds):
            image, found = originals.image(row), low.image(row)
            plain = central_part(image, scale) if kind.native else downscale(image, scale)
            assert np.array_equal(found, plain) != bool(kind.chain)
            assert np.array_equal(found, network_input(image, scale, kind, originals.photo[row], 1))


def test_what_is_drawn_for_a_chain_is_the_same_at_all_scales():
    image = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    kind = InputKind("web", 1.0, True, [{"noise": 1}, {"jpeg": [1, 100]}])
    random = np.random.default_rng(3)
    fixed = [{quality: degrade(image, [{"jpeg": quality}], random).tobytes() for quality in range(1, 101)}]
    assert len(set(fixed[0].values())) > 90  # qualities can be told apart
    without_noise = InputKind("web", 1.0, True, [{"jpeg": [1, 100]}])
    for photo in ("a", "b", "c"):
        drawn = set()
        for scale in (1, 2, 3):
            part = central_part(image, scale)
            made = network_input(image, scale, without_noise, photo, seed=1)
            drawn.add(
                frozenset(
                    quality
                    for quality in range(1, 101)
                    if np.array_equal(made, degrade(part, [{"jpeg": quality}], random))
                )
            )
        assert frozenset.intersection(*drawn)
    assert not np.array_equal(network_input(image, 1, kind, "a", 1), network_input(image, 1, kind, "b", 1))
    assert np.array_equal(network_input(image, 2, kind, "a", 1), network_input(image, 2, kind, "a", 1))


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_a_native_part_is_in_the_middle_of_the_photo(scale):
    height, width = 48, 60
    image = np.stack(np.broadcast_arrays(np.arange(height)[:, None], np.arange(width), 0), axis=2).astype(np.uint8)
    part = central_part(image, scale)
    assert part.shape == (height // scale, width // scale, 3)
    top, left = part[0, 0, :2].tolist()
    bottom, right = (height, width) - part[-1, -1, :2].astype(int) - 1
    assert 0 <= bottom - top <= 1 and 0 <= right - left <= 1
    assert np.array_equal(part[..., :2], image[top : height - bottom, left : width - right, :2])


def test_without_kinds_files_are_as_they_were(photos, tmp_path):
    downscale_photos(photos, 2, tmp_path / "plain.h5")
    downscale_photos(photos, 2, tmp_path / "seeded.h5", DEMO["generate"]["inputs"], seed=7)
    assert (tmp_path / "plain.h5").read_bytes() == (tmp_path / "seeded.h5").read_bytes()
    with ImageFile(tmp_path / "plain.h5") as low, ImageFile(photos) as originals:
        assert set(low.attributes) == {"scale", "kernel", "versions"} and inherited(low.attributes) == {}
        assert all(np.array_equal(low.image(row), downscale(originals.image(row), 2)) for row in range(len(low)))
        assert np.array_equal(rows_to_compare(low, "test"), low.indices("test"))


def test_one_kind_alone_gives_the_same_images_as_none(photos, tmp_path):
    downscale_photos(photos, 2, tmp_path / "none.h5")
    downscale_photos(photos, 2, tmp_path / "one.h5", [asdict(DOWNSCALED)], seed=1)
    with ImageFile(tmp_path / "none.h5") as none, ImageFile(tmp_path / "one.h5") as one:
        assert all(np.array_equal(none.image(row), one.image(row)) for row in range(len(none)))
        assert np.array_equal(rows_to_compare(one, "test"), one.indices("test"))


def test_enlarged_photos_know_what_they_were_enlarged_from(photos, tmp_path):
    downscale_photos(photos, 2, tmp_path / "low.h5", ROWS, seed=1)
    upscale_photos(tmp_path / "low.h5", tmp_path / "lanczos.h5", "lanczos-x2", "lanczos")
    with ImageFile(tmp_path / "low.h5") as low, ImageFile(tmp_path / "lanczos.h5") as made:
        chosen = rows_to_compare(made, "test")
        assert np.array_equal(chosen, rows_to_compare(low, "test"))
        assert 0 < len(chosen) < len(made.indices("test"))
        assert {kind.name for kind in kinds_of(made.attributes, made.photo[chosen])} == {"downscaled"}


def test_where_no_photo_can_be_compared_the_key_is_named(photos, tmp_path):
    downscale_photos(photos, 2, tmp_path / "low.h5", ROWS[1:], seed=1)
    with ImageFile(tmp_path / "low.h5") as low:
        assert not len(comparable_rows(low, "test"))
        with pytest.raises(
            InputError, match=r"generate\.inputs: found kinds of which no test photo of 20 .*; allowed: "
        ):
            rows_to_compare(low, "test")
        assert not len(rows_to_compare(low, "validation"))  # there are no such photos at all


def test_attributes_hold_the_rows_of_the_configuration():
    assert as_attributes([], 1) == {}
    assert as_attributes(ROWS, 1) == {"inputs": {"kinds": ROWS, "seed": 1}}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([ROWS[0]], "generate.inputs: found shares that sum to 0.4; allowed: shares that sum to 1"),
        (
            [{**ROWS[1], "share": 1}],
            "generate.inputs: found 1 kinds, none of which is the photo downscaled; allowed: ",
        ),
        ([{**ROWS[0], "share": 0.5}] * 2, "generate.inputs.1.name: found 'downscaled' twice; allowed: "),
        (
            [{**ROWS[0], "share": 0.5}, {**ROWS[1], "share": 0.5, "chain": [{"jpeg": 90}, {"resize": 0.5}]}],
            "generate.inputs.1.chain.1: found resize; allowed: operations other than resize, crop, rotate, mirror",
        ),
        (
            [{**ROWS[0], "share": 0.5}, {**ROWS[1], "share": 0.5, "chain": [{"jpeg": [90, 60]}]}],
            "generate.inputs.1.chain.0.jpeg: found [90, 60]; allowed: a range from a lower to a higher number",
        ),
    ],
)
def test_wrong_kinds_are_refused_before_any_job(rows, told):
    assert refused({"generate.inputs": rows}).startswith(told)

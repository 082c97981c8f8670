"""Degradations: what they change, what they leave, and that the same seed gives the same pixels."""

import io

import numpy as np
import pytest
import yaml
from checked_study import DEMO, ROOT, changed, refused
from PIL import Image

from sr_fingerprints.degradations.chains import FUNCTIONS, KERNELS, degrade
from sr_fingerprints.degradations.operations import ANY, OPERATIONS, degraded_size, parameters, settled
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.checks.degradations import backbone_problems
from sr_fingerprints.study.timm_backbones import timm_backbones

ROWS = {row["name"]: row["chain"] for row in DEMO["degradations"]}


def photo(height=97, width=128, seed=0):
    """A colourful picture of smooth and fine structure."""
    small = np.random.default_rng(seed).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    smooth = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    grain = np.random.default_rng(seed + 1).integers(-12, 13, (height, width, 3))
    return np.clip(smooth + grain, 0, 255).astype(np.uint8)


def after(*chain, image=None, seed=0):
    return degrade(photo() if image is None else image, chain, np.random.default_rng(seed))


def error(one, other):
    return float(np.square(one.astype(float) - other).mean())


def test_an_empty_chain_changes_nothing():
    assert np.array_equal(after(), photo())


@pytest.mark.parametrize("name", ROWS)
def test_the_same_seed_gives_the_same_pixels_of_the_size_that_was_told(name):
    image, chain = photo(), ROWS[name]
    kept = image.copy()
    first, again = after(*chain), after(*chain)
    assert np.array_equal(first, again) and np.array_equal(image, kept)
    assert first.dtype == np.uint8 and first.ndim == 3 and first.shape[2] == 3
    least = degraded_size(image.shape[:2], chain)
    drawn = any(isinstance(value, list) for each in chain for value in parameters(each)[1].values())
    if drawn:
        assert all(np.array(first.shape[:2]) >= least)
    else:
        assert first.shape[:2] == least
    assert bool(chain) != (first.shape == image.shape and np.array_equal(first, image))


def test_every_operation_is_in_a_row_of_the_demo_or_is_named_in_the_schema():
    schema = yaml.safe_load((ROOT / "schemas/config.schema.yaml").read_text())
    named = schema["$defs"]["chain"]["items"]["properties"]
    assert set(named) == set(OPERATIONS) == {*FUNCTIONS, "noise"} and ANY["kernel"] == tuple(KERNELS)
    for name, defaults in OPERATIONS.items():
        assert set(named[name].get("properties", defaults)) == set(defaults)
    assert set(named["resize"]["properties"]["kernel"]["enum"]) == {*KERNELS, "any"}


def test_jpeg_is_what_pillow_writes_and_loses_more_at_lower_quality():
    file = io.BytesIO()
    Image.fromarray(photo()).save(file, "JPEG", quality=80, subsampling=2)
    assert np.array_equal(after({"jpeg": 80}), np.asarray(Image.open(file)))
    losses = [error(after({"jpeg": quality}), photo()) for quality in (95, 90, 75, 50)]
    assert losses == sorted(losses) and losses[0] > 0
    full = after({"jpeg": {"quality": 90, "subsampling": 444}})
    assert error(full, photo()) < error(after({"jpeg": 90}), photo())


def test_webp_loses_more_at_lower_quality():
    assert 0 < error(after({"webp": 95}), photo()) < error(after({"webp": 50}), photo())


def test_resizing_by_a_factor_and_to_a_longest_side():
    assert after({"resize": 0.5}).shape == (48, 64, 3)
    assert after({"resize": {"longest_side": 64}}).shape == (48, 64, 3)
    assert np.array_equal(after({"resize": {"longest_side": 128}}), photo())  # never enlarged
    assert np.array_equal(after({"resize": 2}), np.asarray(Image.fromarray(photo()).resize((256, 194))))
    kernels = [after({"resize": {"factor": 0.75, "kernel": kernel}}).tobytes() for kernel in KERNELS]
    assert len(set(kernels)) == len(KERNELS)
    twice = after({"resize": {"factor": 2, "kernel": "nearest"}})
    assert np.array_equal(twice[::2, ::2], photo()) and np.array_equal(twice[1::2, 1::2], photo())


def test_cropping_rotating_and_mirroring_move_pixels_and_change_none():
    assert np.array_equal(after({"crop": {"top": 3, "left": 1}}), photo()[3:, 1:])
    for degrees in (90, 180, 270):
        assert np.array_equal(after({"rotate": degrees}), np.rot90(photo(), degrees // 90))
    assert np.array_equal(after({"mirror": "horizontal"}), photo()[:, ::-1])
    assert np.array_equal(after({"mirror": "vertical"}), photo()[::-1])


def test_noise_has_its_standard_deviation_and_no_bias():
    grey = np.full((200, 200, 3), 128, np.uint8)
    difference = after({"noise": 5}, image=grey).astype(float) - 128
    assert abs(difference.std() - 5) < 0.05 and abs(difference.mean()) < 0.05
    assert not np.array_equal(after({"noise": 5}, seed=1), after({"noise": 5}, seed=2))
    assert np.array_equal(after({"noise": 0}), photo())


def test_blur_lowers_and_sharpening_raises_differences_of_neighbours():
    def contrast(image):
        return np.abs(np.diff(image.astype(int), axis=0)).mean()

    assert contrast(after({"blur": 2})) < contrast(after({"blur": 0.5})) < contrast(photo())
    assert contrast(after({"sharpen": 100})) > contrast(after({"sharpen": 30})) > contrast(photo())
    assert np.array_equal(after({"blur": 0}), photo()) and np.array_equal(after({"sharpen": 0}), photo())


def test_gamma_keeps_black_and_white_and_brightens_below_1():
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    brighter = after({"gamma": 0.5}, image=levels)
    assert brighter[0, 0, 0] == 0 and brighter[0, 255, 0] == 255
    assert brighter[0, 64, 1] == round(255 * (64 / 255) ** 0.5)
    assert np.array_equal(after({"gamma": 1}), photo())


def test_chroma_blurs_colour_and_not_brightness():
    changed = after({"chroma": 4})
    before, now = (np.asarray(Image.fromarray(image).convert("YCbCr")).astype(float) for image in (photo(), changed))
    interior = (before > 40).all(2) & (before < 215).all(2)  # elsewhere RGB is cut off
    brightness, colour = (np.abs(now - before)[interior][:, channels].mean() for channels in (0, slice(1, 3)))
    assert brightness < 1.5 < 3 * brightness < colour
    grey = np.full((16, 16, 3), 77, np.uint8)
    assert np.array_equal(after({"chroma": 2}, image=grey), grey)


def test_denoising_and_medians_lower_noise_and_keep_edges():
    edge = np.repeat(np.where(np.arange(64) < 32, 40, 200).astype(np.uint8)[None, :, None], 64, axis=0).repeat(
        3, axis=2
    )
    noisy = after({"noise": 5}, image=edge)
    for chain in ({"denoise": 5}, {"median": 3}):
        assert error(after(chain, image=noisy), edge) < 0.5 * error(noisy, edge)
        assert np.abs(after(chain, image=edge).astype(int) - edge).max() <= 1
    assert error(after({"denoise": 2}, image=noisy), noisy) < error(after({"denoise": 10}, image=noisy), noisy)
    assert error(after({"median": 3}), photo()) < error(after({"median": 5}), photo())


def test_a_palette_has_no_more_colours_than_asked_for():
    assert len(np.unique(after({"palette": 16}).reshape(-1, 3), axis=0)) <= 16


def test_ranges_are_drawn_for_each_image_and_stay_within_their_bounds():
    sizes = [after({"resize": [0.5, 1.5]}, seed=seed).shape[1] for seed in range(30)]
    assert 64 <= min(sizes) < 80 and 176 < max(sizes) <= 192
    offsets = {after({"crop": {"top": [0, 7], "left": 0}}, seed=seed).shape[0] for seed in range(60)}
    assert offsets == set(range(90, 98))
    kernels = {after({"resize": {"factor": 0.5, "kernel": "any"}}, seed=seed).tobytes() for seed in range(60)}
    assert len(kernels) == len(KERNELS)
    assert np.array_equal(after({"jpeg": [80, 80]}), after({"jpeg": 80}))
    assert degraded_size((97, 128), [{"resize": [0.5, 2]}]) == (48, 64)


def test_a_settled_chain_draws_nothing_more():
    chain = [{"noise": [1, 9]}, {"jpeg": {"quality": [30, 90], "subsampling": "any"}}]
    fixed = settled(chain, np.random.default_rng(1))
    assert fixed == settled(chain, np.random.default_rng(1)) != settled(chain, np.random.default_rng(2))
    for operation in fixed:
        ((name, values),) = operation.items()
        assert set(values) == set(OPERATIONS[name])
        assert not any(value == "any" or isinstance(value, list) for value in values.values())
    assert 1 <= fixed[0]["noise"]["sigma"] <= 9 and 30 <= fixed[1]["jpeg"]["quality"] <= 90
    assert settled([{"jpeg": 90}], np.random.default_rng(1)) == [{"jpeg": {"quality": 90, "subsampling": 420}}]


def test_an_image_that_nothing_remains_of_is_refused():
    with pytest.raises(InputError, match="crop"):
        after({"crop": {"top": 97, "left": 0}})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"degradations.1.name": "pristine"}, "degradations.1.name"),
        ({"degradations.1.chain": [{"jpeg": [90, 60]}]}, "degradations.1.chain.0.jpeg"),
        ({"degradations.7.chain": [{"jpeg": [90, 60]}]}, "degradations.7.chain.0.jpeg"),
        ({"degradations.7.chain": [{"resize": {"factor": [2, 1]}}]}, "degradations.7.chain.0.resize.factor"),
        ({"degradations.7.chain": [{"resize": {"factor": 2, "longest_side": 64}}]}, "degradations.7.chain.0.resize"),
        ({"degradations.7.chain": [{"resize": 0.1}]}, "degradations.7.chain"),
        ({"degradations.7.chain": [{"crop": {"top": [0, 120]}}]}, "degradations.7.chain"),
        ({"degradations.7.tier": "clean"}, "degradations.7.tier"),
        ({"degradations.7.chain": [{"jpeg": 90, "webp": 90}]}, "degradations.7.chain.0"),
        ({"degradations.7.chain": [{}]}, "degradations.7.chain.0"),
        ({"degradations.0.tier": "hard"}, "degradations"),
    ],
)
def test_rows_that_make_no_sense_are_refused_before_any_job(changes, key):
    if changes.get("degradations.1.chain"):
        changes = changes | {"degradations.1.tier": "web"}
    assert refused(changes).startswith(f"{key}:")


def test_a_backbone_that_no_crop_is_left_for_is_refused_before_any_job():
    """A fixed size of 224 pixels, and tiles of 256 that are resized by 0.5."""
    settings = {"backbone": "coatnet_rmlp_0_rw_224", "input": "pixels", "crop": 224, "evaluation_crop": 224}
    fixed = {"photos.tile": 256} | {f"classifiers.{key}": value for key, value in settings.items()}
    told = refused(fixed)
    assert told.startswith("degradations:") and "128 pixels" in told and "coatnet_rmlp_0_rw_224" in told
    rows = timm_backbones(ROOT / "resources/backbones.tsv")[1]
    for taken_off, problems in ((32, 0), (33, 3)):  # of three classifiers
        smaller = {"name": "smaller", "tier": "clean", "chain": [{"crop": taken_off}]}
        config = changed(fixed | {"degradations": [DEMO["degradations"][0], smaller]})
        assert len(list(backbone_problems(config, rows))) == problems

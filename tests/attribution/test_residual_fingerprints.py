"""Residual fingerprints that are folded by the period of the upsampling: found at any phase."""

from dataclasses import replace

import numpy as np
import pytest
from attribution_data import gaussian, small_bundle

from sr_fingerprints.attribution.bundle import read_bundle, write_bundle
from sr_fingerprints.attribution.folded_residuals import fold_residuals, read_folded
from sr_fingerprints.attribution.joining import with_source
from sr_fingerprints.attribution.observations import joined
from sr_fingerprints.attribution.residual_fingerprints import (
    FoldedResiduals,
    ResidualFingerprints,
    correlations,
    fit_fingerprints,
    folded_residual,
)
from sr_fingerprints.attribution.sources import Source
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.runtime.errors import InputError

PERIOD = 4
NAMES = ["a", "b", "c"]
WORDS = {name: f"source {name}" for name in NAMES}
PATTERNS = np.random.default_rng(0).normal(0, 2, (3, PERIOD, PERIOD, 3))


def image(source, seed, height=96, width=96):
    """A smooth picture with noise, and the pattern of a source on it."""
    random = np.random.default_rng(seed)
    slope = np.linspace(60, 180, height)[:, None, None] + np.linspace(-20, 20, width)[None, :, None]
    tiled = np.tile(PATTERNS[source], (height // PERIOD + 1, width // PERIOD + 1, 1))[:height, :width]
    return (slope + tiled + random.normal(0, 3, (height, width, 3))).clip(0, 255).astype(np.uint8)


def folded_images(seeds=range(8), names=NAMES):
    shown = [(source, seed) for source in range(len(names)) for seed in seeds]
    values = np.stack([folded_residual(image(source, (source, seed)), PERIOD) for source, seed in shown])
    train = np.array([seed < len(seeds) // 2 for _, seed in shown])
    return FoldedResiduals(values, np.array([names[source] for source, _ in shown]), train)


@pytest.fixture(scope="module")
def fingerprints():
    return fit_fingerprints(folded_images(), NAMES)


def test_correlations_are_the_highest_of_all_phases():
    random = np.random.default_rng(1)
    folded, references = (random.normal(1, 2, (n, 3, 3, 3)).astype(np.float32) for n in (2, 4))
    expected = [
        [
            max(
                np.corrcoef(np.roll(one, (down, right), (0, 1)).ravel(), other.ravel())[0, 1]
                for down in range(3)
                for right in range(3)
            )
            for other in references
        ]
        for one in folded
    ]
    np.testing.assert_allclose(correlations(folded, references), expected, atol=1e-6)
    assert (correlations(np.ones_like(folded), references) == 0).all()


@pytest.mark.parametrize("moved", [(0, 0), (1, 0), (2, 3), (5, 7)])
@pytest.mark.parametrize("source", range(3))
def test_a_source_is_found_at_any_phase(fingerprints, source, moved):
    cut = image(source, 100, 192, 200)[moved[0] :, moved[1] :]
    found = fingerprints.evidence(cut, WORDS, ["b", "a"])
    assert (found.best, found.words) == (NAMES[source], WORDS[NAMES[source]]) and found.correlation > 0.9
    assert list(found.correlations) == ["b", "a"]
    if source < 2:
        assert found.correlations[found.best] == found.correlation


def test_without_its_pattern_an_image_is_like_no_source(fingerprints):
    noise = np.random.default_rng(5).normal(128, 3, (240, 240, 3)).astype(np.uint8)
    found = fingerprints.evidence(noise, WORDS, NAMES)
    assert found.correlation < fingerprints.best[0] and found.reached == 1


def test_shares_are_those_of_held_out_images(fingerprints):
    assert fingerprints.right.all() and (np.diff(fingerprints.best) >= 0).all() and len(fingerprints.best) == 12
    known = replace(
        fingerprints,
        best=np.array([0.1, 0.2, 0.3, 1], np.float32),
        right=np.array([False, False, True, False]),
    )
    found = known.evidence(image(0, 100), WORDS, [])
    assert (found.reached, found.right) == (0.25, 0)
    found = replace(known, best=known.best * 0.01).evidence(image(0, 100), WORDS, [])
    assert (found.reached, found.right) == (0, None)
    noise = np.random.default_rng(5).normal(128, 3, (96, 96, 3)).astype(np.uint8)
    found = replace(known, best=np.full(4, 0.98, np.float32)).evidence(noise, WORDS, [])
    assert (found.reached, found.right) == (1, 0.25)


def test_shuffled_names_are_recognised_no_better_than_by_chance():
    images = folded_images(range(40))
    shuffled = replace(images, name=np.random.default_rng(0).permutation(images.name))
    found = fit_fingerprints(shuffled, NAMES)
    assert abs(found.right.mean() - 1 / 3) < 4 * np.sqrt(2 / 9 / len(found.right))


@pytest.mark.parametrize("size", [(7, 200), (200, 7)])
def test_images_of_less_than_two_periods_say_nothing(fingerprints, size):
    assert folded_residual(np.zeros((*size, 3), np.uint8), PERIOD) is None
    assert fingerprints.evidence(np.full((*size, 3), 9, np.uint8), WORDS, []) is None
    assert fingerprints.evidence(np.full((64, 64, 3), 9, np.uint8), WORDS, []) is None, "flat"


def test_sources_need_images_of_both_kinds():
    assert fit_fingerprints(FoldedResiduals(np.zeros((0, 4, 4, 3), np.float32), *[np.zeros(0)] * 2), NAMES) is None
    images = folded_images()
    alone = replace(images, is_train=images.is_train | (images.name == "b"))
    with pytest.raises(InputError, match="b: found no residuals of training or of validation images"):
        fit_fingerprints(alone, NAMES)


def test_a_source_joins(fingerprints):
    images = folded_images()
    two = fit_fingerprints(images, NAMES[:2])
    grown = two.with_source(*images.of("c"))
    np.testing.assert_array_equal(grown.values, fingerprints.values)
    assert len(grown.best) == len(fingerprints.best) and grown.right.all() and (np.diff(grown.best) >= 0).all()


@pytest.fixture(scope="module")
def bundle():
    values = np.random.default_rng(0).normal(size=(4, PERIOD, PERIOD, 3)).astype(np.float16).astype(np.float32)
    return replace(
        small_bundle(networks=2), residuals=ResidualFingerprints(values, np.ones(1, np.float32), np.ones(1, bool))
    )


@pytest.mark.parametrize("known", [True, False])
def test_a_bundle_with_one_more_source_has_its_fingerprint_too(bundle, tmp_path, known):
    source = Source("own", "own 2X", "network", 2, None, None, None, "MIT")
    images = [gaussian(np.full((1, 8), 9.0), ["own"], split, 10) for split in ("train", "validation", "test")]
    grown = with_source(bundle, source, joined(images), folded_images().of("c") if known else None)
    write_bundle(grown, tmp_path / "grown.safetensors")
    read = read_bundle(tmp_path / "grown.safetensors")
    if not known:
        assert read.residuals is None
        return
    found = read.residuals.evidence(image(2, 100), {each.name: each.words for each in read.model.sources}, ["own"])
    assert found.best == "own" and found.correlations["own"] > 0.9


def test_folded_residuals_of_a_study(bundle, tmp_path):
    paths = {}
    for source, name in enumerate(NAMES):
        paths[name] = tmp_path / f"{name}.h5"
        with ImageWriter(paths[name], {}) as writer:
            for number, split in enumerate(["train"] * 3 + ["validation"] * 2 + ["test"]):
                writer.append(image(source, (source, number), 64, 64), f"p{number}", f"p{number}", split)
    conditions = [
        {"name": "pristine", "tier": "clean", "chain": []},
        {"name": "d", "tier": "web", "chain": [{"blur": 3}]},
    ]
    output, numbers = tmp_path / "residuals.h5", {"train": 2, "validation": None, "test": 1}
    fold_residuals(paths, PERIOD, conditions, numbers, 0, output)
    found = read_folded(output)
    assert found.values.shape == (3 * (2 + 2 * 2), PERIOD, PERIOD, 3) and found.is_train.sum() == 3 * 2
    fitted = fit_fingerprints(found, NAMES)
    assert fitted.right[-3:].all() and len(fitted.best) == 12, "images as they are come first"
    fold_residuals(paths, 1, conditions, numbers, 0, output)
    assert fit_fingerprints(read_folded(output), NAMES) is None, "nothing repeats without upsampling"
    write_bundle(bundle, tmp_path / "given.safetensors")
    fold_residuals(paths, None, None, numbers, 0, output, tmp_path / "given.safetensors")
    assert read_folded(output).values.shape == (3 * (2 + 2 * 2), PERIOD, PERIOD, 3), "by its period and conditions"
    write_bundle(replace(bundle, residuals=None), tmp_path / "given.safetensors")
    fold_residuals(paths, None, None, numbers, 0, output, tmp_path / "given.safetensors")
    assert not len(read_folded(output).values), "there is nothing that they could be compared with"

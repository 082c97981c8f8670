"""Chains of degradations as people speak of them."""

import pytest

from sr_fingerprints.degradations.operations import ANY, OPERATIONS
from sr_fingerprints.degradations.wording import WORDS, plain_words


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ([{"jpeg": [60, 95]}], "saved as JPEG 60 to 95"),
        ([{"jpeg": {"quality": 90, "subsampling": 444}}], "saved as JPEG 90 (4:4:4 chroma subsampling)"),
        ([{"jpeg": {"quality": 90, "subsampling": "any"}}], "saved as JPEG 90 (any chroma subsampling)"),
        ([{"resize": {"factor": [0.7, 0.9], "kernel": "any"}}], "reduced to 0.7 to 0.9 of its size (any kernel)"),
        ([{"resize": 1.25}], "enlarged by 1.25"),
        ([{"resize": [0.6, 1.5]}], "resized by 0.6 to 1.5"),
        ([{"resize": {"longest_side": 1080}}, {"jpeg": 80}], "reduced to 1080 pixels at most, then saved as JPEG 80"),
        ([{"crop": {"top": [1, 7], "left": 3}}], "cropped by 1 to 7 pixels at the top and 3 pixels at the left"),
        ([{"rotate": "any"}, {"mirror": "vertical"}], "turned by 90, 180 or 270 degrees, then mirrored vertically"),
        (
            [{"sharpen": {"percent": [50, 150], "sigma": 2}}],
            "sharpened by 50 to 150 % (standard deviation of 2 pixels)",
        ),
        ([{"blur": 0.7}], "blurred (standard deviation of 0.7 pixels)"),
        ([{"denoise": [3, 10]}], "denoised (strength 3 to 10)"),
        ([], ""),
    ],
)
def test_chains_read_as_people_speak(chain, words):
    assert plain_words(chain) == words


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_words_that_tell_its_parameters_apart(name):
    assert set(WORDS) == set(OPERATIONS)
    usual = plain_words([{name: {}}])
    assert usual and "{" not in usual and "None" not in usual
    for key, default in OPERATIONS[name].items():
        other = next(value for value in ANY.get(key, (7,)) if value != default)
        changed = plain_words([{name: {key: other}}])
        assert changed != usual and "None" not in changed, key

"""Crops over the whole picture."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_fingerprints.attribution.crops import crop_boxes

sides = st.integers(1, 5000)


@given(sides, sides, st.sampled_from([64, 128, 200]), st.integers(1, 80))
def test_crops_are_inside_apart_and_of_one_size(height, width, side, most):
    boxes = crop_boxes(height, width, side, most)
    assert 1 <= len(boxes) <= most
    assert {(box.height, box.width) for box in boxes} == {(min(side, height), min(side, width))}
    assert all(0 <= box.top <= height - box.height and 0 <= box.left <= width - box.width for box in boxes)
    tops, lefts = sorted({box.top for box in boxes}), sorted({box.left for box in boxes})
    assert len(boxes) == len(tops) * len(lefts)
    for starts in (tops, lefts):
        assert all(later - earlier >= side for earlier, later in pairwise(starts))


@given(st.integers(256, 5000), st.integers(256, 5000), st.integers(4, 80))
def test_crops_reach_all_edges(height, width, most):
    boxes = crop_boxes(height, width, 128, most)
    if len({box.top for box in boxes}) > 1:
        assert min(box.top for box in boxes) == 0 and max(box.top + box.height for box in boxes) == height
    if len({box.left for box in boxes}) > 1:
        assert min(box.left for box in boxes) == 0 and max(box.left + box.width for box in boxes) == width


@pytest.mark.parametrize(
    "height, width, most, number",
    [(1024, 1024, 64, 64), (1000, 1000, 64, 49), (4000, 6000, 64, 64), (128, 128, 64, 1)],
)
def test_number_of_crops(height, width, most, number):
    assert len(crop_boxes(height, width, 128, most)) == number


def test_a_panorama_keeps_its_shape():
    boxes = crop_boxes(1280, 12800, 128, 40)
    assert len({box.left for box in boxes}) > 5 * len({box.top for box in boxes})


def test_a_single_crop_is_in_the_middle():
    assert crop_boxes(301, 200, 128, 1) == [(86, 36, 128, 128)]

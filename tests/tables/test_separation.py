import numpy as np
import pytest

from sr_fingerprints.tables.class_separation import separation


def classes_apart(sizes, spread, dimensions=6, seed=0):
    """Features of classes with unit variance around centres that are ``spread`` apart, in a mixed order."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centers = random.normal(0, spread, (len(sizes), dimensions))
    return (centers[labels] + random.normal(size=(len(labels), dimensions))).astype(np.float32), labels


def expected_distance(a, b):
    """E|a - b| over independent draws, by explicit loops."""
    return sum(float(np.sqrt(((x - y) ** 2).sum())) for x in a for y in b) / (len(a) * len(b))


def test_separation_is_its_definition():
    features, labels = classes_apart([4, 7, 2], spread=1.0)
    found = separation(features, labels)
    members = [features[labels == label].astype(np.float64) for label in range(3)]
    for i, a in enumerate(members):
        for j, b in enumerate(members):
            own = expected_distance(a, a) + expected_distance(b, b)
            assert found[i, j] == pytest.approx(own / (2 * expected_distance(a, b)), rel=1e-12)
    assert found.dtype == np.float64


def test_separation_worked_by_hand():
    features = np.array([[0, 0], [2, 0], [0, 3], [2, 3]], np.float32)
    found = separation(features, np.array(["b", "b", "a", "a"]))
    assert found[0, 1] == pytest.approx((1 + 1) / (2 * (3 + np.sqrt(13)) / 2))


def test_class_with_itself_has_separation_one_exactly():
    features, labels = classes_apart([5, 9, 1], spread=3.0)
    np.testing.assert_array_equal(separation(features, labels).diagonal(), 1.0)


def test_identical_classes_have_separation_one_exactly():
    features, labels = classes_apart([30, 30], spread=1.0, dimensions=64)
    of_one = features[labels == 0] + np.float32(1000)
    found = separation(np.concatenate([of_one, of_one, features[labels == 1]]), np.repeat([0, 1, 2], 30))
    assert found[0, 1] == 1.0
    assert found[0, 2] < 1.0


def test_classes_that_are_one_point_are_identical_only_with_that_point():
    features = np.array([[1, 2], [1, 2], [1, 2], [5, 5]], np.float32)
    np.testing.assert_array_equal(separation(features, np.array([0, 0, 1, 2])), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])


def test_separation_is_symmetric_and_at_most_one():
    found = separation(*classes_apart([8, 3, 12, 5, 1], spread=0.3))
    np.testing.assert_array_equal(found, found.T)
    assert (found > 0).all() and (found <= 1 + 1e-12).all()


def test_separation_does_not_depend_on_origin_and_unit_of_the_features():
    features, labels = classes_apart([6, 6, 6], spread=1.0)
    moved = 37.5 * features.astype(np.float64) + np.arange(features.shape[1])
    np.testing.assert_allclose(separation(moved, labels), separation(features, labels), rtol=1e-9)


def test_separation_does_not_depend_on_the_order_of_images():
    features, labels = classes_apart([6, 4, 5], spread=1.0)
    order = np.random.default_rng(1).permutation(len(labels))
    np.testing.assert_allclose(separation(features[order], labels[order]), separation(features, labels), rtol=1e-12)


def test_classes_far_apart_have_separation_near_zero_and_overlapping_ones_near_one():
    far = separation(*classes_apart([40, 40], spread=1e4))[0, 1]
    near = separation(*classes_apart([40, 40], spread=0.0))[0, 1]
    assert 0 < far < 1e-3
    assert 0.9 < near < 1


def test_twice_as_far_is_about_half_the_separation():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    noise = random.normal(size=(100, 4))
    direction = np.array([1.0, 0, 0, 0])
    near, far = (separation(noise + labels[:, None] * gap * direction, labels)[0, 1] for gap in (1e3, 2e3))
    assert near / far == pytest.approx(2, rel=0.01)


def test_separation_of_as_many_images_as_in_the_paper():
    features, labels = classes_apart([100] * 25, spread=0.5, dimensions=1024)
    found = separation(features, labels)
    assert found.shape == (25, 25)
    np.testing.assert_array_equal(found.diagonal(), 1.0)
    # Two normal classes: E|a1 - a2| is about sqrt(2 d), less one in a hundred pairs with itself, and the squared
    # distance of two centres about 2 d / 4.
    expected = 0.99 * np.sqrt(2) / np.sqrt(2 + 0.5)
    np.testing.assert_allclose(found[~np.eye(25, dtype=bool)], expected, rtol=0.05)

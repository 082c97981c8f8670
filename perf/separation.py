"""Compare class separation by SciPy's distances with a plain double loop over images.

Run with ``python perf/separation.py``. Both get the same features of few small classes and must give the same matrix;
prints the time of each and their ratio, and the time for the size of the paper's Figure 6.
"""

import numpy as np
from timing import best_of_three

from sr_fingerprints.tables.class_separation import separation

CLASSES, IMAGES, FEATURES = 25, 100, 1024  # the paper: published networks, test photos, width of ConvNeXt-base
FEW_CLASSES, FEW_IMAGES = 4, 25  # for the loop


def main() -> None:
    features, labels = random_features(FEW_CLASSES, FEW_IMAGES)
    fast_seconds, fast = best_of_three(lambda: separation(features, labels))
    loop_seconds, loop = best_of_three(lambda: separation_by_loop(features, labels))
    np.testing.assert_allclose(fast, loop, rtol=1e-10)
    print(f"{FEW_CLASSES} classes of {FEW_IMAGES} images: separation {fast_seconds:.4f} s, loop {loop_seconds:.3f} s")
    print(f"ratio {loop_seconds / fast_seconds:.0f}, largest difference {np.abs(fast - loop).max():.1e}")

    features, labels = random_features(CLASSES, IMAGES)
    seconds, _ = best_of_three(lambda: separation(features, labels))
    pairs = (CLASSES * IMAGES) ** 2 / (FEW_CLASSES * FEW_IMAGES) ** 2
    print(f"{CLASSES} classes of {IMAGES} images, {FEATURES} features: {seconds:.2f} s", end="")
    print(f"; the loop would take {pairs * loop_seconds:.0f} s, ratio {pairs * loop_seconds / seconds:.0f}")


def random_features(classes: int, images: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), images)
    centers = random.normal(0, 0.5, (classes, FEATURES))
    return (centers[labels] + random.normal(0, 1, (len(labels), FEATURES))).astype(np.float32), labels


def separation_by_loop(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    count = labels.max() + 1
    distances = np.zeros((count, count))
    for one, first in zip(features.astype(np.float64), labels, strict=True):
        for other, second in zip(features.astype(np.float64), labels, strict=True):
            distances[first, second] += np.linalg.norm(one - other)
    sizes = np.bincount(labels)
    distances /= np.outer(sizes, sizes)
    within = distances.diagonal()
    return (within[:, None] + within) / (2 * distances)


if __name__ == "__main__":
    main()

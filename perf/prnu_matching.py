"""Compare PRNU matching by one matrix product per network with a loop over images and fingerprints.

Run with ``OMP_NUM_THREADS=1 python perf/prnu_matching.py``. Both get the same residuals and fingerprints, and must
give the same distances; prints the time of each and their ratio.
"""

import numpy as np
from timing import best_of_three

from sr_fingerprints.prnu.matching import euclidean

NETWORKS, IMAGES, CROP = 205, 100, 224  # the paper: images of one network against all fingerprints


def main() -> None:
    random = np.random.default_rng(0)
    fingerprints = random.normal(0, 0.5, (NETWORKS, CROP * CROP * 3)).astype(np.float32)
    residuals = random.normal(0, 2, (IMAGES, CROP * CROP * 3)).astype(np.float32)

    product_seconds, product = best_of_three(lambda: euclidean(fingerprints)(residuals))
    loop_seconds, loop = best_of_three(lambda: distances_by_loop(residuals, fingerprints))
    np.testing.assert_allclose(product, loop, rtol=1e-5)
    print(f"matrix product {product_seconds:.3f} s, loop {loop_seconds:.3f} s for {IMAGES} images of one network")
    print(f"ratio {loop_seconds / product_seconds:.0f}, largest difference {np.abs(product - loop).max():.1e}")


def distances_by_loop(residuals: np.ndarray, fingerprints: np.ndarray) -> np.ndarray:
    return np.array([-np.linalg.norm(fingerprints - residual, axis=1) for residual in residuals])


if __name__ == "__main__":
    main()

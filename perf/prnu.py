"""Residuals of crops of 224 pixels on one core: our wavelet denoiser against BM3D, and how well each attributes.

uv run --extra bm3d python perf/prnu.py results/upscalers/sr     a folder of images by network, of 224 pixels or more

BM3D's licence is for non-commercial research. Images are of the first networks of the folder. The fingerprint of each
is the mean residual of its first training images, and is compared by Euclidean distance with its first test images.
"""

import argparse
import sys
from pathlib import Path

from alternating import alternately, one_thread

one_thread()
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np  # noqa: E402

from sr_fingerprints.files.images import ImageFile  # noqa: E402
from sr_fingerprints.prnu.denoisers import noise_residuals  # noqa: E402
from sr_fingerprints.prnu.matching import euclidean  # noqa: E402

SIDE, SIGMA = 224, 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--networks", type=int, default=3)
    parser.add_argument("--images", type=int, default=4, help="of each network, for training and for the test")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    crops = np.array([crops_of(path, given.images) for path in sorted(given.folder.glob("*.h5"))[: given.networks]])
    flat = crops.reshape(-1, SIDE, SIDE, 3)
    found = alternately(
        lambda: noise_residuals(flat, "wavelet", SIGMA), lambda: noise_residuals(flat, "bm3d", SIGMA), given.repeats
    )
    of = f"of {len(crops) * given.images} test images of {len(crops)} networks"
    for name, residuals in zip(("wavelet", "bm3d"), found, strict=True):
        print(f"{name:10} {100 * accuracy(residuals.reshape(crops.shape)):.0f} % {of} are attributed correctly")


def crops_of(path: Path, number: int) -> np.ndarray:
    """Centre crops uint8 (2 x number, 224, 224, 3) of training images, then of test images."""
    with ImageFile(path) as file:
        rows = [row for split in ("train", "test") for row in file.indices(split)[:number]]
        return np.array([file.center_crop(int(row), SIDE) for row in rows])


def accuracy(residuals: np.ndarray) -> float:
    """Of residuals (networks, 2 x number, 224, 224, 3): the share of test images nearest to their own fingerprint."""
    networks, images = residuals.shape[:2]
    training, test = residuals[:, : images // 2], residuals[:, images // 2 :]
    fingerprints = training.mean(axis=1).reshape(networks, -1)
    nearest = euclidean(fingerprints)(test.reshape(-1, fingerprints.shape[1])).argmax(axis=1)
    return float((nearest == np.repeat(np.arange(networks), test.shape[1])).mean())


if __name__ == "__main__":
    main()

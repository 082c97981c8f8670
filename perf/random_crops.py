"""Time random crops from HDF5 in small chunks, from HDF5 with one chunk per photo, and from PNG.

uv run python perf/random_crops.py [--photos 40] [--crops 200]
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from sr_fingerprints.files.images import ImageFile, ImageWriter

HEIGHT, WIDTH, SIDE = 640, 960, 224


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--photos", type=int, default=40)
    arguments.add_argument("--crops", type=int, default=200)
    options = arguments.parse_args()
    random = np.random.default_rng(0)
    photos = [_photo(random) for _ in range(options.photos)]
    places = [
        (random.integers(options.photos), random.integers(HEIGHT - SIDE + 1), random.integers(WIDTH - SIDE + 1))
        for _ in range(options.crops)
    ]
    with tempfile.TemporaryDirectory() as folder:
        chunked, whole = Path(folder, "chunked.h5"), Path(folder, "whole.h5")
        with ImageWriter(chunked, {}) as writer:
            for number, photo in enumerate(photos):
                writer.append(photo, str(number), str(number), "train")
                Image.fromarray(photo).save(Path(folder, f"{number}.png"))
        with h5py.File(whole, "w") as file:
            file.create_dataset("images", data=np.stack(photos), chunks=(1, HEIGHT, WIDTH, 3))
        with ImageFile(chunked) as images, h5py.File(whole, "r") as file:
            readers = {
                "chunks of 64 x 64": lambda n, y, x: images.crop(n, y, x, SIDE, SIDE),
                "one chunk a photo": lambda n, y, x: file["images"][n, y : y + SIDE, x : x + SIDE],
                "PNG": lambda n, y, x: np.asarray(Image.open(Path(folder, f"{n}.png")))[y : y + SIDE, x : x + SIDE],
            }
            crops = {name: [read(*place) for place in places] for name, read in readers.items()}
            seconds = {name: _best_of_three(read, places) for name, read in readers.items()}
    reference = crops["PNG"]
    assert all(np.array_equal(found, reference) for found in crops.values())
    fastest = seconds["chunks of 64 x 64"]
    for name, taken in seconds.items():
        print(f"{name:20} {1000 * taken / len(places):7.2f} ms a crop of {SIDE}, {taken / fastest:5.1f} times")


def _photo(random: np.random.Generator) -> np.ndarray:
    """A smooth image with a little noise, which compresses about as well as a photo."""
    coarse = Image.fromarray(random.integers(0, 256, (HEIGHT // 32, WIDTH // 32, 3), np.uint8))
    smooth = np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)).astype(np.int16)
    return np.clip(smooth + random.integers(-3, 4, smooth.shape), 0, 255).astype(np.uint8)


def _best_of_three(read: Callable[..., np.ndarray], places: list[tuple[int, int, int]]) -> float:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        for place in places:
            read(*place)
        taken.append(time.perf_counter() - started)
    return min(taken)


if __name__ == "__main__":
    main()

"""Measure `sr-fingerprints attribute`: its start, an image of one megapixel, and many images with two workers.

uv run python perf/attribute.py                  with the bundle of the project
uv run python perf/attribute.py --bundle FILE

Processor time hardly depends on other programs; wall time does, so nothing else should run. ``start`` is the whole
command on the smallest image, 64 x 64 pixels. ``image`` is one after the start, on one thread. ``many`` includes the
start of the workers. Images are photos that come with packages, as JPEG of quality 95. ``script`` is what a plain
PyTorch script takes for an image: it calls the same network on the same crops, and takes the largest probability.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ |= dict.fromkeys(THREADS, "1")

PHOTOS = ("astronaut", "china", "coffee", "flower", "hubble", "ihc", "retina", "rocket")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--bundle", type=Path)
    arguments.add_argument("--repeats", type=int, default=5)
    arguments.add_argument("--images", type=int, default=1000)
    arguments.add_argument("--megapixels", type=float, default=0.5, help="of each of many images; default: 0.5")
    arguments.add_argument("--workers", type=int, default=2)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = [f"--bundle={given.bundle}"] if given.bundle else []
        print(f"{'':32} {'wall':>8} {'processor':>10}")
        images(folder / "smallest", 1, 64 * 64 / 1e6)
        report("start", *middle(lambda: command(folder / "smallest", *options), given.repeats))
        images(folder / "one", 1, 1.0)
        (path,) = (folder / "one").iterdir()
        report("image of 1 megapixel", *middle(one_image(path, given.bundle), given.repeats))
        report("script, the same image", *middle(plain_script(path, given.bundle), given.repeats))
        report("import of torch, and exit", *middle(lambda: program("import torch"), given.repeats))
        images(folder / "many", given.images, given.megapixels)
        many = [f"--output={folder / 'answers.jsonl'}", f"--workers={given.workers}"]
        wall, processor = command(folder / "many", *options, *many)
        report(f"{given.images} images of {given.megapixels} megapixels", wall, processor)
        print(f"{given.images / wall:.1f} images a second, {given.workers} workers")


def report(what: str, wall: float, processor: float) -> None:
    print(f"{what:32} {wall:6.2f} s {processor:8.2f} s", flush=True)


def middle(measure, repeats: int) -> tuple[float, float]:
    """Medians of wall and processor time; the first call is not counted."""
    found = [measure() for _ in range(repeats + 1)][1:]
    return median(each[0] for each in found), median(each[1] for each in found)


def command(*arguments: object) -> tuple[float, float]:
    """Wall and processor time of a process that attributes images."""
    called = [sys.executable, "-m", "sr_fingerprints.command", "attribute", *map(str, arguments)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run(called, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def program(code: str) -> tuple[float, float]:
    """Wall and processor time of a fresh process."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def plain_script(path: Path, bundle: Path | None):
    import numpy as np
    import torch
    from PIL import Image

    from sr_fingerprints.attribution import load_bundle
    from sr_fingerprints.attribution.crops import crop_boxes

    known = load_bundle(bundle)

    def measure() -> tuple[float, float]:
        started = time.perf_counter(), time.process_time()
        with Image.open(path) as opened:
            pixels = np.asarray(opened.convert("RGB"))
        boxes = crop_boxes(*pixels.shape[:2], known.side, known.most)
        crops = np.stack([pixels[top : top + height, left : left + width] for top, left, height, width in boxes])
        with torch.inference_mode():
            levels = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
            known.classifier(levels).softmax(1).mean(0).max().item()
        return time.perf_counter() - started[0], time.process_time() - started[1]

    return measure


def one_image(path: Path, bundle: Path | None):
    import torch

    from sr_fingerprints.attribution import attribute, load_bundle

    torch.set_num_threads(1)
    known = load_bundle(bundle)

    def measure() -> tuple[float, float]:
        started = time.perf_counter(), time.process_time()
        attribute(path, known)
        return time.perf_counter() - started[0], time.process_time() - started[1]

    return measure


def images(folder: Path, number: int, megapixels: float) -> None:
    """Write so many different images of 4 : 3, or the smallest square."""
    from PIL import Image

    from sr_fingerprints.photos.reading import read_photo
    from sr_fingerprints.photos.sources import photo_sources

    folder.mkdir()
    photos = [read_photo(path) for path in photo_sources(None, PHOTOS).values()]
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    size = (64, 64) if height < 64 else (round(height * 4 / 3), height)
    for index in range(number):
        photo = photos[index % len(photos)]
        moved = (index // len(photos)) % 64  # no two have the same content
        part = photo.crop((moved, moved // 2, photo.width, photo.height))
        part.resize(size, Image.Resampling.LANCZOS).save(folder / f"{index:04}.jpg", quality=95)


if __name__ == "__main__":
    main()

"""Predictions, probabilities and features of crops: a job of ours, against one by one with a commit each into SQLite.

uv run python perf/predict.py                                       1,000 crops, with the demo's backbone
uv run python perf/predict.py --backbone convnext_tiny --images 200 --crop 224 [--device cuda --precision tf32]

Both start from a stored classifier and stored images (ours: HDF5; theirs: PNG), and must agree.
"""

import argparse
import sqlite3
import sys
import tempfile
from pathlib import Path

from alternating import alternately, one_thread

one_thread()
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

from sr_fingerprints.classifiers.application import apply_classifier  # noqa: E402
from sr_fingerprints.classifiers.backbones import build_classifier  # noqa: E402
from sr_fingerprints.classifiers.saving import load_classifier, save_classifier  # noqa: E402
from sr_fingerprints.files.images import ImageWriter  # noqa: E402
from sr_fingerprints.files.predictions import read_predictions  # noqa: E402
from sr_fingerprints.photos.reading import read_photo  # noqa: E402
from sr_fingerprints.photos.sources import photo_sources  # noqa: E402
from sr_fingerprints.runtime.allocation import keep_freed_memory  # noqa: E402

CLASSES = [f"network {number}" for number in range(40)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="highpass32")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--crop", type=int, default=128, help="pixels; default: 128")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    keep_freed_memory()  # as jobs do
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder, given.images, given.crop)
        write_classifier(folder / "classifier", given)
        ours, theirs = alternately(
            lambda: batches(folder, given.device), lambda: one_by_one(folder, given), given.repeats
        )
    same = np.mean(ours[0].argmax(1) == theirs[0].argmax(1))
    probability, feature = (np.abs(ours[place] - theirs[place]).max() for place in (0, 1))
    print(f"{100 * same:.1f} % of {len(ours[0])} predictions are the same")
    print(f"largest difference of a probability {probability:.1e}, of a feature {feature:.1e}")


def write_images(folder: Path, number: int, crop: int) -> None:
    photo = np.asarray(read_photo(photo_sources(None, ("china",))["china"]))
    random, side = np.random.default_rng(0), crop + 32
    with ImageWriter(folder / "images.h5", {}) as writer:
        for index in range(number):
            top, left = (int(random.integers(length - side + 1)) for length in photo.shape[:2])
            image = photo[top : top + side, left : left + side]
            writer.append(image, f"{index:05}", f"{index:05}", "test")
            Image.fromarray(image).save(folder / f"{index:05}.png")


def write_classifier(path: Path, given: argparse.Namespace) -> None:
    torch.manual_seed(0)
    highpass = given.backbone.startswith("highpass")
    settings = {"backbone": given.backbone, "input": "highpass" if highpass else "pixels", "batch_size": given.batch}
    settings |= {"evaluation_crop": given.crop, "precision": given.precision}
    classifier = build_classifier(given.backbone, len(CLASSES), input=settings["input"])
    save_classifier(path, classifier, {"classes": CLASSES, "settings": settings})


def batches(folder: Path, device: str) -> tuple[np.ndarray, np.ndarray]:
    names = [CLASSES[0]]
    apply_classifier(
        folder / "classifier", [folder / "images.h5"], names, names, "test", folder / "predictions.h5", device
    )
    found = read_predictions(folder / "predictions.h5")
    return found.scores, found.features


def one_by_one(folder: Path, given: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Each image read, classified and stored by itself."""
    classifier = load_classifier(folder / "classifier", given.device, exact=True).classifier
    (folder / "predictions.sqlite").unlink(missing_ok=True)
    scores, features = [], []
    with sqlite3.connect(folder / "predictions.sqlite") as database, torch.inference_mode():
        database.execute("create table predictions (image text, predicted text, probabilities blob, features blob)")
        for path in sorted(folder.glob("*.png")):
            pixels = np.asarray(Image.open(path).convert("RGB"))
            top, left = ((length - given.crop) // 2 for length in pixels.shape[:2])
            crop = torch.from_numpy(pixels[top : top + given.crop, left : left + given.crop].copy())
            tensor = (crop.permute(2, 0, 1).float() / 255)[None].to(given.device)
            feature = classifier.features(tensor)
            score = classifier.head(feature).softmax(1)
            scores.append(score[0].cpu().numpy())
            features.append(feature[0].cpu().numpy())
            row = path.name, CLASSES[scores[-1].argmax()], scores[-1].tobytes(), features[-1].tobytes()
            database.execute("insert into predictions values (?, ?, ?, ?)", row)
            database.commit()
    return np.array(scores), np.array(features)


if __name__ == "__main__":
    main()

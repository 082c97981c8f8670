"""Train a classifier by our trainer, and by the loop that people write, on the same images from the same weights.

uv run python perf/train_classifier.py                                      the demo's classifier
uv run python perf/train_classifier.py --backbone convnext_tiny --crop 224 --side 256 --batches 4
uv run python perf/train_classifier.py ... --device cuda --precision tf32

The loop: PNG through Pillow, a random crop, a DataLoader with 4 workers, float32, the loss read in each step. Both
have batches of 16, AdamW, and as many epochs. Classes are the kernels by which photos were enlarged 2X. The accuracy
on the centre crops of photos not trained on must be alike: random crops are not the same, so not equal.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from alternating import alternately, one_thread

one_thread()
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from torch.nn.functional import cross_entropy  # noqa: E402

from sr_fingerprints.classifiers.backbones import build_classifier  # noqa: E402
from sr_fingerprints.classifiers.crops import Crops  # noqa: E402
from sr_fingerprints.classifiers.precision import training_precision  # noqa: E402
from sr_fingerprints.classifiers.settings import ClassifierSettings  # noqa: E402
from sr_fingerprints.classifiers.training import accuracy, train_epoch  # noqa: E402
from sr_fingerprints.classifiers.training_state import TrainingState  # noqa: E402
from sr_fingerprints.files.images import ImageWriter  # noqa: E402
from sr_fingerprints.photos.reading import read_photo  # noqa: E402
from sr_fingerprints.photos.sources import photo_sources  # noqa: E402
from sr_fingerprints.runtime.allocation import keep_freed_memory  # noqa: E402
from sr_fingerprints.runtime.memory import AdaptiveBatch  # noqa: E402

KERNELS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
TRAINING = ("astronaut", "chelsea", "coffee", "flower", "hubble", "rocket")
VALIDATION = ("china", "ihc")
BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="highpass32")
    parser.add_argument("--crop", type=int, default=24)
    parser.add_argument("--side", type=int, default=128, help="of the images, pixels; default: 128")
    parser.add_argument("--batches", type=int, help="of an epoch; default: as many as there are images for")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    keep_freed_memory()  # as jobs do
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [write_images(folder, kernel, given.side) for kernel in KERNELS]
        with Crops(files, range(len(files)), "validation", given.crop) as validation:
            ours, theirs = alternately(
                lambda: our_epochs(given, files), lambda: their_epochs(given, folder), given.repeats
            )
            for who, classifier in (("ours", ours), ("theirs", theirs)):
                share = accuracy(classifier, validation, BATCH, given.device, AdaptiveBatch("crops"))
                print(
                    f"{who:10} {100 * share:.1f} % of {len(validation)} crops of other photos, {classifier.precision}"
                )


def write_images(folder: Path, kernel: str, side: int) -> Path:
    """Tiles of photos reduced by half and enlarged again: as one HDF5 file, and the training ones as PNG."""
    with ImageWriter(folder / f"{kernel}.h5", {}) as writer:
        for split, names in (("train", TRAINING), ("validation", VALIDATION)):
            for name, path in photo_sources(None, names).items():
                photo = read_photo(path)
                size = (photo.width // 2 * 2, photo.height // 2 * 2)
                small = photo.resize((size[0] // 2, size[1] // 2), Image.Resampling.BICUBIC)
                kernel_of_pillow = Image.Resampling[kernel.upper()]
                pixels = np.asarray(small.resize(size, kernel_of_pillow))
                for number, (top, left) in enumerate(np.ndindex(size[1] // side, size[0] // side)):
                    tile = pixels[top * side : (top + 1) * side, left * side : (left + 1) * side]
                    writer.append(tile, f"{name}{number}", name, split)
                    if split == "train":
                        Image.fromarray(tile).save(folder / f"{kernel}-{name}{number}.png")
    return folder / f"{kernel}.h5"


def our_epochs(given: argparse.Namespace, files: list[Path]) -> torch.nn.Module:
    settings = ClassifierSettings(
        backbone=given.backbone, weights="none", input=input_of(given), dropout=0, stochastic_depth=0,
        crop=given.crop, evaluation_crop=given.crop, batch_size=BATCH, epochs=given.epochs, head_epochs=0,
        optimizer="adamw", steps_per_epoch=given.batches, learning_rate=1e-3, schedule="plateau",
        stop_below_learning_rate=1e-9, precision=given.precision,
    )  # fmt: skip
    classifier = new_classifier(given)
    classifier.precision = training_precision(vars(settings), given.device)
    classifier.to(given.device, memory_format=torch.channels_last)
    with Crops(files, range(len(files)), "train", given.crop) as crops:
        state = TrainingState(classifier, settings, len(crops))
        crops.hold(state.steps * BATCH * given.epochs, given.device)
        for state.epoch in range(given.epochs):
            train_epoch(state, crops, 1, given.device)
    return classifier


class Pngs(torch.utils.data.Dataset):
    """Random crops of PNG files, with the class that each one's name begins with."""

    def __init__(self, folder: Path, crop: int):
        self.files, self.crop = sorted(folder.glob("*.png")), crop

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        pixels = np.asarray(Image.open(self.files[index]).convert("RGB"))
        top, left = (int(torch.randint(side - self.crop + 1, ())) for side in pixels.shape[:2])
        part = pixels[top : top + self.crop, left : left + self.crop]
        tensor = torch.from_numpy(part.copy()).permute(2, 0, 1).float() / 255
        return tensor, KERNELS.index(self.files[index].name.split("-")[0])


def their_epochs(given: argparse.Namespace, folder: Path) -> torch.nn.Module:
    classifier = new_classifier(given).to(given.device)
    classifier.train()
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(Pngs(folder, given.crop), BATCH, shuffle=True, num_workers=4, drop_last=True)
    for _ in range(given.epochs):
        total = 0.0
        for step, (images, targets) in enumerate(loader):
            if step == given.batches:
                break
            loss = cross_entropy(classifier(images.to(given.device)), targets.to(given.device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
    return classifier


def new_classifier(given: argparse.Namespace) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_classifier(given.backbone, len(KERNELS), input=input_of(given))


def input_of(given: argparse.Namespace) -> str:
    return "highpass" if given.backbone.startswith("highpass") else "pixels"


if __name__ == "__main__":
    main()

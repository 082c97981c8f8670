"""A bundle made in seconds: two simple "networks", an interpolation and photos, told apart by a small classifier."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter

from sr_fingerprints.attribution.bundle import Bundle, read_bundle, write_bundle
from sr_fingerprints.attribution.crops import crop_boxes
from sr_fingerprints.attribution.evidence import image_evidence
from sr_fingerprints.attribution.fitting import fit_model
from sr_fingerprints.attribution.model import Thresholds
from sr_fingerprints.attribution.observations import Observations
from sr_fingerprints.attribution.residual_fingerprints import FoldedResiduals, fit_fingerprints, folded_residual
from sr_fingerprints.attribution.sources import Source
from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.crops import to_tensor
from sr_fingerprints.degradations.chains import degrade
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.photos.sources import photo_sources

SIDE, MOST, TILE, PERIOD = 48, 64, 96, 4
BACKBONE = "highpass8"
STEPS, BATCH = 80, 24
PHOTOS = {
    "train": ("astronaut", "coffee", "china", "chelsea", "retina"),
    "validation": ("flower", "rocket", "motorcycle"),
    "test": ("grace_hopper", "ihc"),
}
CONDITIONS = {"none": ()}


def _doubled(image, method, *filters):
    low = image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
    high = low.resize((low.width * 2, low.height * 2), method)
    for each in filters:
        high = high.filter(each)
    return high


MAKE = {
    "sharp": lambda image: _doubled(image, Image.Resampling.BICUBIC, ImageFilter.UnsharpMask(1.5, 400, 0)),
    "smooth": lambda image: _doubled(image, Image.Resampling.LANCZOS, ImageFilter.GaussianBlur(1.2)),
    "nearest": lambda image: _doubled(image, Image.Resampling.NEAREST),
    "photo": lambda image: image,
}
"""What makes the images of each source from a photo."""

SOURCES = (
    Source("sharp", "Sharp 2X", "network", 2, "GAN", "Sharp", None, "MIT"),
    Source("smooth", "Smooth 2X", "network", 2, "L1", "Smooth", None, "none found"),
    Source("nearest", "nearest neighbour 2X", "interpolation", 2, None, "nearest", None, ""),
    Source("photo", "photo", "photo", None, None, None, None, ""),
)


def photo(name, side=512):
    """The middle of a photo that comes with a package, at most ``side`` pixels high and wide, with even sides."""
    image = read_photo(photo_sources(None, [name])[name])
    width, height = (min(length, side) // 2 * 2 for length in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def made(source, name, side=512):
    """The image of a photo by a source, uint8 (h, w, 3)."""
    return np.asarray(MAKE[source](photo(name, side)))


def _tiles(image):
    for top in range(0, image.shape[0] - TILE + 1, TILE):
        for left in range(0, image.shape[1] - TILE + 1, TILE):
            yield image[top : top + TILE, left : left + TILE]


def _trained(seed=0):
    """A classifier of clean crops after some seconds of training."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    images = [(made(source, name, 384), label) for label, source in enumerate(MAKE) for name in PHOTOS["train"]]
    classifier = build_classifier(BACKBONE, len(SOURCES))
    optimizer = torch.optim.Adam(classifier.parameters(), 0.01)
    for _ in range(STEPS):
        chosen = [images[index] for index in random.integers(0, len(images), BATCH)]
        places = [[random.integers(0, length - SIDE) for length in image.shape[:2]] for image, _ in chosen]
        crops = [
            image[top : top + SIDE, left : left + SIDE]
            for (image, _), (top, left) in zip(chosen, places, strict=True)
        ]
        logits = classifier(to_tensor(np.stack(crops), "cpu"))
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor([label for _, label in chosen]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return classifier.eval()


def _observed(classifier, splits):
    rows, texts = [], []
    for split in splits:
        for name in PHOTOS[split]:
            for source in MAKE:
                for tile in _tiles(made(source, name, 384)):
                    for condition, chain in CONDITIONS.items():
                        image = degrade(tile, chain, np.random.default_rng(0)) if chain else tile
                        rows.append(image_evidence(classifier, image, crop_boxes(TILE, TILE, SIDE, MOST)))
                        texts.append((source, name, condition, "clean" if not chain else "web", split))
    columns = {
        key: np.array(column)
        for key, column in zip(("name", "photo", "condition", "tier", "split"), zip(*texts, strict=True), strict=True)
    }
    return Observations(np.stack([row.mean(axis=0) for row in rows]), np.array([len(row) for row in rows]), **columns)


def _fingerprints():
    shown = [(source, name, split) for split in ("train", "validation") for name in PHOTOS[split] for source in MAKE]
    values = np.stack([folded_residual(made(source, name, 240), PERIOD) for source, name, _ in shown])
    names, splits = (np.array([row[place] for row in shown]) for place in (0, 2))
    return fit_fingerprints(FoldedResiduals(values, names, splits == "train"), list(MAKE))


@cache
def tiny_bundle():
    """The bundle, as if read from nowhere; made with one thread: on a busy machine, several wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    classifier = _trained()
    images = _observed(classifier, PHOTOS)
    torch.set_num_threads(threads)
    by_split = {split: images.select(images.split == split) for split in PHOTOS}
    head = (*(value.detach().numpy().copy() for value in (classifier.head.weight, classifier.head.bias)),)
    held_out = images.select(images.split != "train").rounded()
    model = fit_model(SOURCES, by_split["train"], held_out.select(held_out.split == "validation"), head)
    even = (Thresholds(0.6, 0.6, 0.6),) * len(model.conditions)  # three photos prove none: for answers of all kinds
    model = replace(model, thresholds=even)
    about = {"versions": {"sr-fingerprints": "0"}}
    return Bundle("tiny", classifier, BACKBONE, model, SIDE, MOST, held_out, CONDITIONS, about, None, _fingerprints())


def write_tiny_bundle(folder):
    """Write it as ``tiny.safetensors`` into a folder, and return the path."""
    path = Path(folder, "tiny.safetensors")
    write_bundle(tiny_bundle(), path)
    return path


def read_tiny_bundle(folder):
    return read_bundle(write_tiny_bundle(folder))

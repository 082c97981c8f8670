"""Six photos, others for training, and the smoke study with both."""

import subprocess

import numpy as np
from PIL import Image
from smoke_study import command

SETTINGS = (
    "photos: {folder: work/photos, bundled: [], tile: 64}\n"
    "datasets: {natural: {folder: %s, bundled: []}}\n"
    "classifiers: {crop: 32, evaluation_crop: 48}\n"
    "prnu: {crop: 64}\n"
)

NETWORK = "EDSR-natural-x2-L1-s1"
IMAGES, WEIGHTS = f"results/smoke/sr/{NETWORK}.h5", f"results/smoke/networks/{NETWORK}.safetensors"


def pixels(seed):
    """A photo that each seed has its own of."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (80, 96, 3), np.uint8))


def photos_in(folder):
    """Write the six photos into a folder below this one, and return it."""
    place = folder / "work/photos"
    place.mkdir(parents=True)
    for number in range(6):
        pixels(number).save(place / f"p{number}.png")
    return place


def training_in(folder):
    """Write a photo to train on into a folder below this one, and return it."""
    (folder / "training").mkdir()
    pixels(30).save(folder / "training/q.png")
    return folder / "training"


def workflow(folder, settings, *targets):
    """Run the smoke study with further settings."""
    (folder / "mine.yaml").write_text(settings)
    arguments = command(*targets)
    arguments.insert(arguments.index("--configfile") + 2, "mine.yaml")
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)

"""Is a GPU recognised? The same weights on the CPU and on the GPU, in 32 and 16 bits, in batches and one by one.

PYTHONPATH=scripts python perf/pipelines_on_gpu.py [folder]

Needs torch, h5py, safetensors, pandas, scipy and scikit-image. The code is that of the stage `pipelines`; networks
are not trained, so that BasicSR is not needed: small residual ones with random weights, on an interpolation. Prints
by how many pixels pipelines differ, the accuracies, and the time: a minute on a GPU. Without one, its pipelines are
skipped.
"""

import sys
import time
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import skimage.data
import torch
from PIL import Image

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.images import generation
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.pipelines import application
from sr_fingerprints.pipelines.cross_training import train_on_pipelines
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.pipelines import Pipeline
from sr_fingerprints.tables.pipelines import tabulate_pipelines

PHOTOS = {
    "train": ["astronaut", "chelsea"],
    "validation": ["cat"],
    "test": ["coffee", "rocket", "hubble_deep_field", "colorwheel"],
}
PIPELINES = [
    Pipeline("cpu", device="cpu"),
    Pipeline("cpu_2_threads", device="cpu", threads=2),
    Pipeline("gpu", device="cuda"),
    Pipeline("gpu_batch_1", device="cuda", batch_size=1),
    Pipeline("gpu_tiles", device="cuda", tile=40, overlap=4),
    Pipeline("gpu_bfloat16", device="cuda", precision="bfloat16"),
    Pipeline("gpu_float16", device="cuda", precision="float16"),
]
SCALE, TILE, NETWORKS = 2, 128, 6
CLASSIFIER = {
    **{"backbone": "highpass32", "weights": "none", "input": "highpass", "dropout": 0, "stochastic_depth": 0},
    **{"crop": 24, "evaluation_crop": 128, "batch_size": 48, "epochs": 1, "head_epochs": 0, "steps_per_epoch": 600},
    **{"optimizer": "adamw", "learning_rate": 0.01, "schedule": "one_cycle", "stop_below_learning_rate": 4e-6},
}


class Residual(torch.nn.Module):
    """An interpolation, and a little of what three random convolutions find."""

    def __init__(self, seed: int):
        super().__init__()
        torch.manual_seed(seed)
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(3, 64, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Conv2d(64, 64, 3, padding=1),
            torch.nn.ReLU(),
            torch.nn.Conv2d(64, 3 * SCALE**2, 3, padding=1),
            torch.nn.PixelShuffle(SCALE),
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        enlarged = torch.nn.functional.interpolate(images, scale_factor=SCALE, mode="bicubic")
        residual: torch.Tensor = enlarged + 0.3 * self.layers(images - images.mean((2, 3), keepdim=True))
        return residual


def write_low_resolution(path: Path) -> None:
    """Tiles of photos of scikit-image, reduced bicubically."""
    with ImageWriter(path, {"scale": SCALE}) as writer:
        for split, names in PHOTOS.items():
            for name in names:
                pixels = np.asarray(Image.fromarray(getattr(skimage.data, name)()).convert("RGB"))
                for top in range(0, min(pixels.shape[0], 512) - TILE + 1, TILE):
                    for left in range(0, min(pixels.shape[1], 512) - TILE + 1, TILE):
                        tile = Image.fromarray(pixels[top : top + TILE, left : left + TILE])
                        low = tile.resize((TILE // SCALE, TILE // SCALE), Image.Resampling.BICUBIC)
                        writer.append(np.asarray(low), f"{name}-{top}-{left}", name, split)


def main(folder: Path) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name() if device == 'cuda' else 'no GPU'}; {folder}")
    write_low_resolution(folder / "low.h5")
    rows = [NetworkRow(f"random{seed}", "Residual", scale=SCALE, framework="random") for seed in range(NETWORKS)]
    generation.DISTRIBUTIONS["random"] = ("torch",)
    application.load_network = lambda row, files, budget: TorchSuperResolver(
        Residual(int(row.network.removeprefix("random"))), SCALE, budget
    )
    tables = folder / "applied.csv", folder / "differences.csv"
    settings = {"batch_size": 32, "memory": 8, "precision": "float32"}
    started = time.perf_counter()
    application.apply_pipelines(
        PIPELINES,
        [application.Weights(row, [], folder / "low.h5") for row in rows],
        {"train": None, "validation": None, "test": None},
        settings,
        folder / "images",
        *tables,
        device=device,
    )
    print(f"{time.perf_counter() - started:.1f} s for images\n{tables[0].read_text()}\n{tables[1].read_text()}")
    started = time.perf_counter()
    folders = [folder / name for name in ("classifiers", "predictions", "checkpoints")]
    names = [row.network for row in rows]
    train_on_pipelines(folder / "images", tables[0], names, {}, *folders, CLASSIFIER, [1], device)
    print(f"{time.perf_counter() - started:.1f} s for classifiers")
    tabulate_pipelines(*tables, folders[1], csv=folder / "pipelines.csv", tex=folder / "pipelines.tex")
    columns = ["measured", "trained_on", "tested_on", "accuracy_mean", "accuracy_low", "accuracy_high", "chance"]
    columns += ["difference_mean", "pixels_differ", "greatest_difference", "note"]
    print(pd.read_csv(folder / "pipelines.csv")[columns].round(3).to_csv(index=False))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else mkdtemp()))

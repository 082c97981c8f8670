"""Attribution of images without their upsampling grid, by a classifier that was trained on images that have it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from sr_fingerprints.classifiers.crops import to_tensor
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.fingerprints.measured import chosen_rows
from sr_fingerprints.fingerprints.spectra import Array, beside_the_grid, part_beside_the_grid, periodic_part, tiled
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import versions


def changed(crops: np.ndarray, period: int, change: str) -> Array:
    """Apply one of `parts.CHANGES` to crops (n, height, width, 3), 8-bit levels; the result is float32.

    Levels are neither rounded nor cut off, since most patterns are fainter than half a grey level.
    """
    pixels = crops.astype(np.float32)
    pattern = part_beside_the_grid(pixels, period) if change == "others_removed" else periodic_part(pixels, period)
    if change == "others_disturbed":
        pattern = beside_the_grid(pattern)
    return pixels - tiled(pattern, *pixels.shape[1:3])


def apply_without_grid(
    classifier: str | Path,
    files: Sequence[str | Path],
    networks: Sequence[str],
    outputs: Mapping[str, str | Path],
    *,
    period: int,
    images: Mapping[str, int | None],
    seed: int = 0,
    device: str = "cpu",
) -> None:
    """Attribute centre crops of test images of ``networks``, one of ``files`` each, after each of `parts.CHANGES`.

    ``outputs`` are files of predictions by change. Test images are those of `chosen_rows`, with ``images`` and
    ``seed``. Raises `InputError` for an image smaller than a crop.
    """
    trained = load_classifier(classifier, device)
    settings = trained.provenance["settings"]
    side, batch_size = settings["evaluation_crop"], settings["batch_size"]
    names: dict[str, list[npt.NDArray[np.str_]]] = {"photo": [], "source": [], "network": []}
    scores: dict[str, list[np.ndarray]] = {change: [] for change in outputs}
    with torch.inference_mode():
        for network, path in progress(list(zip(networks, files, strict=True)), "networks"):
            with ImageFile(path) as file:
                rows = np.intersect1d(chosen_rows(file, images, seed), file.indices("test"))
                if not len(rows) or file.size[rows].min() < side:
                    raise InputError(f"{path}: found no test images, or one smaller than a crop of {side} pixels")
                crops = np.stack([file.center_crop(row, side) for row in rows])
                found = {
                    "photo": file.photo[rows],
                    "source": file.source[rows],
                    "network": np.repeat(network, len(rows)),
                }
            for key, values in found.items():
                names[key].append(values)
            for change, answers in scores.items():
                for start in range(0, len(rows), batch_size):
                    pixels = to_tensor(changed(crops[start : start + batch_size], period, change), device)
                    answers.append(trained.classifier(pixels).softmax(1).cpu().numpy())
    described = {key: np.concatenate(values) for key, values in names.items()}
    for change, output in outputs.items():
        write_predictions(
            output,
            Predictions(
                **described,
                actual=described["network"],
                classes=trained.classes,
                scores=np.concatenate(scores[change]),
                features=np.empty((len(described["photo"]), 0), np.float32),
                attributes={
                    "score": "probability",
                    "split": "test",
                    "change": change,
                    "device": device,
                    "classifier": trained.provenance,
                    "versions": versions("torch", "timm", "h5py"),
                },
            ),
        )

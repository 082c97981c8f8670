"""Every kind of file with a checksum that stages exchange: how it is written, and all that is read from it."""

import numpy as np
import torch

from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.saving import load_classifier, save_classifier
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.patches import Patches, read_patches, write_patches
from sr_fingerprints.files.predictions import Predictions, read_predictions, write_predictions
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.loading import trained
from sr_fingerprints.prnu.residuals import extract_residuals, read_fingerprint, read_residuals
from sr_fingerprints.prnu.settings import Extraction
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow

ROW = NetworkRow("EDSR-a-x2-L1-s1", "EDSR", scale=2)
SIZE = {"num_feat": 4, "num_block": 1}


def write_images(path):
    random = np.random.default_rng(0)
    with ImageWriter(path, {"network": "EDSR", "scale": 2}) as writer:
        for number in range(6):
            image = random.integers(0, 256, (32, 32 + 4 * number, 3), np.uint8)
            writer.append(image, f"photo{number}-0-0", f"photo{number}", "train" if number % 2 else "test")


def read_images(path):
    with ImageFile(path) as file:
        names = [getattr(file, key).tolist() for key in ("photo", "source", "split", "size")]
        return names, file.attributes, [file.image(row).tobytes() for row in range(len(file))]


def write_residuals(path):
    write_images(path.with_name("images.h5"))
    extract_residuals(path.with_name("images.h5"), path, Extraction("wavelet", 32))


def read_all_residuals(path):
    fingerprints = [read_fingerprint(path, arithmetic) for arithmetic in ("exact", "int8")]
    residuals, *names = read_residuals(path)
    read = [(found.values.tobytes(), found.attributes) for found in fingerprints]
    return read, residuals.tobytes(), [name.tolist() for name in names]


def write_answers(path):
    names = np.array([f"photo{number}" for number in range(20)])
    scores = np.random.default_rng(0).random((20, 3), np.float32)
    classes = np.array(["EDSR", "RCAN", "SwinIR"])
    write_predictions(
        path, Predictions(names, names, classes[[0] * 20], classes[[1] * 20], classes, scores, scores, {"seed": 1})
    )


def read_answers(path):
    found = read_predictions(path)
    keys = ("photo", "source", "network", "actual", "classes", "scores", "features")
    return [getattr(found, key).tolist() for key in keys], found.attributes


def write_network(path):
    torch.manual_seed(0)
    trained.save(path, build_trainable("EDSR", 2, **SIZE), ROW, SIZE)


def read_network(path):
    return trained.load(ROW, path)(np.full((1, 8, 8, 3), 99, np.uint8), [0]).tobytes()


def write_trained_classifier(path):
    torch.manual_seed(0)
    settings = {"backbone": "highpass8", "input": "highpass"}
    save_classifier(path, build_classifier("highpass8", 2), {"classes": ["a", "b"], "settings": settings})


def read_trained_classifier(path):
    found = load_classifier(path)
    return found.provenance, [value.tolist() for value in found.classifier.state_dict().values()]


def write_state(path):
    torch.manual_seed(0)
    write_checkpoint(path, "training", {f"layer{number}": torch.randn(9, 7) for number in range(9)})


def read_state(path):
    state = read_checkpoint(path, "training")
    if state is None:
        raise InputError("warned of, and training starts from scratch")
    return {name: value.tolist() for name, value in state.items()}


def write_some_patches(path):
    random = np.random.default_rng(0)
    shapes = {"photo": (2, 8, 8, 3), "bicubic": (1, 2, 8, 8, 3), "images": (1, 2, 8, 8, 3)}
    images = {key: random.integers(0, 256, shape, np.uint8) for key, shape in shapes.items()}
    corner = np.array([[0, 4], [8, 0]])
    write_patches(
        path, Patches(**images, network=["a"], scale=[2], of=["x", "y"], corner=corner, made={"a": {"n": 1}})
    )


def read_some_patches(path):
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in vars(read_patches(path)).values()]


FILES = {
    "images.h5": (write_images, read_images),
    "residuals.h5": (write_residuals, read_all_residuals),
    "patches.h5": (write_some_patches, read_some_patches),
    "predictions.h5": (write_answers, read_answers),
    "network.safetensors": (write_network, read_network),
    "classifier.safetensors": (write_trained_classifier, read_trained_classifier),
    "checkpoint.pt": (write_state, read_state),
}

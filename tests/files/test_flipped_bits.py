"""One bit flipped anywhere in a file, as a failing disk does it, is noticed, or makes no difference."""

import logging

import numpy as np
import pytest
import torch

from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.saving import load_classifier, save_classifier
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import Predictions, read_predictions, write_predictions
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.loading import trained
from sr_fingerprints.prnu.residuals import extract_residuals, read_fingerprint, read_residuals
from sr_fingerprints.prnu.settings import Extraction
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table, read_network_table, write_network_table
from sr_fingerprints.study.networks import REAL

FLIPS = 100

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


FILES = {
    "images.h5": (write_images, read_images),
    "residuals.h5": (write_residuals, read_all_residuals),
    "predictions.h5": (write_answers, read_answers),
    "network.safetensors": (write_network, read_network),
    "classifier.safetensors": (write_trained_classifier, read_trained_classifier),
    "checkpoint.pt": (write_state, read_state),
}


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_noticed_or_makes_no_difference(tmp_path, name):
    write, read = FILES[name]
    path = tmp_path / name
    write(path)
    whole, content = path.read_bytes(), read(path)
    logging.disable(logging.WARNING)
    random = np.random.default_rng(0)
    noticed, silent = 0, []
    for place in random.integers(len(whole), size=FLIPS).tolist():
        flipped = whole[place] ^ (1 << int(random.integers(8)))
        path.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
        try:
            if read(path) != content:
                silent.append(place)
        except InputError:
            noticed += 1
    logging.disable(logging.NOTSET)
    assert not silent
    # The rest fell on bytes that nothing is in: padding, and HDF5's free space.
    assert noticed > FLIPS / 4, noticed


@pytest.mark.parametrize("name", FILES)
def test_the_same_content_gives_the_same_bytes(tmp_path, name):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        FILES[name][0](tmp_path / folder / name)
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: "", "its last line is incomplete"),
        (lambda text: text[: len(text) // 2], "its last line is incomplete"),
        (lambda text: text.replace("NA,", "NA;", 1), "columns, and a row of"),
        (lambda text: text.replace("scale", "scalf", 1), "it has no column scale"),
        (lambda text: text.replace(",1,", ",x,", 1), "invalid literal"),
        (lambda text: text.replace("real", "re\udcffal", 1), "can't decode byte 0xff"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, damage, told):
    path = tmp_path / "networks.csv"
    write_network_table(network_table([REAL]), path)
    path.write_text(damage(path.read_text()), errors="surrogateescape")
    with pytest.raises(InputError, match=rf"networks\.csv: damaged, or not the table of networks \(.*{told}"):
        read_network_table(path)

"""Checkpoints as people save them: the network in them is found, or what they are instead is told."""

import argparse
import gzip
import pathlib
import pickle
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
from spandrel.architectures.Compact import Compact

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.networks.loading import spandrel as recognised
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow


def compact(seed):
    torch.manual_seed(seed)
    return Compact(num_feat=8, num_conv=2, upscale=2).eval()


WANTED = compact(0).state_dict()
OTHER = compact(1).state_dict()
PHOTO = np.random.default_rng(0).integers(0, 256, (1, 9, 12, 3), np.uint8)


def images(path, **run):
    """What the network in the file makes of the photo."""
    row = NetworkRow("mine", "mine", scale=2, framework="spandrel", run=run)
    return load_network(row, [path], ComputeBudget())(PHOTO)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    path = tmp_path_factory.mktemp("wanted") / "wanted.pth"
    torch.save(WANTED, path)
    return images(path)


def prefixed(prefix, weights=WANTED):
    return {prefix + key: value for key, value in weights.items()}


def views():
    """Weights that are views of one storage."""
    storage, found = torch.zeros(sum(value.numel() for value in WANTED.values())), {}
    for key, value in WANTED.items():
        place = slice(used := sum(each.numel() for each in found.values()), used + value.numel())
        storage[place] = value.flatten()
        found[key] = storage[place].view(value.shape)
    return found


LOADED = {
    "params_ema before params": {"params": OTHER, "params_ema": WANTED},
    "compiled": {"params": prefixed("_orig_mod.")},
    "compiled in part": {key.replace("body.", "body._orig_mod.", 1): value for key, value in WANTED.items()},
    "compiled and distributed": prefixed("_orig_mod.module."),
    "averaged": {"params_ema": prefixed("module.") | {"n_averaged": torch.tensor(5)}},
    "compiled and averaged": prefixed("module._orig_mod.") | {"n_averaged": torch.tensor(5)},
    "Lightning": {
        "epoch": 3,
        "state_dict": prefixed("model."),
        "optimizer_states": [],
        "hyper_parameters": {"lr": 1},
    },
    "Lightning's prefixes": {"state_dict": prefixed("model.net.")},
    "Lightning, with a loss": {"state_dict": prefixed("model.") | {"loss_fn.vgg.0.weight": torch.ones(3, 3)}},
    "netG and netD": {"state_dict": prefixed("netG.") | prefixed("netD.", OTHER)},
    "net_g and net_d": prefixed("net_g.") | prefixed("net_d.", OTHER),
    "generator": {"state_dict": prefixed("generator.") | prefixed("discriminator.", OTHER)},
    "a generator alone": prefixed("generator."),
    "dicts of a generator and a discriminator": {"netG": WANTED, "netD": {"x.weight": torch.ones(2, 2)}},
    "StyleGAN's names": {"g": OTHER, "g_ema": WANTED, "d": {"x.weight": torch.ones(2, 2)}},
    "a name of one's own": prefixed("my_upscaler."),
    "nested": {"a": {"b": {"c": {"d": {"e": WANTED}}}}},
    "beside numbers": {"epoch": 7, "best": 31.5, **WANTED},
    "keys that are no strings": {1: torch.ones(2), (2, 3): WANTED},
    "training state": {"model": WANTED, "optimizer": torch.optim.Adam(compact(1).parameters()).state_dict()},
    "parameters": {key: torch.nn.Parameter(value) for key, value in WANTED.items()},
    "views": views(),
    "double": {key: value.double() for key, value in WANTED.items()},
}


@pytest.mark.parametrize("kind", LOADED)
def test_the_network_is_found_under_the_names_of_trainers(tmp_path, expected, kind):
    torch.save(LOADED[kind], tmp_path / "mine.pth")
    np.testing.assert_array_equal(images(tmp_path / "mine.pth"), expected)


@pytest.mark.parametrize("prefix", ["", "model.", "netG.", "_orig_mod.module."])
def test_safetensors_have_the_same_prefixes(tmp_path, expected, prefix):
    safetensors.torch.save_file(prefixed(prefix), tmp_path / "mine.safetensors")
    np.testing.assert_array_equal(images(tmp_path / "mine.safetensors"), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float8_e4m3fn])
def test_weights_of_fewer_bits_are_taken(tmp_path, expected, dtype):
    torch.save({key: value.to(dtype) for key, value in WANTED.items()}, tmp_path / "mine.pth")
    assert np.abs(images(tmp_path / "mine.pth").astype(int) - expected).max() < 24


def converted(convert):
    return {key: convert(value) if value.ndim == 4 else value for key, value in WANTED.items()}


REFUSED = {
    "two students": ({"student": WANTED, "teacher": OTHER}, "holds 2 networks, at '(student|teacher)' and '"),
    "half a network": (
        prefixed("model.") | {"mean_shift.weight": torch.ones(3, 3)},
        r"it has 'model\.body\.0\.weight', .* and 9 more at the top level\)",
    ),
    "another network": (
        {"what.weight": torch.ones(3, 3)},
        r"it has 'what\.weight' at the top level; 'weight' at 'what'",
    ),
    "no tensors": ({"epoch": 3, "lr": 0.1}, r"it has a dict of 'epoch', 'lr'\)"),
    "an empty dict": ({}, r"it has an empty dict\)"),
    "an optimizer": (
        torch.optim.Adam(compact(1).parameters()).state_dict(),
        "it has a dict of 'state', 'param_groups'",
    ),
    "a number for a weight": (WANTED | {"body.0.weight": torch.tensor(1.0)}, "the nearest one failed: tuple index"),
    "a weight of another shape": (
        WANTED | {"body.0.weight": torch.ones(8, 3, 5, 3)},
        "the nearest one failed: .*size",
    ),
    "int8": (
        converted(lambda value: value.to(torch.int8)),
        r"'body\.0\.weight' is whole numbers \(int8\), as of a quantised",
    ),
    "quantised": (
        lambda: converted(lambda value: torch.quantize_per_tensor(value, 0.1, 0, torch.qint8)),
        r"'body\.0\.weight' is quantised \(qint8\)",
    ),
    "integers": (converted(torch.Tensor.long), r"'body\.0\.weight' is whole numbers \(int64\)"),
    "truth values": (converted(torch.Tensor.bool), r"'body\.0\.weight' is whole numbers \(bool\)"),
    "complex": (converted(lambda value: value.to(torch.complex64)), r"is complex numbers \(complex64\)"),
    "sparse": (converted(torch.Tensor.to_sparse), r"is a sparse tensor \(sparse_coo\)"),
    "meta": (converted(lambda value: value.to("meta")), r"is no numbers \(it was saved on torch's meta device\)"),
    "NaN": (converted(lambda value: value * float("nan")), "is not finite everywhere"),
    "infinite": (converted(lambda value: value / 0), "is not finite everywhere"),
    "a class of settings": ({"params": WANTED, "path": pathlib.PurePosixPath("/x")}, r"mentions pathlib\.\w+, and"),
    "a whole module": (compact(0), r"mentions spandrel.*expected a state dict alone .`torch\.save\("),
    "a list": ([WANTED], "holds a value of type list; expected a dict of tensors"),
    "a tensor": (torch.ones(3), "holds a value of type Tensor; expected a dict of tensors"),
}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # of quantisation
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_network_is_told_with_the_file(tmp_path, kind):
    content, told = REFUSED[kind]
    torch.save(content() if kind == "quantised" else content, tmp_path / "mine.pth")
    with pytest.raises(InputError, match=rf"mine\.pth: .*{told}") as error:
        images(tmp_path / "mine.pth")
    assert "\n" not in str(error.value)


def archive(path):
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("models/net_g.pth", b"weights")


FOREIGN = {
    "an empty file": (lambda path: path.write_bytes(b""), "is empty"),
    "Git LFS": (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"), "`git lfs pull`"),
    "a web page": (lambda path: path.write_text("<!DOCTYPE html><html>"), "a web page"),
    "gzip": (lambda path: path.write_bytes(gzip.compress(b"weights")), "gzip; unpack it"),
    "7-Zip": (lambda path: path.write_bytes(b"7z\xbc\xaf\x27\x1c\x00\x04"), "7-Zip; unpack it"),
    "zip": (archive, "a zip archive of 'models/net_g.pth'; expected the file of weights in it"),
    "Keras": (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100)), "HDF5, as of Keras"),
    "ONNX": (lambda path: path.write_bytes(b"\x08\x08\x12\x07pytorch" + bytes(100)), "ONNX or TensorFlow"),
    "a pickle": (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "a pickle, which would have to be executed"),
    "layers of ncnn": (lambda path: path.write_text("7767517\n1 1\n"), "layers of ncnn"),
    "TensorFlow's list of checkpoints": (lambda path: path.write_text('model_checkpoint_path: "a"'), "begins with"),
    "TorchScript": (
        lambda path: torch.jit.save(torch.jit.trace(compact(0), torch.rand(1, 3, 8, 8)), path),
        "a TorchScript program; expected a state dict",
    ),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_of_another_format_is_told_by_its_name(tmp_path, kind):
    write, told = FOREIGN[kind]
    write(tmp_path / "mine.pth")
    with pytest.raises(InputError, match=rf"mine\.pth: .*{told}"):
        images(tmp_path / "mine.pth")


def test_a_class_of_settings_may_be_named(tmp_path, expected):
    torch.save({"params": WANTED, "options": argparse.Namespace(lr=1)}, tmp_path / "mine.pth")
    with pytest.raises(InputError, match=r"mentions argparse\.Namespace, .* among the `classes` of the network"):
        images(tmp_path / "mine.pth")
    np.testing.assert_array_equal(images(tmp_path / "mine.pth", classes=["argparse.Namespace"]), expected)


@pytest.mark.parametrize("kind", [IndexError, ZeroDivisionError, MemoryError, RecursionError, NotImplementedError])
def test_whatever_spandrel_raises_names_the_file(tmp_path, monkeypatch, kind):
    torch.save(WANTED, tmp_path / "mine.pth")

    def fail(*_):
        raise kind("deep inside")

    monkeypatch.setattr(recognised.ModelLoader, "load_from_state_dict", fail)
    with pytest.raises(
        InputError, match=r"mine\.pth: holds no network .*the nearest one failed: deep inside"
    ) as error:
        images(tmp_path / "mine.pth")
    assert isinstance(error.value.__cause__, kind), "its traceback goes to the log"


@pytest.mark.parametrize("write", ["zip", "legacy", "safetensors"])
def test_flipped_bytes_are_named_or_load(tmp_path, write):
    path, random = tmp_path / "mine.pth", np.random.default_rng(0)
    if write == "safetensors":
        safetensors.torch.save_file(WANTED, path)
    else:
        torch.save({"params": WANTED}, path, _use_new_zipfile_serialization=write == "zip")
    whole = path.read_bytes()
    for _ in range(60):
        content = bytearray(whole)
        for place in random.integers(0, min(2500, len(content)), 3):
            content[place] ^= 1 << random.integers(8)
        path.write_bytes(content)
        try:
            images(path)
        except InputError as error:
            assert str(error).startswith(f"{path}: ")

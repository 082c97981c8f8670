"""Trainings in bfloat16, late losses, and patches that are cut elsewhere."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.tensors import read_tensors
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.networks.training import patches, train, trainer
from sr_fingerprints.networks.training.device_patches import PatchCutter, batches_on
from sr_fingerprints.networks.training.patches import PatchPairs
from sr_fingerprints.networks.training.trainer import Trainer, TrainingSettings
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow

SETTINGS = TrainingSettings(
    iterations=4,
    batch_size=2,
    patch_size=16,
    initialisation="upsampling",
    learning_rate=5e-3,
    ema=0,
    discriminator_features=4,
    perceptual_weights="random",
    vgg_layer="conv1_1",
    precision="bfloat16",
    checkpoint_every=2,
)
SMALLEST = {
    "EDSR": {"num_feat": 8, "num_block": 1},
    "RCAN": {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4},
    "SwinIR": {"img_size": 8, "depths": [2, 2], "embed_dim": 8, "num_heads": [2, 1]},
    "RDN": {"num_features": 4, "num_blocks": 2, "num_layers": 2},
    "NLSN": {"n_resblocks": 1, "n_feats": 8, "chunk_size": 16, "n_hashes": 2},
}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Noise of three sizes, and every second pixel of it."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(3)
    with ImageWriter(folder / "high.h5", {}) as high, ImageWriter(folder / "low.h5", {}) as low:
        for name, shape in (("a", (40, 64)), ("b", (72, 30)), ("c", (24, 24))):
            image = random.integers(0, 256, (*shape, 3), np.uint8)
            for writer, pixels in ((high, image), (low, image[::2, ::2])):
                writer.append(np.ascontiguousarray(pixels), name, name, "train")
    return folder / "high.h5", folder / "low.h5"


def row(loss="L1", architecture="EDSR"):
    name = f"{architecture}-n-x2-{loss}-s1"
    return NetworkRow(name, architecture, scale=2, loss=loss, seed=1, origin="custom", framework="trained")


def trained(data, folder, loss="L1", settings=SETTINGS, architecture="EDSR"):
    folder.mkdir(exist_ok=True)
    files = [folder / name for name in ("network.safetensors", "curve.csv", "checkpoint.pt")]
    train.train_network(row(loss, architecture), SMALLEST[architecture], settings, *data, *files)
    return files[0].read_bytes()


@pytest.mark.parametrize(
    "architecture, loss", [*((each, "L1") for each in TRAINED), ("EDSR", "VGG_GAN"), ("RCAN", "ResNet")]
)
def test_bfloat16_gives_the_same_bytes_each_time_near_those_of_float32(data, tmp_path, architecture, loss):
    first = trained(data, tmp_path / "a", loss, architecture=architecture)
    torch.rand(7)
    assert trained(data, tmp_path / "b", loss, architecture=architecture) == first
    trained(data, tmp_path / "c", loss, replace(SETTINGS, precision="float32"), architecture)
    (weights, described), (exact, exactly) = (
        read_tensors(tmp_path / folder / "network.safetensors", "network") for folder in ("a", "c")
    )
    assert described["precision"] == "bfloat16" and exactly["precision"] == "float32"
    different = sum(not torch.equal(weights[name], exact[name]) for name in exact)
    assert different > len(exact) / 2
    for name, value in exact.items():
        assert weights[name].dtype == value.dtype
        if value.is_floating_point():
            # Adam moves a weight by up to its rate in each iteration, and ones of tiny gradients either way.
            torch.testing.assert_close(weights[name], value, rtol=0, atol=2 * SETTINGS.iterations * 5e-3)


@pytest.mark.parametrize("loss", ["L1", "ResNet_GAN"])
def test_a_training_in_bfloat16_is_resumed_to_the_same_bytes(data, tmp_path, monkeypatch, loss):
    whole = trained(data, tmp_path / "whole", loss)
    step = Trainer.step

    def step_or_stop(trainer, *batch):
        if trainer.iterations == 3:
            raise KeyboardInterrupt
        step(trainer, *batch)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Trainer, "step", step_or_stop)
        trained(data, tmp_path / "resumed", loss)
    assert trained(data, tmp_path / "resumed", loss) == whole


def test_auto_is_what_the_processor_has_and_a_checkpoint_says_what_it_was(data, tmp_path, monkeypatch, caplog):
    settings, taken = replace(SETTINGS, precision="auto"), {True: "bfloat16", False: "float32"}
    files = {}
    for native, word in taken.items():
        monkeypatch.setattr("sr_fingerprints.runtime.precision.computes_bfloat16", lambda native=native: native)
        with caplog.at_level(logging.INFO):
            files[word] = trained(data, tmp_path / word, settings=settings)
        assert f"training.precision: auto: {word}" in caplog.text
        assert read_tensors(tmp_path / word / "network.safetensors", "network")[1]["precision"] == word
    assert files["bfloat16"] == trained(data, tmp_path / "named", settings=SETTINGS)
    assert files["float32"] == trained(data, tmp_path / "named", settings=replace(SETTINGS, precision="float32"))
    first, second = (
        Trainer(row(), SMALLEST["EDSR"], replace(SETTINGS, precision=word)) for word in ("bfloat16", "float32")
    )
    second.load_state(first.state())
    assert "is of a training in bfloat16 and continues in float32" in caplog.text


def test_tf32_is_refused_on_a_cpu():
    with pytest.raises(InputError, match=r"training\.precision: found 'tf32' on a CPU"):
        Trainer(row(), SMALLEST["EDSR"], replace(SETTINGS, precision="tf32"))


def test_losses_that_are_read_late_are_the_same_and_name_the_iteration_that_diverged(monkeypatch):
    """As on a GPU, where reading waits for it."""
    random = np.random.default_rng(0)
    batches = [[random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16)] for _ in range(5)]
    trainers = []
    for every in (1, 3):
        monkeypatch.setattr(trainer, "READ_EVERY", {"cpu": every})
        torch.manual_seed(0)
        trainers.append(Trainer(row("VGG_GAN"), SMALLEST["EDSR"], SETTINGS))
        for batch in batches:
            trainers[-1].step(*batch)
    soon, late = trainers
    assert len(late._unread) == 2 and late.iterations == 5
    assert late.losses == soon.losses and not late._unread
    late.step(*batches[0])
    late.network.conv_last.bias.data.fill_(float("nan"))
    late.step(*batches[1])
    with pytest.raises(FloatingPointError, match=r"the loss is not finite at iteration 7; "):
        late.step(*batches[2])


@pytest.mark.parametrize("permute_colours", [False, True])
def test_patches_are_the_same_from_files_from_memory_and_cut_on_a_device(data, monkeypatch, permute_colours):
    """All turns, flips and orders of colours are among them; the images have different sizes."""
    with ImageFile(data[0]) as high, ImageFile(data[1]) as low:
        pairs = PatchPairs(high, low, 2, 16, 24, permute_colours, seed=1)
        assert pairs.bytes == 3 * (40 * 64 + 72 * 30 + 24 * 24) * 5 // 4
        with monkeypatch.context() as patch:
            patch.setattr(patches, "IN_MEMORY", pairs.bytes - 1)
            from_files = PatchPairs(high, low, 2, 16, 24, permute_colours, seed=1)
            read = [from_files.batch(iteration) for iteration in range(3)]
        assert not any(from_files._kept)
        drawn = [each for iteration in range(3) for each in pairs.drawn(iteration)]
        assert {(each.turns, each.flip) for each in drawn} == {(turns, flip) for turns in range(4) for flip in (0, 1)}
        assert len({each.colours for each in drawn}) == (6 if permute_colours else 1)
        for others in (pairs.batches(0, 3), batches_on("cpu", pairs, 0, 3), PatchCutter(pairs, "cpu").batches(0, 3)):
            for batch, expected in zip(others, read, strict=True):
                for part, wanted in zip(batch, expected, strict=True):
                    np.testing.assert_array_equal(part, wanted)
        assert all(pairs._kept)

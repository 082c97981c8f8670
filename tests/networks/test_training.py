"""Training of super-resolution networks: losses, patches, checkpoints and determinism."""

import copy
import csv
import logging
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.torch
import torch
from basicsr.archs.discriminator_arch import VGGStyleDiscriminator
from basicsr.archs.vgg_arch import VGGFeatureExtractor
from basicsr.losses import basic_loss
from basicsr.losses.gan_loss import GANLoss
from basicsr.models.base_model import BaseModel

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.networks.training import train
from sr_fingerprints.networks.training.discriminator import Discriminator
from sr_fingerprints.networks.training.patches import PatchPairs
from sr_fingerprints.networks.training.perceptual import PerceptualLoss
from sr_fingerprints.networks.training.trainer import (
    LOSS_PARTS,
    SCHEDULES,
    Trainer,
    TrainingSettings,
    adversarial_loss,
)
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import first_nonfinite
from sr_fingerprints.study.losses import LOSSES
from sr_fingerprints.study.network_row import NetworkRow

SETTINGS = TrainingSettings(
    iterations=6,
    batch_size=2,
    patch_size=16,
    learning_rate=5e-3,
    ema=0,
    discriminator_features=4,
    perceptual_weights="random",
    vgg_layer="conv1_1",
    checkpoint_every=3,
)
SMALL = {"num_feat": 8, "num_block": 1}
SMALLEST = {
    "EDSR": {"num_feat": 8, "num_block": 1},
    "RCAN": {"num_feat": 8, "num_group": 1, "num_block": 1, "squeeze_factor": 4},
    "SwinIR": {"img_size": 8, "depths": [2, 2], "embed_dim": 8, "num_heads": [2, 1]},
    "RDN": {"num_features": 4, "num_blocks": 2, "num_layers": 2},
    "NLSN": {"n_resblocks": 1, "n_feats": 8, "chunk_size": 16, "n_hashes": 2},
}
"""SwinIR and NLSN draw random numbers while they are trained."""

WITH_AND_WITHOUT_COMPILER = """
import sys, torch
import numpy as np
from sr_fingerprints.runtime.light_imports import without_compiler
from sr_fingerprints.networks.training.trainer import Trainer, TrainingSettings
from sr_fingerprints.study.network_row import NetworkRow
torch.set_num_threads(1)
settings = TrainingSettings(
    5, 2, 16, "upsampling", 5e-3, "one_cycle",
    ema=0.9, perceptual_weights="random", vgg_layer="conv1_1", discriminator_features=4,
)
row = NetworkRow("a", "EDSR", scale=2, loss="VGG_GAN", seed=1)
def weights():
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    trainer = Trainer(row, {"num_feat": 8, "num_block": 1}, settings)
    for _ in range(settings.iterations):
        low, high = (random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16))
        trainer.step(low, high)
    return b"".join(tensor.numpy().tobytes() for tensor in trainer.result.state_dict().values())
with without_compiler():
    without = weights()
assert "torch._dynamo" not in sys.modules
import torch._dynamo
assert torch._dynamo.__file__
assert without == weights()
"""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def row(loss="L1", seed=1, architecture="EDSR"):
    name = f"{architecture}-n-x2-{loss}-s{seed}"
    return NetworkRow(name, architecture, scale=2, loss=loss, seed=seed, origin="custom", framework="trained")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Smooth random images of two sizes and the means of their 2 x 2 blocks."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(3)
    with ImageWriter(folder / "high.h5", {}) as high, ImageWriter(folder / "low.h5", {}) as low:
        for name, side in (("a", 40), ("b", 72)):
            coarse = torch.from_numpy(random.random((1, 3, side // 8, side // 8)))
            image = torch.nn.functional.interpolate(coarse, size=side, mode="bicubic").clamp(0, 1)
            for writer, pixels in ((high, image), (low, torch.nn.functional.avg_pool2d(image, 2))):
                writer.append((pixels[0] * 255).byte().permute(1, 2, 0).numpy(), name, name, "train")
    return folder / "high.h5", folder / "low.h5"


def trained(data, folder, loss="L1", seed=1, settings=SETTINGS, architecture="EDSR", initial=None):
    """Train in ``folder`` and return the bytes of the weights."""
    output, curve, checkpoint = (folder / name for name in ("network.safetensors", "curve.csv", "checkpoint.pt"))
    network = row(loss, seed, architecture)
    train.train_network(network, SMALLEST[architecture], settings, *data, output, curve, checkpoint, initial=initial)
    return output.read_bytes()


def interrupted(data, folder, monkeypatch, loss="L1", after=4, **changed):
    """Train in ``folder`` until an interruption, and return the checkpoint left behind."""
    step = Trainer.step

    def step_or_stop(trainer, *batch):
        if len(trainer.losses) == after:
            raise KeyboardInterrupt
        step(trainer, *batch)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Trainer, "step", step_or_stop)
        trained(data, folder, loss, **changed)
    return folder / "checkpoint.pt"


def passed(data, folder, iterations, **changed):
    """Train in ``folder`` with snapshots after these iterations; bytes of the weights, and of each snapshot."""
    files = {folder / f"at-{iteration}": iteration for iteration in iterations}
    names = (folder / name for name in ("network.safetensors", "curve.csv", "checkpoint.pt"))
    train.train_network(row(**changed), SMALL, replace(SETTINGS, ema=0.5), *data, *names, snapshots=files)
    return (folder / "network.safetensors").read_bytes(), {count: file.read_bytes() for file, count in files.items()}


def test_snapshots_are_the_states_that_the_same_training_passes(data, tmp_path, monkeypatch):
    """They change nothing in it; the last one is its result; a resumed training has those from before."""
    settings = replace(SETTINGS, ema=0.5)
    plain = trained(data, tmp_path, "VGG_GAN", settings=settings)
    weights, snapshots = passed(data, tmp_path, [2, 5, 6], loss="VGG_GAN")
    assert weights == plain == snapshots[6] and len(set(snapshots.values())) == 3
    with monkeypatch.context() as patch:
        steps, seen = Trainer.step, {}

        def step(trainer, *batch):
            steps(trainer, *batch)
            state = trainer.result.state_dict()
            seen[len(trainer.losses)] = {name: value.clone() for name, value in state.items()}

        patch.setattr(Trainer, "step", step)
        passed(data, tmp_path, [2], loss="VGG_GAN")
    stored = safetensors.torch.load(snapshots[2])
    assert all(torch.equal(stored[name], value) for name, value in seen[2].items())

    step_once = Trainer.step

    def step_or_stop(trainer, *batch):
        if len(trainer.losses) == 4:  # after the checkpoint at 3
            raise KeyboardInterrupt
        step_once(trainer, *batch)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Trainer, "step", step_or_stop)
        passed(data, tmp_path, [2, 5, 6], loss="VGG_GAN")
    for file in tmp_path.glob("at-*"):
        file.unlink()  # as Snakemake does
    assert (tmp_path / "checkpoint.pt").exists()
    assert passed(data, tmp_path, [2, 5, 6], loss="VGG_GAN") == (weights, snapshots)


def test_a_checkpoint_without_the_snapshots_that_are_asked_for_is_not_resumed_from(
    data, tmp_path, monkeypatch, caplog
):
    settings = replace(SETTINGS, ema=0.5)
    interrupted(data, tmp_path, monkeypatch, settings=settings)
    weights, snapshots = passed(data, tmp_path, [2])
    assert "has other settings or data, training starts from scratch" in caplog.text
    (tmp_path / "again").mkdir()
    assert passed(data, tmp_path / "again", [2]) == (weights, snapshots)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(data, tmp_path, loss):
    first = trained(data, tmp_path, loss)
    torch.rand(7)
    np.random.default_rng().random()
    assert trained(data, tmp_path, loss) == first
    assert trained(data, tmp_path, loss, seed=2) != first


def test_initial_weights_and_patches_both_depend_on_the_seed(data):
    initial, patches = [], []
    for seed in (1, 2):
        number = train.seed_of(row(seed=seed))
        torch.manual_seed(number)
        initial.append(Trainer(row(seed=seed), SMALL, SETTINGS).network.conv_first.weight)
        with ImageFile(data[0]) as high, ImageFile(data[1]) as low:
            patches.append(PatchPairs(high, low, 2, 16, 4, False, number).batch(0)[1])
    assert not torch.equal(*initial)
    assert not np.array_equal(*patches)


@pytest.mark.parametrize("architecture", TRAINED)
def test_every_architecture_is_trained_to_the_same_bytes(data, tmp_path, architecture):
    first = trained(data, tmp_path, architecture=architecture)
    torch.rand(7)
    assert trained(data, tmp_path, architecture=architecture) == first
    assert trained(data, tmp_path, architecture=architecture, seed=2) != first
    resolve = load_network(row(architecture=architecture), [tmp_path / "network.safetensors"], ComputeBudget())
    low = np.zeros((1, 9, 11, 3), np.uint8)
    np.testing.assert_array_equal(resolve(low, [1]), resolve(low, [1]))


@pytest.mark.parametrize(
    "architecture, loss",
    [("EDSR", "L1"), ("EDSR", "VGG_GAN"), ("SwinIR", "L1"), ("RDN", "L1"), ("NLSN", "ResNet_GAN")],
)
def test_a_resumed_training_gives_the_same_bytes(data, tmp_path, monkeypatch, architecture, loss, caplog):
    whole = trained(data, tmp_path, loss, architecture=architecture)
    curve = (tmp_path / "curve.csv").read_text()
    (tmp_path / "resumed").mkdir()
    checkpoint = interrupted(data, tmp_path / "resumed", monkeypatch, loss, architecture=architecture)
    assert checkpoint.exists()
    torch.rand(7)
    with caplog.at_level(logging.INFO):
        assert trained(data, tmp_path / "resumed", loss, architecture=architecture) == whole
    assert "resuming after iteration 3" in caplog.text
    assert (tmp_path / "resumed" / "curve.csv").read_text() == curve
    assert not checkpoint.exists()


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_resumed_training_goes_on_with_its_average_and_its_schedule(data, tmp_path, monkeypatch, schedule):
    settings = replace(SETTINGS, schedule=schedule, ema=0.7)
    (tmp_path / "resumed").mkdir()
    whole = trained(data, tmp_path, "VGG_GAN", settings=settings)
    interrupted(data, tmp_path / "resumed", monkeypatch, "VGG_GAN", settings=settings)
    assert trained(data, tmp_path / "resumed", "VGG_GAN", settings=settings) == whole


def test_a_resumed_training_goes_on_from_its_initial_network_alone(data, tmp_path, monkeypatch, caplog):
    """A checkpoint of a training that started from other weights is not one of this training."""
    folders = [tmp_path / name for name in ("first", "second", "whole", "resumed")]
    for folder in folders:
        folder.mkdir()
    for seed, folder in enumerate(folders[:2]):
        trained(data, folder, seed=seed)
    first, second = (folder / "network.safetensors" for folder in folders[:2])
    whole = trained(data, folders[2], "ResNet", initial=first)
    interrupted(data, folders[3], monkeypatch, "ResNet", initial=first)
    assert trained(data, folders[3], "ResNet", initial=first) == whole
    assert "has other settings or data" not in caplog.text
    interrupted(data, folders[3], monkeypatch, "ResNet", initial=second)
    assert trained(data, folders[3], "ResNet", initial=first) == whole
    assert "has other settings or data" in caplog.text


def test_training_starts_from_the_initial_network(data, tmp_path):
    trained(data, tmp_path)
    (tmp_path / "other").mkdir()
    settings = replace(SETTINGS, iterations=1, learning_rate=1e-30)
    trained(data, tmp_path / "other", "VGG_GAN", settings=settings, initial=tmp_path / "network.safetensors")
    before, after = (
        load_network(row(), [folder / "network.safetensors"], ComputeBudget())
        for folder in (tmp_path, tmp_path / "other")
    )
    low = np.random.default_rng(0).integers(0, 256, (1, 9, 11, 3), np.uint8)
    np.testing.assert_array_equal(before(low, [1]), after(low, [1]))
    with pytest.raises(InputError, match=r"network\.safetensors: holds a network of architecture 'EDSR', not 'RCAN'"):
        trained(data, tmp_path / "other", architecture="RCAN", initial=tmp_path / "network.safetensors")


def test_the_average_is_the_one_of_basicsr():
    """Theirs begins with the initial weights, and takes in those after every step."""
    trainer = Trainer(row(), SMALL, replace(SETTINGS, ema=0.9))
    theirs = BaseModel({"num_gpu": 0, "is_train": True})
    theirs.opt |= {"dist": False}
    theirs.net_g, theirs.net_g_ema = trainer.network, copy.deepcopy(trainer.network)
    random = np.random.default_rng(0)
    for _ in range(5):
        trainer.step(*(random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16)))
        theirs.model_ema(0.9)
    for ours, wanted, last in zip(
        *(network.parameters() for network in (trainer.result, theirs.net_g_ema, trainer.network)), strict=True
    ):
        torch.testing.assert_close(ours, wanted)
        assert not torch.equal(ours, last)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(schedule):
    """All keep to the greatest rate, all but the constant one end near 0; a discriminator has a rate of its own."""
    settings = replace(SETTINGS, iterations=20, schedule=schedule, discriminator_learning_rate=1e-3)
    trainer = Trainer(row("VGG_GAN"), SMALL, settings)
    low, high = (np.zeros((1, 3, side, side), np.uint8) for side in (8, 16))
    rates = {name: [] for name in trainer._optimizers}
    for _ in range(20):
        for name, optimizer in trainer._optimizers.items():
            rates[name].append(optimizer.param_groups[0]["lr"])
        trainer.step(low, high)
    for name, greatest in (("network", 5e-3), ("discriminator", 1e-3)):
        assert max(rates[name]) == pytest.approx(greatest)
        assert rates[name][-1] == greatest if schedule == "constant" else rates[name][-1] < 0.01 * greatest
        assert np.argmax(rates[name]) == (5 if schedule == "one_cycle" else 0)


def test_the_losses_differ_by_what_they_are_made_of():
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    low, high = (random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16))
    parts = {"L1": {"content"}, "VGG": {"content", "pixel"}}
    parts |= {"ResNet": parts["VGG"], "VGG_GAN": set(LOSS_PARTS), "ResNet_GAN": set(LOSS_PARTS)}
    assert set(parts) == set(LOSSES)
    for loss, wanted in parts.items():
        trainer = Trainer(row(loss), SMALL, SETTINGS)
        trainer.step(low, high)
        assert {name for name, value in zip(LOSS_PARTS, trainer.losses[0], strict=True) if value} == wanted


@pytest.mark.parametrize("content, adversarial", [("VGG", "VGG_GAN"), ("ResNet", "ResNet_GAN")])
def test_without_its_weight_the_adversarial_part_changes_nothing(content, adversarial):
    """The network of an adversarial loss then is that of the perceptual loss alone, to the byte."""
    weights = []
    random = np.random.default_rng(0)
    batches = [[random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16)] for _ in range(3)]
    for loss, weight in ((content, 1.0), (adversarial, 0.0), (adversarial, 1.0)):
        torch.manual_seed(0)
        trainer = Trainer(row(loss), SMALL, replace(SETTINGS, adversarial_weight=weight))
        for batch in batches:
            trainer.step(*batch)
        weights.append(torch.cat([tensor.flatten() for tensor in trainer.result.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_a_checkpoint_of_other_settings_is_ignored(data, tmp_path, monkeypatch, caplog):
    settings = replace(SETTINGS, learning_rate=1e-3)
    expected = trained(data, tmp_path, settings=settings)
    interrupted(data, tmp_path, monkeypatch)
    assert trained(data, tmp_path, settings=settings) == expected
    assert "checkpoint.pt: has other settings or data" in caplog.text


def test_a_damaged_checkpoint_is_ignored(data, tmp_path, monkeypatch, caplog):
    expected = trained(data, tmp_path)
    checkpoint = interrupted(data, tmp_path, monkeypatch)
    whole = checkpoint.read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:2000] + b"?" * 50 + whole[2050:]):
        caplog.clear()
        checkpoint.write_bytes(content)
        assert trained(data, tmp_path) == expected
        assert "checkpoint.pt: damaged" in caplog.text


def test_training_lowers_the_loss(data, tmp_path):
    trained(data, tmp_path, settings=replace(SETTINGS, iterations=60, batch_size=4))
    with (tmp_path / "curve.csv").open() as stream:
        curve = list(csv.DictReader(stream))
    content = [float(point["content"]) for point in curve]
    assert [int(point["iteration"]) for point in curve] == list(range(1, 61))
    assert np.mean(content[-5:]) < 0.5 * np.mean(content[:5])
    resolve = load_network(row(), [tmp_path / "network.safetensors"], ComputeBudget())
    with ImageFile(data[0]) as high, ImageFile(data[1]) as low:
        error = resolve(low.image(1)[None])[0].astype(float) - high.image(1)
    assert np.abs(error).mean() < 20


def test_a_diverging_loss_stops_with_the_network_and_the_step():
    trainer = Trainer(row(), SMALL, SETTINGS)
    low, high = (np.zeros((1, 3, side, side), np.uint8) for side in (8, 16))
    trainer.step(low, high)
    trainer.network.conv_last.bias.data.fill_(float("nan"))
    with pytest.raises(
        FloatingPointError, match=r"EDSR-n-x2-L1-s1: .* iteration 2; .* training\.learning_rate below 0\.005"
    ):
        trainer.step(low, high)


@pytest.mark.parametrize("loss", ["L1", "VGG_GAN"])
def test_a_training_that_diverges_names_its_last_checkpoint_which_is_finite(data, tmp_path, loss, caplog):
    """Weights of 1e30 are finite, and their outputs are not. A lower rate starts from scratch, and says so."""
    settings = replace(SETTINGS, learning_rate=1e30, checkpoint_every=1)
    told = (
        r"the loss is not finite at iteration 2; .*checkpoint\.pt keeps the state after iteration 1: .* from scratch"
    )
    with pytest.raises(FloatingPointError, match=told):
        trained(data, tmp_path, loss, settings=settings)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert first_nonfinite(torch.load(tmp_path / "checkpoint.pt", weights_only=True)["state"]) is None
    (tmp_path / "other").mkdir()
    assert trained(data, tmp_path, loss) == trained(data, tmp_path / "other", loss)
    assert caplog.text.count("checkpoint.pt: has other settings or data, training starts from scratch") == 1


@pytest.mark.parametrize("loss", ["L1", "ResNet_GAN"])
@pytest.mark.parametrize("every, iterations", [(1, 6), (3, 1)])
def test_weights_that_the_last_step_broke_are_written_nowhere(data, tmp_path, loss, every, iterations):
    """Neither to a checkpoint nor as the result; the loss of that step is of the weights before it, and finite."""
    settings = replace(SETTINGS, learning_rate=1e40, checkpoint_every=every, iterations=iterations)
    told = r"model\.\S+ is not finite after iteration 1; .*; there is no checkpoint yet"
    with pytest.raises(FloatingPointError, match=told):
        trained(data, tmp_path, loss, settings=settings)
    assert not list(tmp_path.iterdir())


def test_a_good_checkpoint_outlives_a_step_that_breaks_the_weights(data, tmp_path, monkeypatch):
    """At the very iteration after which the next checkpoint is due; training then goes on from the good one."""
    settings = replace(SETTINGS, iterations=9)
    (tmp_path / "whole").mkdir()
    whole = trained(data, tmp_path / "whole", settings=settings)
    step = Trainer.step

    def broken_step(trainer, *batch):
        if len(trainer.losses) == 5:
            trainer._optimizers["network"].param_groups[0]["lr"] = 1e40
        step(trainer, *batch)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", broken_step)
        told = r"not finite after iteration 6; .*checkpoint\.pt keeps the state after iteration 3"
        with pytest.raises(FloatingPointError, match=told):
            trained(data, tmp_path, settings=settings)
    assert first_nonfinite(torch.load(tmp_path / "checkpoint.pt", weights_only=True)["state"]) is None
    assert trained(data, tmp_path, settings=settings) == whole


def test_on_a_full_gpu_training_stops_with_the_settings_and_its_checkpoint(data, tmp_path, monkeypatch):
    """A stand-in for a GPU, whose memory another program takes in the fifth iteration."""
    (tmp_path / "whole").mkdir()
    whole = trained(data, tmp_path / "whole")
    calls = []

    def refuse(*_):
        calls.append(1)
        if len(calls) == 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    def build(*arguments, **settings):
        network = build_trainable(*arguments, **settings)
        network.register_forward_pre_hook(refuse)
        return network

    with monkeypatch.context() as patch:
        patch.setattr("sr_fingerprints.networks.training.trainer.build_trainable", build)
        told = (
            r"training\.batch_size and training\.patch_size: found 2 and 16; .* to train EDSR-n-x2-L1-s1; allowed: "
        )
        told += r"less, .*checkpoint\.pt keeps the state after iteration 3: .* \(CUDA out of memory"
        with pytest.raises(InputError, match=told):
            trained(data, tmp_path)
    assert trained(data, tmp_path) == whole


@pytest.mark.parametrize("count", [1, 3])
def test_a_checkpoint_from_a_machine_with_gpus_resumes_without(data, tmp_path, monkeypatch, count, caplog):
    """Made here by hand; the random state of a GPU means nothing to a CPU."""
    (tmp_path / "whole").mkdir()
    whole = trained(data, tmp_path / "whole")
    checkpoint = interrupted(data, tmp_path, monkeypatch)
    content = torch.load(checkpoint, weights_only=True)
    assert content["state"]["random_of_gpus"] == []
    content["state"]["random_of_gpus"] = [torch.zeros(16, dtype=torch.uint8)] * count
    torch.save(content, checkpoint)
    assert trained(data, tmp_path) == whole
    assert "EDSR-n-x2-L1-s1: the checkpoint is of a training on a GPU and continues on cpu" in caplog.text


def test_the_discriminator_learns_and_does_not_train_the_network_to_please_itself():
    torch.manual_seed(0)
    trainer = Trainer(row("VGG_GAN"), SMALL, replace(SETTINGS, iterations=100))
    random = np.random.default_rng(0)
    low = random.integers(0, 256, (4, 3, 8, 8), np.uint8)
    high = np.repeat(np.repeat(low, 2, axis=2), 2, axis=3)
    for _ in range(40):
        trainer.step(low, high)
    losses = [dict(zip(LOSS_PARTS, parts, strict=True)) for parts in trainer.losses]
    assert losses[-1]["content"] < losses[0]["content"]
    assert losses[-1]["discriminator"] < 2 * np.log(2)


def test_patches_are_aligned_whatever_the_flip_and_turn(data):
    with ImageFile(data[0]) as high, ImageFile(data[1]) as low:
        patches = PatchPairs(high, low, 2, 16, batch_size=40, permute_colours=True, seed=1)
        low_patches, high_patches = patches.batch(0)
    assert low_patches.shape == (40, 3, 8, 8)
    assert high_patches.shape == (40, 3, 16, 16)
    means = high_patches.reshape(40, 3, 8, 2, 8, 2).mean(axis=(3, 5))
    assert np.abs(means - low_patches).max() <= 1.5
    assert len({patch.tobytes() for patch in low_patches}) > 35


def test_batches_are_those_of_their_iterations(data):
    with ImageFile(data[0]) as high, ImageFile(data[1]) as low:
        patches = PatchPairs(high, low, 2, 16, 3, False, seed=1)
        ahead = list(patches.batches(2, 5))
        np.testing.assert_array_equal([high for _, high in ahead], [patches.batch(i)[1] for i in (2, 3, 4)])
        assert list(patches.batches(5, 5)) == []


def test_files_that_do_not_suit_are_named(data, tmp_path):
    with ImageFile(data[0]) as high, ImageFile(data[1]) as low:
        with pytest.raises(InputError, match=r"low\.h5: does not hold the images of .*high\.h5 downscaled by 4"):
            PatchPairs(high, low, 4, 16, 1, False, 1)
        with pytest.raises(InputError, match="patch_size: 15 is not a multiple of the scale, 2"):
            PatchPairs(high, low, 2, 15, 1, False, 1)
        with pytest.raises(InputError, match=r"high\.h5: every image must hold a patch of 64 .* one of 40 pixels"):
            PatchPairs(high, low, 2, 64, 1, False, 1)


@pytest.mark.parametrize("extractor", ["VGG19", "ResNet18"])
def test_random_perceptual_losses_are_fixed_and_of_like_magnitude(extractor):
    torch.manual_seed(1)
    loss = PerceptualLoss(extractor, "random", "conv2_2")
    torch.manual_seed(2)
    again = PerceptualLoss(extractor, "random", "conv2_2")
    coarse = torch.rand(4, 3, 6, 6)
    images = torch.nn.functional.interpolate(coarse, size=48, mode="bicubic").clamp(0, 1)
    grey = images.mean(dim=(2, 3), keepdim=True).expand_as(images)
    assert loss(images, images) == 0
    assert loss(grey, images) == again(grey, images)
    assert loss(grey, images) > loss(0.7 * images + 0.3 * grey, images) > 0
    assert 0.2 < loss(grey, images) < 5


def test_settings_that_do_not_exist_are_named():
    with pytest.raises(InputError, match=r"vgg_layer: 'conv6_1' .* conv1_1, .* conv5_4"):
        PerceptualLoss("VGG19", "random", "conv6_1")
    with pytest.raises(InputError, match="perceptual_weights: 'none'"):
        PerceptualLoss("VGG19", "none", "conv1_1")
    with pytest.raises(InputError, match=r"patch_size: 24 .* power of two"):
        Discriminator(24)
    with pytest.raises(InputError, match=r"loss: 'L2' .* L1, VGG, ResNet, VGG_GAN, ResNet_GAN"):
        Trainer(row("L2"), SMALL, SETTINGS)
    with pytest.raises(InputError, match="schedule: 'step' is not known; use one of constant, cosine, one_cycle"):
        Trainer(row(), SMALL, replace(SETTINGS, schedule="step"))


@pytest.mark.parametrize(
    "architecture, settings, least",
    [("NLSN", {}, 24), ("NLSN", {"chunk_size": 100}, 20), ("NLSN", {"chunk_size": 101}, 22), ("SwinIR", {}, 10)],
)
def test_patches_too_small_for_an_architecture_are_named(architecture, settings, least):
    small = SMALLEST[architecture] | {"chunk_size": 144} | settings if architecture == "NLSN" else SMALLEST["SwinIR"]
    with pytest.raises(InputError, match=rf"patch_size: {least - 2} .* {architecture} at 2X; use {least} at least"):
        Trainer(row(architecture=architecture), small, replace(SETTINGS, patch_size=least - 2))
    trainer = Trainer(row(architecture=architecture), small, replace(SETTINGS, patch_size=least))
    low, high = (np.zeros((1, 3, side, side), np.uint8) for side in (least // 2, least))
    trainer.step(low, high)


def test_imagenet_weights_that_cannot_be_had_are_named_with_the_remedy(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", refuse)
    with pytest.raises(InputError, match=r"'imagenet' needs https.*resnet18.*no route.*checkpoints, or use 'random'"):
        PerceptualLoss("ResNet18", "imagenet", "conv1_1")


@pytest.mark.parametrize("patch_size", [8, 32, 64])
def test_the_discriminator_takes_patches_of_its_size(patch_size):
    assert Discriminator(patch_size, 4)(torch.rand(2, 3, patch_size, patch_size)).shape == (2, 1)


@pytest.mark.parametrize("patch_size", [128, 256])
def test_the_discriminator_is_the_one_of_basicsr_at_its_sizes(patch_size):
    """Of the same weights, it says the same of the same patches, in training and after."""
    theirs = VGGStyleDiscriminator(3, 4, input_size=patch_size)
    ours = Discriminator(patch_size, 4)
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    patches = torch.rand(2, 3, patch_size, patch_size)
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)(patches), theirs.train(training)(patches), rtol=0, atol=0)
    assert [tensor.shape for tensor in ours.parameters()] == [tensor.shape for tensor in theirs.parameters()]


def test_the_adversarial_loss_is_basicsr_s_vanilla_one():
    theirs = GANLoss("vanilla", loss_weight=1e-3)
    logits = torch.randn(5, 1)
    for real in (True, False):
        assert adversarial_loss(logits, real) == theirs(logits, real, is_disc=True)
    torch.testing.assert_close(1e-3 * adversarial_loss(logits, real=True), theirs(logits, True))


@pytest.mark.parametrize("layer", ["conv1_1", "conv2_2", "conv5_4"])
def test_the_perceptual_loss_is_the_one_of_basicsr(layer, monkeypatch):
    """Theirs gets the weights of ours where it would get ImageNet's; activations are before the rectifier."""
    torch.manual_seed(0)
    ours = PerceptualLoss("VGG19", "random", layer)
    ours.magnitude.fill_(1)  # what random weights are divided by, and ImageNet's are not
    vgg = SimpleNamespace(vgg19=lambda pretrained: SimpleNamespace(features=ours.features))
    monkeypatch.setitem(VGGFeatureExtractor.__init__.__globals__, "vgg", vgg)
    theirs = basic_loss.PerceptualLoss({layer: 1.0}, criterion="l2")
    images, target = torch.rand(2, 2, 3, 32, 32)
    loss, style = theirs(images, target)
    assert style is None and ours(images, target) == loss
    assert ours._activations(target).min() < 0


def test_the_compiler_is_not_imported_and_changes_nothing():
    subprocess.run([sys.executable, "-c", WITH_AND_WITHOUT_COMPILER], check=True, timeout=600)

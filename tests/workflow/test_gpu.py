"""What only a machine with a GPU can show: images as on the CPU, a full memory, and a GPU for each job."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.images.perceptual_distance import PerceptualDistance
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import trained
from sr_fingerprints.networks.loading.torch import super_resolver, untrained
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.networks.training import device_patches
from sr_fingerprints.networks.training.patches import PatchPairs
from sr_fingerprints.networks.training.trainer import Trainer, TrainingSettings
from sr_fingerprints.pipelines.application import Weights, apply_pipelines
from sr_fingerprints.runtime.devices import visible_gpus
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import NonFiniteError
from sr_fingerprints.runtime.precision import exact_or_tf32
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import published_networks
from sr_fingerprints.study.pipelines import Pipeline

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")

ROOT = Path(__file__).parents[2]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
PAPER = [name for name, entry in yaml.safe_load(TABLE.read_text()).items() if entry.get("in_paper")]


@pytest.mark.parametrize("architecture", ["EDSR", "RCAN"])
def test_a_batch_on_the_gpu_gives_the_images_of_the_cpu(architecture):
    torch.manual_seed(0)
    network = build_trainable(architecture, 2)
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 24, 3), np.uint8)
    on_cpu = TorchSuperResolver(network, 2)(images).astype(int)
    on_gpu = TorchSuperResolver(network, 2, ComputeBudget("cuda", precision="float32"))(images).astype(int)
    assert np.abs(on_cpu - on_gpu).max() <= 1
    assert np.mean(on_cpu != on_gpu) < 0.001


@pytest.mark.parametrize("precision", ["float32", "auto"])
@pytest.mark.parametrize("name", PAPER)
def test_published_networks_run_on_the_gpu_as_on_the_cpu(name, precision):
    """With random weights; in half precision only where that keeps within 50 dB."""
    torch.manual_seed(0)
    (row,) = published_networks([name], [], TABLE, SCHEMA)
    network = untrained(row)
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 32, 3), np.uint8)
    on_cpu = super_resolver(network, row, ComputeBudget())(images, [1, 2]).astype(int)
    resolve = super_resolver(network, row, ComputeBudget("cuda", precision=precision))
    difference = resolve(images, [1, 2]) - on_cpu
    least = 60 if resolve.details["precision"] == "float32" else 45
    assert 10 * np.log10(255**2 / max(np.square(difference).mean(), 1e-9)) > least


def test_pipelines_on_the_gpu_and_on_the_cpu_are_compared(tmp_path):
    """In 32 bits hardly a pixel differs, in 16 bits many do; and what the GPU is used for is told."""
    settings = {"num_feat": 16, "num_block": 2}
    torch.manual_seed(0)
    row = NetworkRow("a", "EDSR", scale=2, framework="trained")
    trained.save(tmp_path / "a.safetensors", build_trainable("EDSR", 2, **settings), row, settings)
    random = np.random.default_rng(0)
    with ImageWriter(tmp_path / "low.h5", {"scale": 2}) as photos:
        for split in ("train", "validation", "test"):
            photos.append(random.integers(0, 256, (48, 48, 3), np.uint8), split, split, split)
    pipelines = [
        Pipeline("ordinary"),
        Pipeline("cpu", device="cpu"),
        Pipeline("gpu", device="cuda"),
        Pipeline("half", precision="bfloat16"),
    ]
    files = tmp_path / "applied.csv", tmp_path / "differences.csv"
    few = dict.fromkeys(("train", "validation", "test"), 1)
    generate = {"batch_size": 3, "memory": 1, "precision": "float32"}
    networks = [Weights(row, [tmp_path / "a.safetensors"], tmp_path / "low.h5")]
    apply_pipelines(pipelines, networks, few, generate, tmp_path / "images", *files, device="cuda")
    done = pd.read_csv(files[0], keep_default_na=False).set_index("pipeline")
    assert done.carried_out[["ordinary", "cpu", "gpu"]].str[-4:].tolist() == ["cuda", " cpu", "cuda"]
    assert done.identical_to["gpu"] == "ordinary" and (done.skipped == "").all()
    counted = pd.read_csv(files[1]).set_index(["first", "second"])
    assert counted.pixels_differ["ordinary", "cpu"] < 0.003 * counted.pixels["ordinary", "cpu"]
    assert counted.greatest_difference["ordinary", "cpu"] <= 1
    assert counted.pixels_differ["ordinary", "half"] > 10 * counted.pixels_differ["ordinary", "cpu"]


@pytest.fixture
def room():
    """Have torch's part of the GPU's memory be so many bytes, until the test ends."""

    def limit(count):
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(min(1.0, count / torch.cuda.mem_get_info()[1]))

    yield limit
    torch.cuda.set_per_process_memory_fraction(1.0)


def peak_of(compute):
    """What a computation gives, and the most bytes that it took."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return compute(), torch.cuda.max_memory_reserved()


def test_with_a_sixth_of_the_memory_fewer_images_go_through_at_once_and_are_the_same(room, caplog):
    torch.manual_seed(0)
    network = build_trainable("EDSR", 2)
    images = np.random.default_rng(0).integers(0, 256, (16, 128, 128, 3), np.uint8)
    budget = ComputeBudget("cuda", memory=20, precision="float32")
    expected, most = peak_of(lambda: TorchSuperResolver(network, 2, budget)(images).astype(int))
    assert not caplog.records
    room(most // 6)
    made = TorchSuperResolver(network, 2, budget)(images).astype(int)
    assert "16 images do not fit into the GPU's memory at once; continuing with 8" in caplog.text
    assert np.abs(made - expected).max() <= 1
    assert np.mean(made != expected) < 0.001


def test_an_image_for_which_there_is_no_memory_is_refused_and_smaller_tiles_help(room):
    torch.manual_seed(0)
    network = build_trainable("EDSR", 2)
    images = np.random.default_rng(0).integers(0, 256, (1, 512, 512, 3), np.uint8)
    budget = ComputeBudget("cuda", memory=20, precision="float32")
    _, most = peak_of(lambda: TorchSuperResolver(network, 2, budget)(images))
    room(most // 6)
    with pytest.raises(InputError, match=r"generate\.memory: found 20 GB, .* 512 x 512 .* \(CUDA out of memory"):
        TorchSuperResolver(network, 2, budget)(images)
    small = ComputeBudget("cuda", memory=0.5, precision="float32")
    assert TorchSuperResolver(network, 2, small)(images).shape == (1, 1024, 1024, 3)


def test_lpips_with_less_memory_is_the_same(room, caplog):
    images, references = np.random.default_rng(0).integers(0, 256, (2, 64, 224, 224, 3), np.uint8)
    distance = PerceptualDistance("random", "cuda")
    expected, most = peak_of(lambda: distance(images, references))
    room(most // 4)
    np.testing.assert_allclose(distance(images, references), expected, rtol=1e-4)
    assert "pairs of images do not fit" in caplog.text


def test_an_output_that_is_not_finite_is_refused():
    network = torch.nn.Conv2d(3, 3, 1)
    network.weight.data[0, 0] = float("nan")
    with pytest.raises(NonFiniteError):
        TorchSuperResolver(network, 1, ComputeBudget("cuda"))(np.zeros((2, 9, 9, 3), np.uint8))


@pytest.mark.parametrize("devices", [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cuda")])
def test_a_training_goes_on_on_another_kind_of_machine(tmp_path, devices, caplog):
    settings = TrainingSettings(10, 2, 16, perceptual_weights="random", vgg_layer="conv1_1", discriminator_features=4)
    row = NetworkRow("a", "EDSR", scale=2, loss="VGG_GAN", seed=1)
    random = np.random.default_rng(0)
    batches = [[random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16)] for _ in range(2)]
    first, second = (Trainer(row, {"num_feat": 8, "num_block": 1}, settings, device) for device in devices)
    first.step(*batches[0])
    write_checkpoint(tmp_path / "a.pt", "same", first.state())
    state = read_checkpoint(tmp_path / "a.pt", "same")
    assert len(state["random_of_gpus"]) == (devices[0] == "cuda")
    second.load_state(state)
    second.step(*batches[1])
    first.step(*batches[1])
    np.testing.assert_allclose(second.losses, first.losses, rtol=1e-3, atol=1e-5)
    assert ("the checkpoint is of a training on" in caplog.text) == (devices[0] != devices[1])


@pytest.mark.parametrize("precision, near", [("float32", 1e-4), ("tf32", 0.02), ("bfloat16", 0.05)])
def test_losses_in_every_precision_are_near_those_of_a_cpu_and_read_late(precision, near):
    settings = TrainingSettings(
        10, 2, 16, "upsampling", 1e-4, perceptual_weights="random", vgg_layer="conv1_1", discriminator_features=4
    )
    row = NetworkRow("a", "EDSR", scale=2, loss="VGG_GAN", seed=1)
    random = np.random.default_rng(0)
    batches = [[random.integers(0, 256, (2, 3, side, side), np.uint8) for side in (8, 16)] for _ in range(4)]
    trainers = []
    for device, word in (("cpu", "float32"), ("cuda", precision)):
        torch.manual_seed(0)
        trainers.append(Trainer(row, {"num_feat": 8, "num_block": 1}, replace(settings, precision=word), device))
        with exact_or_tf32(word, device):
            for batch in batches:
                trainers[-1].step(*batch)
    on_cpu, on_gpu = trainers
    assert len(on_gpu._unread) == on_gpu.iterations == 4
    np.testing.assert_allclose(on_gpu.losses, on_cpu.losses, rtol=near, atol=1e-5)


@pytest.mark.parametrize("share", [0.3, 0.0])
def test_patches_are_the_same_cut_on_the_gpu_or_copied_to_it(tmp_path, monkeypatch, share):
    monkeypatch.setattr(device_patches, "SHARE_OF_FREE_MEMORY", share)
    random = np.random.default_rng(0)
    with ImageWriter(tmp_path / "high.h5", {}) as high, ImageWriter(tmp_path / "low.h5", {}) as low:
        for number in range(3):
            image = random.integers(0, 256, (64, 40 + 8 * number, 3), np.uint8)
            for writer, pixels in ((high, image), (low, image[::2, ::2])):
                writer.append(np.ascontiguousarray(pixels), str(number), str(number), "train")
    with ImageFile(tmp_path / "high.h5") as high, ImageFile(tmp_path / "low.h5") as low:
        pairs = PatchPairs(high, low, 2, 16, 8, permute_colours=True, seed=1)
        for batch, wanted in zip(device_patches.batches_on("cuda", pairs, 0, 3), pairs.batches(0, 3), strict=True):
            for part, expected in zip(batch, wanted, strict=True):
                assert part.is_cuda
                np.testing.assert_array_equal(part.cpu(), expected)


CLAIMING = """
import json, sys
from pathlib import Path
from sr_fingerprints.runtime.devices import claim_gpu
claim = claim_gpu(1, Path(sys.argv[1]))
import torch
seen = [f"GPU-{torch.cuda.get_device_properties(number).uuid}" for number in range(torch.cuda.device_count())]
print(json.dumps([claim.gpu.uuid, seen]), flush=True)
sys.stdin.read()
"""


def test_torch_sees_the_one_gpu_that_a_job_has_claimed(tmp_path, monkeypatch):
    """As many jobs as there are GPUs, at the same time."""
    gpus = visible_gpus()
    if not gpus or not all(gpu.uuid.startswith("GPU-") for gpu in gpus):
        pytest.skip("needs whole GPUs that NVML lists")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "scripts"))
    run = [sys.executable, "-c", CLAIMING, tmp_path / "locks"]
    jobs = [subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in gpus]
    found = [json.loads(job.stdout.readline()) for job in jobs]
    for job in jobs:
        job.communicate()
    assert sorted(name for name, _ in found) == sorted(gpu.uuid for gpu in gpus)
    assert all(seen == [name] for name, seen in found)

"""What only a machine with a GPU can show: its images are those of the CPU, whatever the precision."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from sr_fingerprints.network_table import published_networks
from sr_fingerprints.networks.effort import Effort
from sr_fingerprints.networks.published import super_resolver, untrained
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.networks.trainable import build_trainable

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that torch can use")

ROOT = Path(__file__).parents[1]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
PAPER = [name for name, entry in yaml.safe_load(TABLE.read_text()).items() if entry.get("in_paper")]


@pytest.mark.parametrize("architecture", ["EDSR", "RCAN"])
def test_a_batch_on_the_gpu_gives_the_images_of_the_cpu(architecture):
    torch.manual_seed(0)
    network = build_trainable(architecture, 2)
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 24, 3), np.uint8)
    on_cpu = TorchSuperResolver(network, 2)(images).astype(int)
    on_gpu = TorchSuperResolver(network, 2, Effort("cuda", precision="float32"))(images).astype(int)
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
    on_cpu = super_resolver(network, row, Effort())(images, [1, 2]).astype(int)
    resolve = super_resolver(network, row, Effort("cuda", precision=precision))
    difference = resolve(images, [1, 2]) - on_cpu
    least = 60 if resolve.details["precision"] == "float32" else 45
    assert 10 * np.log10(255**2 / max(np.square(difference).mean(), 1e-9)) > least

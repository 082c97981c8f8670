"""What must hold on a GPU as well; skipped where torch sees none."""

import numpy as np
import pytest
import torch

from sr_fingerprints.networks import build_network
from sr_fingerprints.networks.super_resolver import TorchSuperResolver

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")


@pytest.mark.parametrize("architecture", ["EDSR", "RCAN"])
def test_a_gpu_super_resolves_as_a_cpu_does(architecture):
    torch.manual_seed(0)
    network = build_network(architecture, 2)
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 33, 3), np.uint8)
    on_cpu = TorchSuperResolver(network, 2)(images).astype(int)
    on_gpu = TorchSuperResolver(network, 2, "cuda")(images).astype(int)
    assert np.abs(on_cpu - on_gpu).max() <= 1

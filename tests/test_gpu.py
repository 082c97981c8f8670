"""What must hold on a GPU as well; skipped where torch sees none."""

import numpy as np
import pytest
import torch

from sr_fingerprints.networks.effort import Effort
from sr_fingerprints.networks.super_resolver import TorchSuperResolver
from sr_fingerprints.networks.trainable import build_trainable

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")


@pytest.mark.parametrize("architecture", ["EDSR", "RCAN"])
def test_a_gpu_super_resolves_as_a_cpu_does(architecture):
    torch.manual_seed(0)
    network = build_trainable(architecture, 2)
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 33, 3), np.uint8)
    on_cpu = TorchSuperResolver(network, 2)(images).astype(int)
    on_gpu = TorchSuperResolver(network, 2, Effort("cuda", precision="float32"))(images).astype(int)
    assert np.abs(on_cpu - on_gpu).max() <= 1

"""LPIPS: perceptual distance of two images, from the activations of an image classifier.

Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, Equation 1, with
AlexNet, in the authors' version 0.1. Where ImageNet weights are not available, the same layers are used with fixed
random weights; those distances rank degradations of an image, but are not on the scale of LPIPS.
"""

import importlib
import sys
import warnings
from functools import cache
from types import ModuleType

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from sr_fingerprints.files.imagenet import imagenet_state
from sr_fingerprints.networks.random_weights import initialise_convolutions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import package_shells
from sr_fingerprints.runtime.memory import AdaptiveBatch

RANDOM_WEIGHTS_SEED = 20180611
"""The same random weights for all measurements, independent of the study's seed."""


class PerceptualDistance:
    """LPIPS of batches of images.

    weights: ``imagenet`` for torchvision's AlexNet, which is downloaded once, and the linear weights of its channels
        that Zhang et al. fitted to human judgements; or ``random`` for random convolutions (see
        `initialise_convolutions`) with equal weights of all channels.
    device: torch's name of the device to compute on.

    Raises `InputError` for other values of ``weights``, and when AlexNet's weights are not available.
    """

    def __init__(self, weights: str, device: str = "cpu"):
        if weights not in ("random", "imagenet"):
            raise InputError(f"quality: lpips_weights: {weights!r} is not known; use 'random' or 'imagenet'")
        learned = weights == "imagenet"
        # The library initialises AlexNet from torch's global random state, and raises warnings.
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings(action="ignore"):
            network = _lpips().LPIPS(net="alex", version="0.1", lpips=learned, pnet_rand=True, verbose=False)
        if learned:
            _load_imagenet(network.net)
        else:
            initialise_convolutions(network.net, torch.Generator().manual_seed(RANDOM_WEIGHTS_SEED))
        self._network = network.eval().requires_grad_(False).to(device)
        self._device = device
        self._adaptive_batch = AdaptiveBatch("pairs of images")

    def __call__(self, images: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        """Distances float64 (n,), 0 or more, of ``images`` from ``references``, both uint8 (n, height, width, 3) RGB.

        Sides must be 31 pixels or more: AlexNet's strides leave nothing of smaller images. Raises `InputError` when
        GPU memory is too small for even one pair.
        """

        def distances(part: slice) -> npt.NDArray[np.float64]:
            # By default, a GPU would compute float32 convolutions in TF32, which has 19 bits.
            exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
            with exact, torch.inference_mode():
                result: torch.Tensor = self._network(self._input(images[part]), self._input(references[part]))
            return result.flatten().double().cpu().numpy()

        height, width = images.shape[1:3]
        too_large = (
            f"quality.crop: images of {width} x {height} pixels do not fit into the memory of {self._device}; "
            "allowed: smaller crops, or a GPU with fewer other jobs"
        )
        return np.concatenate(self._adaptive_batch(distances, len(images), len(images), too_large))

    def _input(self, images: npt.NDArray[np.uint8]) -> torch.Tensor:
        """Float32 (n, 3, height, width) in [-1, 1], as the library expects."""
        tensor = torch.from_numpy(np.ascontiguousarray(images)).to(self._device)
        return tensor.permute(0, 3, 1, 2).float() / 127.5 - 1


@cache
def _lpips() -> ModuleType:
    """Import lpips with only AlexNet of ``torchvision.models``, whose full import takes longer than all the rest."""
    with package_shells():
        alexnet = importlib.import_module("torchvision.models.alexnet")
        vars(sys.modules["torchvision.models"])["alexnet"] = alexnet.alexnet
        return importlib.import_module("lpips")


def _load_imagenet(network: nn.Module) -> None:
    """Load torchvision's weights; the library's ``slice2.3.weight`` is torchvision's ``features.3.weight``."""
    with package_shells():
        weights = importlib.import_module("torchvision.models.alexnet").AlexNet_Weights.IMAGENET1K_V1
    state = imagenet_state(weights, "quality.lpips_weights")
    network.load_state_dict({name: state[f"features.{name.partition('.')[2]}"] for name in network.state_dict()})

"""One network in training: its losses, its optimizers, and all that a checkpoint must hold."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from sr_fingerprints.errors import InputError
from sr_fingerprints.finite import not_finite
from sr_fingerprints.networks.trainable import build_trainable, smallest_patch
from sr_fingerprints.training.discriminator import Discriminator
from sr_fingerprints.training.perceptual import PerceptualLoss

logger = logging.getLogger(__name__)

EXTRACTORS = {"L1": None, "VGG_GAN": "VGG19", "ResNet_GAN": "ResNet18"}
"""The losses, and whose activations those with a discriminator compare."""

LOSS_PARTS = ("content", "adversarial", "discriminator")


@dataclass(frozen=True)
class TrainingSettings:
    """The hyperparameters that all networks share. The defaults are the study's, or else BasicSR's stock."""

    iterations: int = 50_000
    batch_size: int = 16
    patch_size: int = 128  # side in high-resolution pixels
    learning_rate: float = 1e-4  # constant: BasicSR's first milestone is at 200,000 iterations
    betas: tuple[float, float] = (0.9, 0.99)
    adversarial_weight: float = 1e-3  # SRGAN, Equation 3
    discriminator_features: int = 64
    perceptual_weights: str = "imagenet"  # or "random"
    vgg_layer: str = "conv5_4"  # SRGAN's VGG54
    permute_colours: bool = False  # for training images of few colours, lest others go wrong
    checkpoint_every: int = 5_000


class Trainer:
    """One network in training; for an adversarial loss with its discriminator, as BasicSR alternates the two.

    ``losses`` has one row an iteration: the `LOSS_PARTS`, of which the latter two are 0 for the L1 loss.
    """

    def __init__(
        self,
        row: Mapping[str, Any],
        architecture_settings: Mapping[str, Any],
        settings: TrainingSettings,
        device: str = "cpu",
    ):
        self._name, self._settings, self._device = row["network"], settings, device
        self.losses: list[list[float]] = []
        least = row["scale"] * smallest_patch(row["architecture"], **architecture_settings)
        if settings.patch_size < least:
            raise InputError(
                f"patch_size: {settings.patch_size} is too small for {row['architecture']} at {row['scale']}X; "
                f"use {least} at least"
            )
        self.network = build_trainable(row["architecture"], row["scale"], **architecture_settings).to(device)
        self._models = {"network": self.network}
        extractor = _extractor(row["loss"])
        self._adversarial = extractor is not None
        if self._adversarial:
            discriminator = Discriminator(settings.patch_size, settings.discriminator_features)
            self._models["discriminator"] = self._discriminator = discriminator.to(device)
            self._content_loss = PerceptualLoss(extractor, settings.perceptual_weights, settings.vgg_layer).to(device)
        else:
            self._content_loss = nn.L1Loss()
        self._optimizers = {
            name: torch.optim.Adam(model.parameters(), settings.learning_rate, settings.betas, fused=True)
            for name, model in self._models.items()
        }

    def step(self, low: np.ndarray, high: np.ndarray) -> None:
        """Train on one batch of low- and high-resolution patches, uint8 (n, 3, side, side) RGB.

        Raises `FloatingPointError` when a loss is no longer finite.
        """
        low, high = (torch.from_numpy(patches).to(self._device).float() / 255 for patches in (low, high))
        images = self.network(low)
        content = self._content_loss(images, high)
        if self._adversarial:
            self._discriminator.requires_grad_(False)
            adversarial = _judged(self._discriminator(images), real=True)
            self._update("network", content + self._settings.adversarial_weight * adversarial)
            self._discriminator.requires_grad_(True)
            told_apart = _judged(self._discriminator(high), real=True)
            told_apart = told_apart + _judged(self._discriminator(images.detach()), real=False)
            self._update("discriminator", told_apart)
            losses = torch.stack([content, adversarial, told_apart]).tolist()
        else:
            self._update("network", content)
            losses = [content.item(), 0.0, 0.0]
        if not all(map(math.isfinite, losses)):
            raise self._diverged(f"the loss is not finite at iteration {len(self.losses) + 1}")
        self.losses.append(losses)

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, besides its patches.

        Raises `FloatingPointError` when the last step made numbers that are not finite.
        """
        self.check_finite()
        return {
            "models": {name: model.state_dict() for name, model in self._models.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()},
            "losses": torch.tensor(self.losses, dtype=torch.float64),
            "random": torch.get_rng_state(),
            "random_of_gpus": [torch.cuda.get_rng_state()] if self._on_gpu else [],
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go back to a `state`, whatever GPUs the machine had that it is from.

        On the same kind of device training goes on as if it had not been interrupted.
        """
        for name, model in self._models.items():
            model.load_state_dict(state["models"][name])
            self._optimizers[name].load_state_dict(state["optimizers"][name])
        self.losses = state["losses"].tolist()
        torch.set_rng_state(state["random"])
        of_gpus = state["random_of_gpus"]
        if self._on_gpu and of_gpus:
            torch.cuda.set_rng_state(of_gpus[0])  # one job uses one GPU; older checkpoints have all of the machine
        if self._on_gpu != bool(of_gpus):
            logger.warning(
                "%s: the checkpoint is of a training on %s, and goes on on %s: the weights will differ a little",
                self._name, "a GPU" if of_gpus else "the CPU", self._device,
            )  # fmt: skip

    def check_finite(self) -> None:
        """Raise `FloatingPointError` when weights, or what the optimizers remember, are not finite.

        The loss of a step is that of the weights before it: it does not show what the step made of them.
        """
        models = {name: model.state_dict() for name, model in self._models.items()}
        optimizers = {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()}
        if (name := not_finite({"model": models, "optimizer": optimizers})) is not None:
            raise self._diverged(f"{name} is not finite after iteration {len(self.losses)}")

    @property
    def _on_gpu(self) -> bool:
        return torch.device(self._device).type == "cuda"

    def _diverged(self, told: str) -> FloatingPointError:
        rate = self._settings.learning_rate
        return FloatingPointError(f"{self._name}: {told}; try a training.learning_rate below {rate:g}")

    def _update(self, name: str, loss: torch.Tensor) -> None:
        self._optimizers[name].zero_grad()
        loss.backward()
        self._optimizers[name].step()


def _extractor(loss: str) -> str | None:
    if loss not in EXTRACTORS:
        raise InputError(f"loss: {loss!r} is not known; use one of {', '.join(EXTRACTORS)}")
    return EXTRACTORS[loss]


def _judged(logits: torch.Tensor, real: bool) -> torch.Tensor:
    """The adversarial loss of SRGAN (Ledig et al., CVPR 2017, Equation 6 for ``real``), averaged."""
    return nn.functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))

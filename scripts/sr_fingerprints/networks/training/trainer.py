"""Training of one network: its losses, its optimizers, and the state that a checkpoint holds."""

import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LRScheduler, OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sr_fingerprints.networks.architectures import build_trainable, smallest_patch
from sr_fingerprints.networks.loading import trained
from sr_fingerprints.networks.training.discriminator import Discriminator
from sr_fingerprints.networks.training.initialisation import INITIALISATIONS
from sr_fingerprints.networks.training.perceptual import PerceptualLoss
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import first_nonfinite
from sr_fingerprints.runtime.precision import autocast, resolve_precision
from sr_fingerprints.study.losses import LOSSES
from sr_fingerprints.study.network_row import NetworkRow

logger = logging.getLogger(__name__)

LOSS_PARTS = ("content", "pixel", "adversarial", "discriminator")

READ_EVERY = {"cpu": 1, "cuda": 100}
"""Iterations after which losses are read: to read them from a GPU, the CPU waits until all its work is done."""

SCHEDULES: dict[str, Callable[[torch.optim.Optimizer, int], LRScheduler]] = {
    "constant": lambda optimizer, _: ConstantLR(optimizer, factor=1.0),
    "cosine": lambda optimizer, iterations: CosineAnnealingLR(optimizer, iterations),
    "one_cycle": lambda optimizer, iterations: OneCycleLR(
        optimizer, [group["lr"] for group in optimizer.param_groups], iterations, cycle_momentum=False
    ),
}
"""Learning rate over all iterations: constant; decaying to 0 along half a cosine (Loshchilov and Hutter, "SGDR", ICLR
2017, without restarts); or rising from 1/25 for 30 % of them and then falling to nearly 0 (Smith and Topin,
"Super-Convergence", 2018)."""


@dataclass(frozen=True)
class TrainingSettings:
    """The hyperparameters of one training. The defaults are the study's, or else those of BasicSR."""

    iterations: int = 50_000
    batch_size: int = 16
    patch_size: int = 128  # side in high-resolution pixels
    initialisation: str = "default"  # one of INITIALISATIONS; default: BasicSR's and the authors' own
    learning_rate: float = 1e-4
    schedule: str = "constant"  # one of SCHEDULES; BasicSR's first milestone is at 50,000 iterations or later
    betas: tuple[float, float] = (0.9, 0.99)
    ema: float = 0.999  # decay of the moving average of the weights, which is the result; 0: use the last weights
    pixel_weight: float = 1e-2  # of the L1 loss of pixels, added to a perceptual loss
    adversarial_weight: float = 1e-3  # SRGAN, Equation 3
    discriminator_learning_rate: float | None = None  # None: same as the network's
    discriminator_features: int = 64
    perceptual_weights: str = "imagenet"  # or "random"
    vgg_layer: str = "conv5_4"  # SRGAN's VGG54
    permute_colours: bool = False  # for training images of few colours, so that networks handle other colours too
    precision: str = "float32"  # one of runtime.precision.PRECISIONS; BasicSR's
    checkpoint_every: int = 5_000


class Trainer:
    """Train one network, for an adversarial loss together with its discriminator; the two alternate as in BasicSR.

    ``initial`` is a file of weights to start from (see `networks.loading.trained`), or None for random weights.
    ``losses`` has one row per iteration, the `LOSS_PARTS`, with 0 for parts that the network's loss does not have.
    ``precision`` is that of the settings, resolved for the device. Raises `InputError` for invalid settings.
    """

    def __init__(
        self,
        row: NetworkRow,
        architecture_settings: Mapping[str, Any],
        settings: TrainingSettings,
        device: str = "cpu",
        initial: str | Path | None = None,
    ):
        self._name, self._settings, self._device = row.network, settings, device
        self._losses: list[list[float]] = []
        self._unread: list[torch.Tensor] = []
        self.precision = resolve_precision(settings.precision, device, key="training.precision")
        least = row.scale * smallest_patch(row.architecture, **architecture_settings)
        if settings.patch_size < least:
            raise InputError(
                f"patch_size: {settings.patch_size} is too small for {row.architecture} at {row.scale}X; "
                f"use {least} at least"
            )
        self.network = build_trainable(row.architecture, row.scale, **architecture_settings)
        if initial is not None:
            trained.initialise(self.network, row, initial)
        else:
            _look_up("initialisation", settings.initialisation, INITIALISATIONS)(row.architecture, self.network)
        self.network.to(device)
        self._models: dict[str, nn.Module] = {"network": self.network}
        self._average = None
        if settings.ema:
            self._average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(settings.ema))
            self._average.update_parameters(self.network)  # the first call copies the weights, as in BasicSR
            self._models["average"] = self._average
        extractor, self._adversarial = _look_up("loss", row.loss, LOSSES)
        rates = {"network": settings.learning_rate}
        if self._adversarial:
            discriminator = Discriminator(settings.patch_size, settings.discriminator_features)
            self._models["discriminator"] = self._discriminator = discriminator.to(device)
            rates["discriminator"] = settings.discriminator_learning_rate or settings.learning_rate
        self._perceptual = extractor is not None
        self._content_loss: nn.Module = nn.L1Loss()
        if self._perceptual:
            self._content_loss = PerceptualLoss(extractor, settings.perceptual_weights, settings.vgg_layer).to(device)
        self._zero = torch.zeros((), device=device)
        if self._on_gpu or self.precision == "bfloat16":
            for model in (*self._models.values(), self._content_loss):
                move: Callable[..., nn.Module] = model.to  # torch's type stubs lack memory_format
                move(memory_format=torch.channels_last)
        schedule = _look_up("schedule", settings.schedule, SCHEDULES)
        self._optimizers = {
            name: torch.optim.Adam(self._models[name].parameters(), rate, settings.betas, fused=True)
            for name, rate in rates.items()
        }
        self._schedules = {
            name: schedule(optimizer, settings.iterations) for name, optimizer in self._optimizers.items()
        }

    @property
    def result(self) -> nn.Module:
        """The network to keep: the moving average of the weights if enabled, else the trained network itself."""
        return self.network if self._average is None else self._average.module

    @property
    def iterations(self) -> int:
        """Number of iterations so far."""
        return len(self._losses) + len(self._unread)

    @property
    def losses(self) -> list[list[float]]:
        """Losses of all iterations so far. On a GPU this waits for it.

        Raises `FloatingPointError` if one is not finite.
        """
        if self._unread:
            read, self._unread = torch.stack(self._unread).tolist(), []
            for losses in read:
                if not all(map(math.isfinite, losses)):
                    raise self._diverged(f"the loss is not finite at iteration {len(self._losses) + 1}")
                self._losses.append(losses)
        return self._losses

    def step(self, low: np.ndarray | torch.Tensor, high: np.ndarray | torch.Tensor) -> None:
        """Train on one batch of low- and high-resolution patches, uint8 (n, 3, side, side) RGB.

        Raises `FloatingPointError` if a loss is not finite; on a GPU some iterations later, so as not to wait for it.
        """
        given, truth = (torch.as_tensor(patches, device=self._device).float() / 255 for patches in (low, high))
        with autocast(self.precision, self._device):
            images = self.network(given).float()
            parts = {"content": self._content_loss(images, truth)}
            loss = parts["content"]
            if self._perceptual and self._settings.pixel_weight:
                parts["pixel"] = nn.functional.l1_loss(images, truth)
                loss = loss + self._settings.pixel_weight * parts["pixel"]
            if self._adversarial:
                self._discriminator.requires_grad_(False)
                parts["adversarial"] = adversarial_loss(self._discriminator(images), real=True)
                loss = loss + self._settings.adversarial_weight * parts["adversarial"]
        self._update("network", loss)
        if self._adversarial:
            self._discriminator.requires_grad_(True)
            with autocast(self.precision, self._device):
                of_real = adversarial_loss(self._discriminator(truth), real=True)
                of_images = adversarial_loss(self._discriminator(images.detach()), real=False)
                parts["discriminator"] = of_real + of_images
            self._update("discriminator", parts["discriminator"])
        if self._average is not None:
            self._average.update_parameters(self.network)
        self._unread.append(torch.stack([parts.get(name, self._zero).detach() for name in LOSS_PARTS]))
        if len(self._unread) >= READ_EVERY[torch.device(self._device).type]:
            _ = self.losses

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, except its patches.

        Raises `FloatingPointError` if the last step resulted in values that are not finite.
        """
        self.check_finite()
        return {
            "models": {name: model.state_dict() for name, model in self._models.items()},
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()},
            "schedules": {name: schedule.state_dict() for name, schedule in self._schedules.items()},
            "losses": torch.tensor(self.losses, dtype=torch.float64),
            "random": torch.get_rng_state(),
            "random_of_gpus": [torch.cuda.get_rng_state()] if self._on_gpu else [],
            "precision": self.precision,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore a `state`, also from a machine with other GPUs.

        On the same type of device and in the same precision, training continues as if it had not been interrupted.
        """
        for name, model in self._models.items():
            model.load_state_dict(state["models"][name])
        for name, optimizer in self._optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
            self._schedules[name].load_state_dict(state["schedules"][name])
        self._losses, self._unread = state["losses"].tolist(), []
        torch.set_rng_state(state["random"])
        of_gpus = state["random_of_gpus"]
        if self._on_gpu and of_gpus:
            torch.cuda.set_rng_state(of_gpus[0])  # one job uses one GPU; older checkpoints have the states of all
        if self._on_gpu != bool(of_gpus):
            logger.warning(
                "%s: the checkpoint is of a training on %s and continues on %s: the weights will differ slightly",
                self._name, "a GPU" if of_gpus else "the CPU", self._device,
            )  # fmt: skip

        if self.precision != state["precision"]:
            logger.warning(
                "%s: the checkpoint is of a training in %s and continues in %s: the weights will differ slightly",
                self._name, state["precision"], self.precision,
            )  # fmt: skip

    def check_finite(self) -> None:
        """Raise `FloatingPointError` if weights or the state of the optimizers are not finite.

        The loss of a step is computed before its update, so it does not reveal an update that is not finite.
        """
        models = {name: model.state_dict() for name, model in self._models.items()}
        optimizers = {name: optimizer.state_dict() for name, optimizer in self._optimizers.items()}
        if (name := first_nonfinite({"model": models, "optimizer": optimizers})) is not None:
            raise self._diverged(f"{name} is not finite after iteration {self.iterations}")

    @property
    def _on_gpu(self) -> bool:
        return torch.device(self._device).type == "cuda"

    def _diverged(self, reason: str) -> FloatingPointError:
        rate = self._settings.learning_rate
        return FloatingPointError(f"{self._name}: {reason}; try a training.learning_rate below {rate:g}")

    def _update(self, name: str, loss: torch.Tensor) -> None:
        self._optimizers[name].zero_grad()
        loss.backward()
        self._optimizers[name].step()
        self._schedules[name].step()


def adversarial_loss(logits: torch.Tensor, real: bool) -> torch.Tensor:
    """Adversarial loss of SRGAN (Ledig et al., CVPR 2017, Equation 6 for ``real``), averaged over patches."""
    logits = logits.float()
    return nn.functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def _look_up(key: str, name: str, table: Mapping[str, Any]) -> Any:
    if name not in table:
        raise InputError(f"{key}: {name!r} is not known; use one of {', '.join(table)}")
    return table[name]

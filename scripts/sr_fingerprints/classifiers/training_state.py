"""The state of a classifier's training: weights, optimizer, schedule, and the best epoch so far."""

from typing import Any

import torch
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from sr_fingerprints.classifiers.backbones import Classifier
from sr_fingerprints.classifiers.settings import ClassifierSettings


class TrainingState:
    """What changes from epoch to epoch: all that a checkpoint holds.

    ``images`` is the number of images for training. ``epoch`` counts the epochs that are done, of both phases;
    ``best_epoch`` counts from 1.
    """

    def __init__(self, classifier: Classifier, settings: ClassifierSettings, images: int):
        self.classifier, self.settings = classifier, settings
        self.steps = settings.steps_per_epoch or max(1, images // settings.batch_size)
        self.epoch = 0
        self.best_epoch = 0
        self.best_weights: dict[str, torch.Tensor] = {}
        self.curve: list[list[float]] = []  # [epoch, training loss, validation accuracy, learning rate]
        self.start_phase()

    def start_phase(self) -> None:
        """Begin training the last layer alone, or everything, with a new optimizer and schedule."""
        settings = self.settings
        head_only = self.epoch < settings.head_epochs
        self.best_accuracy = -1.0
        self.classifier.backbone.requires_grad_(not head_only)
        optimizer = {"adamax": torch.optim.Adamax, "adamw": torch.optim.AdamW}[settings.optimizer]
        self.optimizer: torch.optim.Optimizer = optimizer(self.classifier.parameters(), lr=settings.learning_rate)
        self.schedule: OneCycleLR | ReduceLROnPlateau
        if settings.schedule == "one_cycle":
            steps = self.steps * (settings.head_epochs if head_only else settings.epochs)
            self.schedule = OneCycleLR(self.optimizer, settings.learning_rate, total_steps=steps)
        else:
            self.schedule = ReduceLROnPlateau(self.optimizer, "min", patience=3)

    @property
    def learning_rate(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    def is_finished(self) -> bool:
        """Whether all epochs are done, or the second phase has lowered the learning rate below the least."""
        settings = self.settings
        falling = settings.schedule == "plateau" and self.epoch > settings.head_epochs
        too_low = falling and self.learning_rate < settings.stop_below_learning_rate
        return too_low or self.epoch == settings.head_epochs + settings.epochs

    def end_epoch(self, loss: float, share: float) -> None:
        """Keep the weights if they are the best so far, and lower the learning rate if the loss no longer falls.

        ``loss`` is the mean of the epoch, ``share`` the accuracy on validation.
        """
        self.epoch += 1
        if share > self.best_accuracy:
            self.best_accuracy, self.best_epoch = share, self.epoch
            self.best_weights = {
                key: value.detach().cpu().clone() for key, value in self.classifier.state_dict().items()
            }
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(loss)
        self.curve.append([self.epoch, loss, share, self.learning_rate])

    def state_dict(self) -> dict[str, Any]:
        return {
            "classifier": self.classifier.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "best": self.best_weights,
            "progress": [self.epoch, self.best_epoch, self.best_accuracy, self.curve],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.classifier.load_state_dict(state["classifier"])
        self.best_weights = state["best"]
        self.epoch, self.best_epoch, best_accuracy, self.curve = state["progress"]
        self.start_phase()
        self.best_accuracy = best_accuracy
        if self.epoch != self.settings.head_epochs:  # else these are of the first phase, and the second begins
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])

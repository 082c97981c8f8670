"""The state of a classifier's training: weights, optimizer, schedule, and the best epoch so far."""

from typing import Any

import torch
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from sr_fingerprints.classifiers.backbones import Classifier
from sr_fingerprints.classifiers.settings import ClassifierSettings


class TrainingState:
    """State of training that changes from epoch to epoch: the content of a checkpoint.

    ``images`` is the number of training images. ``epoch`` is the number of completed epochs of both phases;
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
        """Start a phase (last layer only, or everything) with a new optimizer and schedule."""
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
        """Whether all epochs are done, or the learning rate of the second phase is below the minimum."""
        settings = self.settings
        falling = settings.schedule == "plateau" and self.epoch > settings.head_epochs
        too_low = falling and self.learning_rate < settings.stop_below_learning_rate
        return too_low or self.epoch == settings.head_epochs + settings.epochs

    def end_epoch(self, loss: float, validation_accuracy: float) -> None:
        """Keep the weights if they are the best so far, and update the schedule ``plateau``.

        ``loss`` is the epoch's mean training loss; ``validation_accuracy`` is between 0 and 1.
        """
        self.epoch += 1
        if validation_accuracy > self.best_accuracy:
            self.best_accuracy, self.best_epoch = validation_accuracy, self.epoch
            self.best_weights = {
                key: value.detach().cpu().clone() for key, value in self.classifier.state_dict().items()
            }
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(loss)
        self.curve.append([self.epoch, loss, validation_accuracy, self.learning_rate])

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
        if self.epoch != self.settings.head_epochs:  # else the saved ones are of the first phase, which is over
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])

"""Training of one classifier, resumable after every epoch."""

import csv
import io
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from sr_fingerprints.classifiers.backbones import Classifier, build_classifier
from sr_fingerprints.classifiers.crops import Crops
from sr_fingerprints.classifiers.saving import load_classifier, save_classifier
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import first_nonfinite
from sr_fingerprints.runtime.light_imports import without_compiler
from sr_fingerprints.runtime.memory import AdaptiveBatch, explain_gpu_oom, explain_kept_checkpoint
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import file_stamps, settings_digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClassifierSettings:
    """How a classifier is trained; lengths in pixels.

    It learns from random crops of side ``crop`` and is validated and tested on centre crops of side
    ``evaluation_crop``: equal in the paper; a larger one shows more of a fingerprint to a backbone that takes
    any size (Touvron et al., NeurIPS 2019, say why that helps).

    The backbone sees ``input``; ``dropout`` is before the last layer, ``stochastic_depth`` in timm's backbones.
    ``head_epochs`` of the last layer alone, then ``epochs`` of everything, each phase with an optimizer and a
    schedule of its own, as in the authors' code; the best epoch is one of the second phase, as there. With schedule
    ``plateau`` the learning rate falls to a tenth when the training loss has not fallen for more than 3 epochs, and
    training stops when it is below ``stop_below_learning_rate`` (the paper: Adamax, 5e-4; the authors' code: stop
    under 4e-6); with ``one_cycle`` it rises and falls once over all steps of the phase (Smith and Topin 2018), which
    gets the most out of few epochs.
    """

    backbone: str
    weights: str
    input: str
    dropout: float
    stochastic_depth: float
    crop: int
    evaluation_crop: int
    batch_size: int
    epochs: int
    head_epochs: int
    steps_per_epoch: int | None
    optimizer: str
    learning_rate: float
    schedule: str
    stop_below_learning_rate: float


def train_classifier(
    images: Sequence[str | Path],
    labels: Sequence[str],
    output: str | Path,
    curve: str | Path,
    checkpoint: str | Path,
    settings: ClassifierSettings,
    seed: int,
    initial: str | Path | None = None,
    shuffle_labels: bool = False,
    device: str = "cpu",
) -> None:
    """Train a classifier to tell the ``labels`` of networks from crops of their ``images``.

    Parameters
    ----------
    images, labels
        One super-resolved collection (HDF5) and one label a network.
    output, curve
        Weights of the best epoch on validation (safetensors), and loss and accuracy of every epoch (CSV).
    checkpoint
        Where the state after the last epoch is kept until training is done. Training that was interrupted
        goes on from there and ends with the same bytes.
    initial
        A trained classifier whose backbone is the starting point.
    shuffle_labels
        Deal the labels out to the images at random, in training and validation. What such a classifier is good
        for is chance: a control.

    Raises `InputError` when images are smaller than a crop, files are damaged, the loss or the weights are not
    finite, and when a GPU's memory does not suffice.
    """
    classes = sorted(set(labels))
    targets = [classes.index(label) for label in labels]
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms is the same, but imports the compiler
    torch.manual_seed(seed)
    start = "none" if initial else settings.weights
    regularisation = settings.dropout, settings.stochastic_depth
    classifier = build_classifier(settings.backbone, len(classes), start, settings.input, *regularisation)
    if initial:
        classifier.backbone.load_state_dict(load_classifier(initial).classifier.backbone.state_dict())
    # The channels of a pixel side by side: a quarter faster on a CPU, and how the crops lie in memory anyway.
    classifier.to(device, memory_format=torch.channels_last)
    with (
        without_compiler(),
        Crops(images, targets, "train", settings.crop) as training,
        Crops(images, targets, "validation", settings.evaluation_crop) as validation,
    ):
        if shuffle_labels:
            for number, crops in enumerate((training, validation)):
                crops.shuffle_targets(np.random.default_rng([seed, number]))
        data = file_stamps([*images, initial] if initial else images)
        identity = settings_digest([asdict(settings), data, list(labels), seed, shuffle_labels])
        run = _Run(classifier, settings, len(training), Path(checkpoint), identity)
        while not run.finished:
            run.learn(training, seed, device)
            run.validate(validation, device)
    provenance = {"classes": classes, "labels": list(labels), "seed": seed, "settings": asdict(settings)}
    provenance |= {"shuffled_labels": shuffle_labels, "device": device}
    classifier.load_state_dict(run.best)
    write_text(curve, run.curve_as_csv())
    save_classifier(output, classifier, provenance | {"best_epoch": run.best_epoch})
    Path(checkpoint).unlink(missing_ok=True)


def accuracy(classifier: Classifier, crops: Crops, batch_size: int, device: str, at_once: AdaptiveBatch) -> float:
    """Share of centre crops whose class is recognised."""
    classifier.eval()
    too_large = crop_too_large(crops.side, device)
    right = 0
    with torch.inference_mode():
        for images, targets in crops.center_batches(batch_size):
            found = at_once(partial(_recognised, classifier, images, device), len(images), len(images), too_large)
            right += int((np.concatenate(found) == targets).sum())
    return right / len(crops)


def crop_too_large(side: int, device: str) -> str:
    """What is wrong when the memory of ``device`` does not hold one crop that is to be classified."""
    return (
        f"classifiers.evaluation_crop: found {side}, with which not even one crop fits into the memory of {device}; "
        "allowed: a smaller one, or a GPU with fewer other jobs"
    )


def _recognised(classifier: Classifier, images: np.ndarray, device: str, part: slice) -> np.ndarray:
    return classifier(as_input(images[part], device)).argmax(1).cpu().numpy()


def as_input(images: np.ndarray, device: str) -> torch.Tensor:
    """From uint8 (n, side, side, 3) to float32 (n, 3, side, side) in [0, 1]."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float().div(255)


class _Run:
    """A training under way: all of it that changes from epoch to epoch."""

    def __init__(
        self, classifier: Classifier, settings: ClassifierSettings, images: int, checkpoint: Path, identity: str
    ):
        self.classifier, self.settings, self.checkpoint, self.identity = classifier, settings, checkpoint, identity
        self.steps = settings.steps_per_epoch or max(1, images // settings.batch_size)
        self.epoch, self.best_epoch, self.best_accuracy = 0, 0, -1.0
        self.best: dict[str, torch.Tensor] = {}
        self.curve: list[list[float]] = []
        self._at_once = AdaptiveBatch("crops")
        self._start_phase()
        self._resume()

    def _start_phase(self) -> None:
        """A fresh optimizer and schedule, for the last layer alone or for everything."""
        settings = self.settings
        kind = {"adamax": torch.optim.Adamax, "adamw": torch.optim.AdamW}[settings.optimizer]
        self.optimizer = kind(self.classifier.parameters(), lr=settings.learning_rate)
        if settings.schedule == "one_cycle":
            steps = self.steps * (settings.head_epochs if self._only_head else settings.epochs)
            self.schedule = torch.optim.lr_scheduler.OneCycleLR(
                self.optimizer, settings.learning_rate, total_steps=steps
            )
        else:
            self.schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(self.optimizer, "min", patience=3)

    @property
    def _only_head(self) -> bool:
        return self.epoch < self.settings.head_epochs

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or the learning rate has fallen too far to go on."""
        falling = self.settings.schedule == "plateau" and not self._only_head
        too_low = falling and self.rate < self.settings.stop_below_learning_rate
        return too_low or self.epoch == self.settings.head_epochs + self.settings.epochs

    def learn(self, crops: Crops, seed: int, device: str) -> None:
        """One epoch; everything random in it follows from the seed and the epoch's number."""
        epoch = self.epoch
        torch.manual_seed(seed * 100_003 + epoch)
        if epoch and epoch == self.settings.head_epochs:
            self._start_phase()
            self.best_accuracy = -1.0
        self.classifier.backbone.requires_grad_(not self._only_head)
        self.classifier.train()
        batches = crops.random_batches(
            self.settings.batch_size, np.random.default_rng([seed, epoch]), self.settings.steps_per_epoch
        )
        total = 0.0
        for step, (images, targets) in enumerate(progress(batches, f"epoch {epoch + 1}", self.steps), 1):
            with explain_gpu_oom(self._batch_too_large):
                loss = self._step(images, targets, step, device)
            total += loss
        self.mean_loss = total / self.steps

    def _step(self, images: np.ndarray, targets: np.ndarray, step: int, device: str) -> float:
        """Learn from one batch; its loss before that."""
        logits = self.classifier(as_input(images, device))
        loss = nn.functional.cross_entropy(logits, torch.from_numpy(targets).to(device))
        if not torch.isfinite(loss):
            raise self._diverged(f"the loss became {loss.item()} in step {step} of epoch {self.epoch + 1}")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        if self.settings.schedule == "one_cycle":
            self.schedule.step()
        return loss.item()

    def _diverged(self, told: str) -> InputError:
        return InputError(
            f"classifiers.learning_rate: found {self.settings.learning_rate}, with which {told}; "
            f"allowed: a lower one; {self._kept}"
        )

    def _batch_too_large(self) -> str:
        return (
            "classifiers.batch_size and classifiers.crop: "
            f"found {self.settings.batch_size} and {self.settings.crop}; the GPU's memory does not suffice; "
            f"allowed: less, or a GPU with fewer other jobs; {self._kept}"
        )

    @property
    def _kept(self) -> str:
        """What is left of a training that stops here."""
        if not self.epoch:
            return "there is no checkpoint yet"
        return explain_kept_checkpoint(self.checkpoint, f"epoch {self.epoch}")

    def validate(self, crops: Crops, device: str) -> None:
        """End the epoch: keep the weights if they are the best so far, and write the checkpoint."""
        state = {"classifier": self.classifier.state_dict(), "optimizer": self.optimizer.state_dict()}
        if (name := first_nonfinite(state)) is not None:
            raise self._diverged(f"{name} was not finite at the end of epoch {self.epoch + 1}")
        share = accuracy(self.classifier, crops, self.settings.batch_size, device, self._at_once)
        if share > self.best_accuracy:
            self.best_accuracy, self.best_epoch = share, self.epoch + 1
            self.best = {key: value.detach().cpu().clone() for key, value in self.classifier.state_dict().items()}
        if self.settings.schedule == "plateau":
            self.schedule.step(self.mean_loss)
        self.epoch += 1
        self.curve.append([self.epoch, self.mean_loss, share, self.rate])
        logger.info("epoch %d: loss %.4f, validation accuracy %.1f %%", self.epoch, self.mean_loss, 100 * share)
        self._save()

    @property
    def rate(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    def curve_as_csv(self) -> str:
        """Loss, validation accuracy and learning rate of every epoch."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["epoch", "training_loss", "validation_accuracy", "learning_rate"])
        rows.writerows(self.curve)
        return text.getvalue()

    def _save(self) -> None:
        state = {
            "classifier": self.classifier.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "best": self.best,
            "progress": [self.epoch, self.best_epoch, self.best_accuracy, self.curve],
        }
        write_checkpoint(self.checkpoint, self.identity, state)

    def _resume(self) -> None:
        state = read_checkpoint(self.checkpoint, self.identity)
        if state is None:
            return
        self.classifier.load_state_dict(state["classifier"])
        self.best = state["best"]
        self.epoch, self.best_epoch, self.best_accuracy, self.curve = state["progress"]
        if self.epoch != self.settings.head_epochs:  # else the next epoch starts the second phase
            self._start_phase()
            self.optimizer.load_state_dict(state["optimizer"])
            self.schedule.load_state_dict(state["schedule"])
        logger.info("going on after epoch %d of %s", self.epoch, self.checkpoint)

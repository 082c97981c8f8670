"""Training of one classifier, with validation and a checkpoint after every epoch.

`train_classifier` is the entry point; the functions that it calls follow in the order of the calls.
"""

import csv
import io
import logging
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import OneCycleLR

from sr_fingerprints.classifiers.augmentation import augmentation
from sr_fingerprints.classifiers.backbones import Classifier, StatisticsBackbone, build_classifier
from sr_fingerprints.classifiers.crops import Crops, explain_large_crop, in_advance, to_tensor
from sr_fingerprints.classifiers.kept_statistics import KeptStatistics, keep_center_crops, keep_random_crops
from sr_fingerprints.classifiers.precision import training_precision
from sr_fingerprints.classifiers.saving import load_classifier, save_classifier
from sr_fingerprints.classifiers.settings import ClassifierSettings
from sr_fingerprints.classifiers.training_state import TrainingState
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.finite import first_nonfinite
from sr_fingerprints.runtime.light_imports import without_compiler
from sr_fingerprints.runtime.memory import AdaptiveBatch, explain_gpu_oom, explain_kept_checkpoint
from sr_fingerprints.runtime.precision import exact_or_tf32
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import file_stamps, settings_digest

logger = logging.getLogger(__name__)

READ_EVERY = 50
"""Steps whose losses are read together: a GPU computes on meanwhile, and a diverging training goes on for so long."""


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
    training_photos: int | None = None,
    device: str = "cpu",
    names: Collection[str] | None = None,
) -> None:
    """Train a classifier to predict the ``labels`` of networks from crops of their ``images``.

    Parameters
    ----------
    images, labels
        One super-resolved collection (HDF5) and one label per network.
    output, curve
        Weights of the epoch with the best validation accuracy (safetensors), and loss and accuracy of every epoch
        (CSV).
    checkpoint
        File that holds the state after the last epoch until training is done. Interrupted training resumes from it
        and ends with the same bytes.
    initial
        A trained classifier whose backbone initialises this one's.
    shuffle_labels
        Shuffle the labels of the training and validation images: a control, whose test accuracy is chance.
    training_photos
        Number of training photos that are used, drawn with ``seed``; None for all.
    names
        Names of the photos (or tiles) whose images are used, for training and for validation; None for all.

    Raises `InputError` when images are smaller than a crop, files are damaged, the loss or the weights are not
    finite, and when GPU memory is too small.
    """
    classes = sorted(set(labels))
    targets = [classes.index(label) for label in labels]
    checkpoint = Path(checkpoint)
    torch.set_deterministic_debug_mode("warn")  # like use_deterministic_algorithms, which imports the compiler
    torch.manual_seed(seed)
    classifier = _initial_classifier(settings, len(classes), initial)
    classifier.precision = training_precision(asdict(settings), device)
    # A quarter faster on a CPU, and the memory layout of the crops anyway.
    classifier.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    with (
        without_compiler(),
        exact_or_tf32(classifier.precision, device),
        Crops(images, targets, "train", settings.crop, training_photos, order=seed, names=names) as training,
        Crops(images, targets, "validation", settings.evaluation_crop, names=names) as validation,
    ):
        if shuffle_labels:
            training.shuffle_targets(np.random.default_rng([seed, 0]))
            validation.shuffle_targets(np.random.default_rng([seed, 1]))
        seen = _statistics_of(validation, classifier, settings, device)
        data = file_stamps([*images, initial] if initial else images)
        chosen = [training_photos, *([] if names is None else [sorted(names)]), classifier.precision]
        identity = settings_digest([asdict(settings), data, list(labels), seed, shuffle_labels, *chosen])
        state = TrainingState(classifier, settings, len(training))
        if (saved := read_checkpoint(checkpoint, identity)) is not None:
            state.load_state_dict(saved)
            logger.info("resuming after epoch %d of %s", state.epoch, checkpoint)
        epochs = settings.head_epochs + settings.epochs - state.epoch
        drawn = epochs * (settings.kept_crops or state.steps * settings.batch_size)
        training.hold(drawn, device, augmented=settings.augmentation is not None)
        adaptive_batch = AdaptiveBatch("crops")
        while not state.is_finished():
            if state.epoch == settings.head_epochs:  # from here on, everything is trained
                state.start_phase()
            with _explain_errors(settings, checkpoint, state.epoch):
                loss = train_epoch(state, training, seed, device)
            validation_accuracy = accuracy(classifier, seen, settings.batch_size, device, adaptive_batch)
            state.end_epoch(loss, validation_accuracy)
            write_checkpoint(checkpoint, identity, state.state_dict())
            logger.info(
                "epoch %d: loss %.4f, validation accuracy %.1f %%", state.epoch, loss, 100 * validation_accuracy
            )
    provenance = {"classes": classes, "labels": list(labels), "seed": seed, "settings": asdict(settings)}
    provenance |= {"shuffled_labels": shuffle_labels, "device": device, "best_epoch": state.best_epoch}
    provenance |= {"precision": classifier.precision}
    provenance |= {"training_photos": len(training.photos)}
    classifier.load_state_dict(state.best_weights)
    write_text(curve, _curve_as_csv(state.curve))
    save_classifier(output, classifier, provenance)
    checkpoint.unlink(missing_ok=True)


def _initial_classifier(settings: ClassifierSettings, classes: int, initial: str | Path | None) -> Classifier:
    """Build the untrained classifier, with the backbone of the classifier ``initial`` if given."""
    weights = "none" if initial else settings.weights
    classifier = build_classifier(
        settings.backbone, classes, weights, settings.input, settings.dropout, settings.stochastic_depth
    )
    if initial:
        classifier.backbone.load_state_dict(load_classifier(initial).classifier.backbone.state_dict())
    return classifier


def _statistics_of(
    validation: Crops, classifier: Classifier, settings: ClassifierSettings, device: str
) -> Crops | KeptStatistics:
    """What validation looks at: of a backbone with statistics, those of its crops, which stay the same.

    Raises `InputError` for ``kept_crops`` without such a backbone, and for such a backbone without them.
    """
    kept = settings.kept_crops
    if not isinstance(classifier.backbone, StatisticsBackbone):
        if kept is not None:
            raise InputError(f"classifiers.kept_crops: found {kept}; allowed with backbone {settings.backbone}: null")
        return validation
    if kept is None:  # nothing would tell in which units statistics are to be taken
        raise InputError(f"classifiers.kept_crops: found null; allowed with backbone {settings.backbone}: a number")
    return keep_center_crops(validation, classifier.backbone, device)


def train_epoch(state: TrainingState, crops: Crops, seed: int, device: str) -> float:
    """Train for one epoch and return its mean loss; all randomness follows from ``seed`` and the epoch.

    Raises `FloatingPointError` when the loss or, at the end, the weights are not finite.
    """
    classifier, optimizer, schedule, number = state.classifier, state.optimizer, state.schedule, state.epoch + 1
    torch.manual_seed(seed * 100_003 + state.epoch)
    random = np.random.default_rng([seed, state.epoch])
    classifier.train()
    total = 0.0
    unread: list[torch.Tensor] = []  # on the device: to read one is to wait for it
    batches = in_advance(_random_batches(state, crops, random, device), device)
    for step, (images, targets) in enumerate(progress(batches, f"epoch {number}", state.steps), 1):
        loss = cross_entropy(classifier(_on(device, images)), _on(device, targets))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if isinstance(schedule, OneCycleLR):
            schedule.step()
        unread.append(loss.detach())
        if len(unread) == READ_EVERY or step == state.steps:
            for earlier, value in enumerate(torch.stack(unread).tolist(), step + 1 - len(unread)):
                if not math.isfinite(value):
                    raise FloatingPointError(f"the loss became {value} in step {earlier} of epoch {number}")
                total += value
            unread.clear()
    numbers = {"classifier": classifier.state_dict(), "optimizer": optimizer.state_dict()}
    if (name := first_nonfinite(numbers)) is not None:
        raise FloatingPointError(f"{name} was not finite at the end of epoch {number}")
    return total / state.steps


def _random_batches(
    state: TrainingState, crops: Crops, random: np.random.Generator, device: str
) -> Iterable[tuple[np.ndarray | torch.Tensor, npt.NDArray[np.int64]]]:
    """Batches of one epoch: of new crops, or, with ``kept_crops``, of statistics."""
    settings, backbone = state.settings, state.classifier.backbone
    degraded = augmentation(settings.augmentation)
    if settings.kept_crops is None or not isinstance(backbone, StatisticsBackbone):
        return crops.random_batches(settings.batch_size, random, state.steps, degraded)
    kept = keep_random_crops(crops, settings.kept_crops, backbone, random, degraded, device)
    if not backbone.is_standardised:  # else its layers were trained with these units
        backbone.standardise(kept.values)
    return kept.random_batches(settings.batch_size, random, state.steps)


@contextmanager
def _explain_errors(settings: ClassifierSettings, checkpoint: Path, epochs: int) -> Iterator[None]:
    """Raise `InputError` with the settings and the checkpoint when training diverges or exceeds GPU memory."""
    kept = explain_kept_checkpoint(checkpoint, "epoch", epochs)
    too_large = (
        f"classifiers.batch_size and classifiers.crop: found {settings.batch_size} and {settings.crop}; the GPU's "
        f"memory is too small; allowed: smaller ones, or a GPU with fewer other jobs; {kept}"
    )
    try:
        with explain_gpu_oom(lambda: too_large):
            yield
    except FloatingPointError as error:
        raise InputError(
            f"classifiers.learning_rate: found {settings.learning_rate}, with which {error}; "
            f"allowed: a lower one; {kept}"
        ) from error


def accuracy(
    classifier: Classifier, crops: Crops | KeptStatistics, batch_size: int, device: str, adaptive_batch: AdaptiveBatch
) -> float:
    """Share, 0 to 1, of centre crops that are classified correctly.

    Raises `InputError` when GPU memory is too small for even one crop.
    """
    classifier.eval()
    too_large = explain_large_crop(crops.side, device)
    predicted: list[torch.Tensor] = []
    with torch.inference_mode():
        for images, _ in in_advance(crops.center_batches(batch_size), device):
            predict = partial(_predict, classifier, images, device)
            predicted += adaptive_batch(predict, len(images), len(images), too_large)
    return int((torch.cat(predicted).cpu().numpy() == crops.targets).sum()) / len(crops)


def _predict(classifier: Classifier, images: np.ndarray | torch.Tensor, device: str, part: slice) -> torch.Tensor:
    logits: torch.Tensor = classifier(_on(device, images[part]))
    return logits.argmax(1)


def _on(device: str, values: np.ndarray | torch.Tensor) -> torch.Tensor:
    """Crops, or statistics of crops, as a classifier takes them; or classes."""
    if values.ndim == 4:
        return to_tensor(values, device)
    return torch.as_tensor(values).to(device, non_blocking=True)


def _curve_as_csv(curve: Sequence[Sequence[float]]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["epoch", "training_loss", "validation_accuracy", "learning_rate"])
    rows.writerows(curve)
    return text.getvalue()

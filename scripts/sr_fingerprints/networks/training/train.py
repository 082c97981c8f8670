"""Train one super-resolution network, from two files of images to a file of weights."""

import csv
import hashlib
import io
import json
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.files.training_checkpoints import read_checkpoint, write_checkpoint
from sr_fingerprints.networks.loading import trained
from sr_fingerprints.networks.training.device_patches import batches_on
from sr_fingerprints.networks.training.patches import PatchPairs
from sr_fingerprints.networks.training.trainer import LOSS_PARTS, Trainer, TrainingSettings
from sr_fingerprints.runtime.light_imports import without_compiler
from sr_fingerprints.runtime.memory import explain_gpu_oom, explain_kept_checkpoint
from sr_fingerprints.runtime.precision import exact_or_tf32
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.runtime.provenance import file_digests
from sr_fingerprints.study.network_row import NetworkRow

logger = logging.getLogger(__name__)

CURVE_POINTS = 100


def train_network(
    row: NetworkRow,
    architecture_settings: Mapping[str, Any],
    settings: TrainingSettings,
    high_resolution: str | Path,
    low_resolution: str | Path,
    output: str | Path,
    curve: str | Path,
    checkpoint: str | Path,
    device: str = "cpu",
    initial: str | Path | None = None,
    snapshots: Mapping[str | Path, int] = MappingProxyType({}),
) -> None:
    """Train the network of one row of the table of networks and write its weights to ``output``.

    ``high_resolution`` and ``low_resolution`` are collections of the same images in the same order (see
    `files.images`), the latter downscaled by the row's scale. ``curve`` gets the mean losses over each hundredth of
    the training as CSV. A ``checkpoint`` is written every `TrainingSettings.checkpoint_every` iterations, resumed
    from if it belongs to this training, and removed at the end. A resumed training gives the same weights as an
    uninterrupted one, to the byte. With ``initial``, training starts from the weights in that file, of a network of
    this architecture and scale. ``snapshots`` are files for the weights that the network has after so many iterations
    of this training; they change nothing in it.

    All random numbers (the initial weights, from torch's global random state, and the patches) depend on the row's
    ``seed`` and name. Trainings that differ in the seed alone have other initial weights and other patches. On a CPU
    the resulting weights depend otherwise only on software versions, the number of threads and the processor type, in
    bfloat16 as in float32. What a ``precision`` of ``auto`` is taken for is logged and kept with the weights. On a
    GPU a few of torch's operations, such as the gradient of ResNet18's max-pooling, are not deterministic.

    Raises `InputError` for invalid settings or files and if the GPU's memory is too small, and `FloatingPointError`
    if the loss or the weights are no longer finite. Messages of the last two say what the checkpoint holds.
    """
    checkpoint, seed = Path(checkpoint), seed_of(row)
    with ImageFile(high_resolution) as high, ImageFile(low_resolution) as low, without_compiler():
        patches = PatchPairs(
            high, low, row.scale, settings.patch_size, settings.batch_size, settings.permute_colours, seed
        )
        torch.manual_seed(seed)
        torch.backends.cudnn.deterministic = True
        trainer = Trainer(row, architecture_settings, settings, device, initial)
        passed = _Snapshots(trainer, snapshots.values())
        identity = _identity(row, architecture_settings, settings, patches, initial, passed.iterations)
        resumed = read_checkpoint(checkpoint, identity)
        if resumed:
            passed.weights = resumed.pop("snapshots", {})
            trainer.load_state(resumed)
            logger.info("resuming after iteration %d", trainer.iterations)
        kept = start = trainer.iterations
        stop = settings.iterations

        def kept_state() -> str:
            return explain_kept_checkpoint(checkpoint, "iteration", kept)

        try:
            with (
                explain_gpu_oom(lambda: _batch_too_large(row, settings, kept_state())),
                exact_or_tf32(trainer.precision, device),
            ):
                passed.keep(start)
                for batch in progress(batches_on(device, patches, start, stop), row.network, stop - start):
                    trainer.step(*batch)
                    done = trainer.iterations
                    passed.keep(done)
                    if done % settings.checkpoint_every == 0 and done < stop:
                        write_checkpoint(checkpoint, identity, trainer.state() | passed.state())
                        kept = done
            trainer.check_finite()
        except FloatingPointError as error:
            raise FloatingPointError(f"{error}; {kept_state()}") from error
    write_text(curve, curve_table(trainer.losses))
    trained.save(output, trainer.result, row, architecture_settings, trainer.precision)
    for path, iteration in snapshots.items():
        trained.save_weights(path, passed.weights[iteration], row, architecture_settings, trainer.precision)
    checkpoint.unlink(missing_ok=True)


class _Snapshots:
    """Weights of a network at some iterations of its training. A checkpoint has those that were passed before it."""

    def __init__(self, trainer: Trainer, iterations: Iterable[int]):
        self._trainer, self.iterations = trainer, sorted(set(iterations))
        self.weights: dict[int, dict[str, torch.Tensor]] = {}

    def keep(self, iteration: int) -> None:
        """Copy the weights if a snapshot of this iteration is asked for."""
        if iteration in self.iterations:
            weights = self._trainer.result.state_dict()
            self.weights[iteration] = {name: value.detach().cpu().clone() for name, value in weights.items()}

    def state(self) -> dict[str, Any]:
        """For the checkpoint; nothing where no snapshots are asked for."""
        return {"snapshots": self.weights} if self.iterations else {}


def seed_of(row: NetworkRow) -> int:
    """Seed of all random generators of one training, 63 bits, derived from the row's seed and name."""
    digest = hashlib.sha256(f"{row.network} {row.seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def curve_table(losses: list[list[float]]) -> str:
    """A training curve as CSV: the mean of each of `LOSS_PARTS` over each hundredth of the training."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["iteration", *LOSS_PARTS])
    window = math.ceil(len(losses) / CURVE_POINTS) or 1
    for start in range(0, len(losses), window):
        rows = losses[start : start + window]
        means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        table.writerow([start + len(rows), *(f"{mean:.6g}" for mean in means)])
    return stream.getvalue()


def _batch_too_large(row: NetworkRow, settings: TrainingSettings, kept: str) -> str:
    return (
        f"training.batch_size and training.patch_size: found {settings.batch_size} and {settings.patch_size}; the "
        f"GPU's memory is too small to train {row.network}; allowed: less, or a GPU with fewer other jobs; "
        f"{kept}"
    )


def _identity(
    row: NetworkRow,
    architecture_settings: Mapping[str, Any],
    settings: TrainingSettings,
    patches: PatchPairs,
    initial: str | Path | None,
    snapshots: list[int],
) -> str:
    described = {key: getattr(row, key) for key in ("network", "architecture", "scale", "loss", "seed")}
    described |= {"architecture_settings": dict(architecture_settings), "settings": asdict(settings)}
    described["initial"] = list(file_digests([initial] if initial else []).values())
    described |= {"snapshots": snapshots} if snapshots else {}
    return json.dumps(described | {"data": patches.identity(), "torch": torch.__version__}, sort_keys=True)

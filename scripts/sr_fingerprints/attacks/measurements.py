"""What recognisers said of attacked images, one row for each image and recogniser, for the table and the figure."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sr_fingerprints.attacks.columns import COLUMNS
from sr_fingerprints.attacks.laundering import squared_errors
from sr_fingerprints.attacks.recognisers import Recogniser
from sr_fingerprints.attacks.samples import Pixels, Sample
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.hdf5 import create_hdf5

Distance = Callable[[Pixels, Pixels], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Condition:
    """One attack on images of one split: the columns of the same names (see `COLUMNS`)."""

    attack: str
    split: str
    method: str = ""
    setting: str = ""
    strength: float = 0.0
    reached: bool = True


@dataclass
class Measurements:
    """Collects what recognisers say.

    Of each condition, ``distances`` images are compared by LPIPS, which costs more than recognising them.
    """

    recognisers: Mapping[str, Recogniser]
    distance: Distance
    lpips_weights: str
    distances: int
    rows: list[list[object]] = field(default_factory=list)
    features: dict[str, list[npt.NDArray[np.float32]]] = field(default_factory=dict)

    def add(
        self,
        condition: Condition,
        sample: Sample,
        images: Pixels,
        groups: Sequence[str] | None = None,
        targets: Sequence[str] | None = None,
        asked: Sequence[str] = (),
        compare: bool = True,
    ) -> None:
        """Ask the recognisers ``asked`` (none: all) about ``images``, which an attack made of those of ``sample``.

        ``groups`` and ``targets`` have one entry per image: its group, and whom it is to be blamed on. Without
        ``compare``, LPIPS is not measured.
        """
        nothing = [""] * len(sample)
        groups, targets = groups or nothing, targets or nothing
        errors = squared_errors(images, sample.images)
        lpips: list[object] = [""] * len(sample)
        if compare:
            chosen = np.unique(np.linspace(0, len(sample) - 1, self.distances).round().astype(int))
            for row, value in zip(chosen, self.distance(images[chosen], sample.images[chosen]), strict=True):
                lpips[row] = float(value)
        described = [condition.attack, condition.method, condition.setting, condition.strength]
        for name in asked or self.recognisers:
            answers = self.recognisers[name](images)
            self.features.setdefault(name, []).append(answers.features)
            self.rows += [
                [
                    *(*described, groups[row], condition.split, name, condition.reached),
                    *(sample.network[row], targets[row], sample.photo[row], sample.source[row]),
                    *(answers.predicted[row], float(answers.scores[row].max()), float(errors[row])),
                    *(lpips[row], self.lpips_weights),
                ]
                for row in range(len(sample))
            ]

    def write(self, csv_file: str | Path, features: str | Path) -> None:
        """Write the rows (CSV), and the features of those of each classifier, in their order (HDF5)."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([COLUMNS, *self.rows])
        write_text(csv_file, text.getvalue())
        with create_hdf5(features) as file:
            for name, parts in self.features.items():
                found = np.concatenate(parts)
                if found.shape[1]:  # PRNU has none
                    file.create_dataset(name, data=found, chunks=True, fletcher32=True)

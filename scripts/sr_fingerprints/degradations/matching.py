"""PRNU of degraded images, matched with the fingerprints of the networks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sr_fingerprints.degradations.answers import Row, answer_rows, write_answers
from sr_fingerprints.degradations.degraded_images import Degradation, common_side, degraded_crops, spread_rows
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.prnu.denoisers import noise_residuals
from sr_fingerprints.prnu.matching import MATCHES
from sr_fingerprints.prnu.residuals import read_fingerprint
from sr_fingerprints.runtime.progress import progress


@dataclass(frozen=True)
class PrnuExperiment:
    """A match, and the file of residuals of each network that it is about, by name."""

    match: str  # of `prnu.matching.MATCHES`
    residuals: Mapping[str, str | Path]


def match_degraded(
    experiments: Mapping[str, PrnuExperiment],
    images: Mapping[str, str | Path],
    degradations: Sequence[Degradation],
    output: str | Path,
    most: int | None = None,
    seed: int = 0,
    split: str = "test",
) -> None:
    """Attribute degraded images to the nearest fingerprint, and write the answers (CSV; `answers.COLUMNS`).

    Images, degradations, ``most``, ``seed`` and crops are those of `classification.classify_degraded`, except that a
    crop is not larger than the fingerprints', of which the part at the same place of the image is compared. All
    experiments must have residuals of one denoiser, and exact sums.
    """
    prints: dict[str, npt.NDArray[np.float32]] = {}
    for path in {path: None for each in experiments.values() for path in each.residuals.values()}:
        found = read_fingerprint(path)
        prints[found.attributes["network"]] = found.values.reshape(found.attributes["crop"], -1, 3)
        attributes = found.attributes
    whole = attributes["crop"]
    side = min(common_side(list(images.values()), degradations, split, most, seed), whole)
    side -= (whole - side) % 2  # so that both middles are the same in photos of even and of odd sides
    inner = (whole - side) // 2  # where the part begins in the fingerprint
    scores = {
        name: MATCHES[each.match][1](
            np.stack([prints[net][inner : inner + side, inner : inner + side].ravel() for net in each.residuals])
        )
        for name, each in experiments.items()
    }

    def answers() -> Iterator[Row]:
        for network, path in progress(list(images.items()), "degraded images of networks"):
            asked = [name for name, each in experiments.items() if network in each.residuals]
            with ImageFile(path) as file:
                rows = spread_rows(file, split, most, seed)
                residuals = np.concatenate(
                    [
                        noise_residuals(
                            degraded_crops(file, row, network, degradations, side, seed),
                            attributes["denoiser"],
                            attributes["sigma"],
                        )
                        for row in rows
                    ]
                )
            for name in asked:
                classes, found = (
                    list(experiments[name].residuals),
                    scores[name](residuals.reshape(len(residuals), -1)),
                )
                yield from answer_rows(name, file, rows, network, degradations, classes, found, side)

    write_answers(answers(), output)

"""From the evidence of a study's images to a bundle, and its answers for images of test photos."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.attribution.bundle import Bundle, read_bundle, write_bundle
from sr_fingerprints.attribution.collection import SPLITS, read_observations
from sr_fingerprints.attribution.fitting import fit_model
from sr_fingerprints.attribution.folded_residuals import read_folded
from sr_fingerprints.attribution.joining import with_source
from sr_fingerprints.attribution.measured_answers import (
    OWN,
    TEST,
    WITHOUT,
    answers_of,
    groups_of,
    pairs_of,
    sources_of,
)
from sr_fingerprints.attribution.observations import Observations, joined
from sr_fingerprints.attribution.residual_fingerprints import FoldedResiduals, fit_fingerprints
from sr_fingerprints.attribution.source_words import described_sources
from sr_fingerprints.classifiers.saving import TrainedClassifier, load_classifier
from sr_fingerprints.degradations.degraded_images import Degradation
from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.runtime.provenance import file_digests, versions
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import REAL


def fit_attribution(
    recogniser: str | Path,
    observations: str | Path,
    rows: Sequence[NetworkRow],
    conditions: Sequence[Degradation] | None,
    settings: Mapping[str, Any],
    about: Mapping[str, Any],
    output: str | Path,
    residuals: str | Path | None = None,
) -> None:
    """Write a bundle: the classifier ``recogniser`` with a model of its evidence, or a bundle with further networks.

    ``observations`` are those of `observe_images`, of the sources that ``rows`` of the table of networks are. Without
    ``conditions``, ``recogniser`` is a bundle, to which these are added, and nothing is trained. ``settings`` has
    scores, side and most; ``about`` has at least the name of the study. ``residuals`` are those of `fold_residuals`,
    of the same sources.
    """
    images, _ = read_observations(observations)
    folded = read_folded(residuals) if residuals else None
    if conditions is None:
        write_bundle(_extended(read_bundle(recogniser), images, rows, about, folded), output)
        return
    trained = load_classifier(recogniser, exact=True)
    held_out = images.select(images.split != "train").rounded()
    made = {
        "classifier": {"settings": trained.provenance["settings"], "sha256": file_digests([recogniser])},
        "photos": {split: sorted(set(images.photo[images.split == split].tolist())) for split in SPLITS},
        "versions": versions("torch", "numpy", "scipy", "pillow"),
    }
    write_bundle(
        Bundle(
            name=about["study"],
            classifier=trained.classifier,
            backbone=trained.provenance["settings"]["backbone"],
            model=_fitted(
                trained, joined([images.select(images.split == "train"), held_out]), rows, settings["scores"]
            ),
            side=settings["side"],
            most=settings["most"],
            held_out=held_out,
            conditions={row["name"]: row["chain"] for row in conditions},
            about={**about, **made},
            residuals=fit_fingerprints(folded, [row.network for row in rows]) if folded else None,
        ),
        output,
    )


def _extended(
    bundle: Bundle,
    images: Observations,
    rows: Sequence[NetworkRow],
    about: Mapping[str, Any],
    residuals: FoldedResiduals | None,
) -> Bundle:
    grown = bundle
    for source in described_sources(rows):
        folded = residuals.of(source.name) if residuals else None
        grown = with_source(grown, source, images.select(images.name == source.name), folded)
    kept = {key: value for key, value in bundle.about.items() if key != "tables"}  # these are of the other bundle
    added = {"name": bundle.name, "sha256": bundle.sha256, "added": [row.network for row in rows]}
    return replace(grown, name=about["study"], about={**kept, **about, "extends": added})


def answer_test_images(
    bundle: str | Path,
    tiles: Sequence[int],
    answers: str | Path,
    pairs: str | Path,
    described: str | Path,
    groups: str | Path,
    without: Mapping[str, Any] | None = None,
    before: str | Path | None = None,
    own: str | Path | None = None,
) -> None:
    """Write what a bundle's model answers for images of test photos, and how like each other its networks are.

    ``answers``, ``pairs``, ``described``, of the sources, and ``groups`` are CSV files, of what the functions of
    `measured_answers` give. ``without`` has the files of a classifier that some networks were withheld from and of
    its observations, the rows of all sources, the names of those that it learned, and the scores: a model is fitted
    with these alone, and answers for images of all. So does that of ``before``, the bundle that networks were added
    to; ``own`` are the observations of their images, and of the photos that these are of.
    """
    given = read_bundle(bundle)
    frames = [answers_of(given.model, given.held_out, tiles, TEST)]
    if without:
        trained, (images, _) = (
            load_classifier(without["files"][0], exact=True),
            read_observations(without["files"][1]),
        )
        learned = [row for row in without["rows"] if row.network in without["learned"]]
        model = _fitted(trained, images, learned, without["scores"])
        frames.append(answers_of(model, images.rounded(), tiles, WITHOUT, described_sources(without["rows"])))
    if before:
        frames.append(answers_of(read_bundle(before).model, given.held_out, tiles, WITHOUT, given.model.sources))
    if own:
        images, _ = read_observations(own)
        photos = images.select(images.name == REAL.network)
        frames.append(answers_of(given.model, photos.rounded(), tiles, OWN, described_sources([REAL])))
    for frame, path in (
        (pd.concat(frames, ignore_index=True), answers),
        (pairs_of(given.model, given.held_out), pairs),
        (sources_of(given.model), described),
        (groups_of(given.model), groups),
    ):
        write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def _fitted(trained: TrainedClassifier, images: Observations, rows: Sequence[NetworkRow], scores: Any) -> Any:
    sources = described_sources(rows)
    place = {name: index for index, name in enumerate(trained.classes.tolist())}
    order = [place[source.name] for source in sources]
    weights, bias = (tensor.detach().cpu().numpy()[order] for tensor in trained.classifier.head.parameters())
    return fit_model(
        sources, images.select(images.split == "train"), images.select(images.split == "validation"),
        (weights, bias), scores,
    )  # fmt: skip

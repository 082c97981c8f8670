"""Is the network recognised, or the pipeline: the path through the program by which it was applied?

The same weights super-resolve the same photos by several pipelines. If classifiers that are trained by one pipeline
name networks as well by another, and no classifier names the pipeline, it is the networks that are recognised.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.predictions import Predictions, read_predictions
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING, overall_accuracy
from sr_fingerprints.tables.statistics import difference_interval
from sr_fingerprints.tables.triplets import restrict
from sr_fingerprints.tables.writing import write_table

IMAGES = "images"
NETWORKS = "network named"
STUDY = "network named by the study's classifier"
PAIRS = "network named, of two"
PIPELINES = "pipeline named, of two"
ALL = "pipeline named, of all"
SAME, OTHER = "the same", "another"

COLUMNS = {
    "measured": ("Measured", ""),
    "trained_on": ("Trained on", ""),
    "tested_on": ("Tested on", ""),
    "accuracy": (r"\%", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "chance": ("Chance", ".1f"),
    "difference_mean": ("Minus the tested one's own", ".1f"),
    "difference_interval": INTERVAL_HEADING,
    "pixels_differ": (r"Pixels that differ (\%)", ".3f"),
    "greatest_difference": ("at most (grey levels)", ".0f"),
    "note": ("Remark", ""),
}

By = Mapping[tuple[str, str], Sequence[Predictions]]
"""Predictions by what a classifier was trained and tested on, one for each seed."""


def pipeline_table(
    applied: pd.DataFrame,
    differences: pd.DataFrame,
    networks: By,
    pipelines: Sequence[Predictions],
    study: By,
) -> pd.DataFrame:
    """The measurements, in per cent.

    ``applied`` and ``differences`` are what `apply_pipelines` writes, the others what `train_on_pipelines` predicts:
    networks by each pipeline, pipelines by all together, and networks by the study's classifiers (by their names).

    Columns: ``measured``; ``trained_on`` and ``tested_on``, names of pipelines; images; accuracy_mean, accuracy_std
    (over seeds), accuracy_low and accuracy_high (over photos); chance; difference_mean, _low and _high: accuracy
    minus that, on the same images, of the classifier that was trained by the pipeline tested on (for the study's
    classifier: minus that on images of the first pipeline); pixels_differ (in % of the pixels of all images) and
    greatest_difference (grey levels) between the two pipelines; note.

    The first pipeline is the first that was not skipped. Rows of `PIPELINES` are about it and the one tested on,
    if there are others: of two with the same pixels nothing can be named, and the accuracy is 50 % by necessity.
    The row of `PAIRS` is their yardstick: how well a classifier of the same size, as long trained, tells two
    networks apart.
    """
    apart = _apart(differences)
    names = applied.pipeline.tolist()
    used = applied.pipeline[applied.skipped == ""].tolist()
    first = used[0]
    note = {row["pipeline"]: _note(row) for row in applied.to_dict("records")}
    rows = [
        {"measured": IMAGES, "trained_on": first, "tested_on": name, "note": note[name]}
        | apart.get((first, name), {})
        for name in names
    ]
    for (trained, tested), seeds in networks.items():
        reference = networks[tested, tested] if trained != tested else []
        rows.append(_named(NETWORKS, trained, tested, seeds, reference) | apart.get((trained, tested), {}))
    rows += _summary(networks)
    for (name, tested), seeds in study.items():
        reference = study[name, first] if tested != first else []
        rows.append(_named(STUDY, name, tested, seeds, reference) | apart.get((first, tested), {}))
    names_of_networks = networks[first, first][0].classes.tolist()
    apart_networks = [
        pd.concat([_told_apart(found, list(pair)) for pair in combinations(names_of_networks, 2)])
        for found in networks[first, first]
    ]
    row = {"measured": PAIRS, "trained_on": first, "tested_on": first, "chance": 50.0}
    rows.append(row | _accuracy(apart_networks))
    for name in used[1:]:
        pair = [_told_apart(found, [first, name]) for found in pipelines]
        same = {"note": "identical pixels: nothing to recognise"} if apart[first, name]["pixels_differ"] == 0 else {}
        row = {"measured": PIPELINES, "trained_on": first, "tested_on": name, "chance": 50.0}
        rows.append(row | _accuracy(pair) | apart[first, name] | same)
    distinct = applied.pipeline[(applied.skipped == "") & (applied.identical_to == "")].tolist()
    if len(distinct) > 1:
        everything = [_frame(restrict(found, distinct)) for found in pipelines]
        row = {"measured": ALL, "trained_on": "all", "tested_on": "all", "chance": 100.0 / len(distinct)}
        rows.append(row | _accuracy(everything) | {"note": f"{len(distinct)} with different pixels"})
    columns = ["measured", "trained_on", "tested_on", "images", "accuracy_mean", "accuracy_std", "accuracy_low"]
    columns += ["accuracy_high", "chance", "difference_mean", "difference_low", "difference_high", "pixels_differ"]
    return pd.DataFrame(rows, columns=[*columns, "greatest_difference", "note"])


def tabulate_pipelines(
    applied: str | Path, differences: str | Path, predictions: Path, csv: str | Path, tex: str | Path
) -> None:
    """Read what was computed for every pipeline, and write the table."""
    done = read_csv(applied, "what was done by each pipeline", keep_default_na=False, dtype=str)
    frame = pipeline_table(
        done,
        read_csv(differences, "differences between pipelines"),
        read_cross_predictions(predictions / "networks", done.pipeline),
        read_cross_predictions(predictions / "pipelines", ["all"]).get(("all", "all"), []),
        read_cross_predictions(predictions / "study", done.pipeline),
    )
    write_table(
        frame,
        csv,
        tex,
        caption="The same weights applied by several pipelines: is the network recognised, or the pipeline?",
        label="tab:pipelines",
        columns=COLUMNS,
        groups=frame.measured.tolist(),
    )


def read_cross_predictions(
    folder: Path, order: Sequence[str] | pd.Series
) -> dict[tuple[str, str], list[Predictions]]:
    """Predictions in ``folder/<trained on>/<tested on>[-s<seed>].h5``, by the two, in the ``order`` of names."""
    rank = {name: number for number, name in enumerate(order)}
    found: dict[tuple[str, str], list[Predictions]] = {}
    paths = {path: (path.parent.name, path.stem.rpartition("-s")[0] or path.stem) for path in folder.glob("*/*.h5")}
    for path in sorted(paths, key=lambda path: (*(rank.get(name, -1) for name in paths[path]), str(path))):
        found.setdefault(paths[path], []).append(read_predictions(path, with_features=False))
    return found


def _apart(differences: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """By how many pixels, in %, and at most how many grey levels any two pipelines differ, in either order."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in differences.to_dict("records"):
        share = {
            "pixels_differ": 100.0 * row["pixels_differ"] / row["pixels"],
            "greatest_difference": row["greatest_difference"],
        }
        found |= {(row["first"], row["second"]): share, (row["second"], row["first"]): share}
    return found


def _note(row: Mapping[Any, str]) -> str:
    if row["skipped"]:
        return f"{row['settings']}: skipped, {row['skipped']}"
    same = f"; pixels identical to those of {row['identical_to']}" if row["identical_to"] else ""
    return f"{row['settings']}: {row['carried_out']}{same}"


def _frame(found: Predictions) -> pd.DataFrame:
    return pd.DataFrame(
        {"source": found.source, "photo": found.photo, "network": found.network, "correct": found.correct}
    )


def _known(found: Predictions) -> Predictions:
    """Predictions for images of networks that the classifier was trained on."""
    return found.select(np.isin(found.actual, found.classes))


def _accuracy(seeds: Sequence[pd.DataFrame]) -> dict[str, Any]:
    return {"images": len(seeds[0])} | overall_accuracy(seeds)


def _named(
    measured: str, trained: str, tested: str, seeds: Sequence[Predictions], reference: Sequence[Predictions]
) -> dict[str, Any]:
    """A row: accuracy of naming networks, and its difference from that of ``reference`` for the same photos."""
    frames = [_frame(_known(found)) for found in seeds]
    row = {"measured": measured, "trained_on": trained, "tested_on": tested, "chance": 100.0 / len(seeds[0].classes)}
    row |= _accuracy(frames)
    if reference:
        row |= accuracy_minus(frames, [_frame(_known(found)) for found in reference])
    return row


def accuracy_minus(seeds: Sequence[pd.DataFrame], reference: Sequence[pd.DataFrame]) -> dict[str, float]:
    """Columns ``difference_mean``, ``..._low`` and ``..._high``: accuracy of ``seeds`` minus that of ``reference``.

    In percentage points. Both have a row per image with ``source`` and ``correct``; the interval is over photos (see
    `difference_interval`).
    """
    both = pd.concat([pd.concat(seeds).assign(chosen=True), pd.concat(reference).assign(chosen=False)])
    low, high = difference_interval(both, "chosen")
    means = both.groupby("chosen").correct.mean()
    return {
        "difference_mean": 100.0 * (means[True] - means[False]),
        "difference_low": 100.0 * low,
        "difference_high": 100.0 * high,
    }


def _summary(networks: By) -> list[dict[str, Any]]:
    """Accuracy over all pipelines tested on, after training by the same one and by others, and the difference."""
    rows, groups = [], {}
    for name, same in ((SAME, True), (OTHER, False)):
        chosen = [seeds for (trained, tested), seeds in networks.items() if (trained == tested) == same]
        groups[name] = [
            pd.concat([_frame(_known(found)) for found in of_seed]) for of_seed in zip(*chosen, strict=True)
        ]
    for name, frames in groups.items():
        if frames:
            classes = len(next(iter(networks.values()))[0].classes)
            row = {"measured": NETWORKS, "trained_on": name, "tested_on": "all", "chance": 100.0 / classes}
            compared = accuracy_minus(frames, groups[SAME]) if name == OTHER else {}
            rows.append(row | _accuracy(frames) | compared)
    return rows


def _told_apart(found: Predictions, pair: list[str]) -> pd.DataFrame:
    """Whether each image of two classes is said to be of the right one (1 or 0); 0.5 if both are equally likely."""
    answered = restrict(found, pair)
    own = answered.scores[range(len(answered.actual)), (answered.actual == pair[1]).astype(int)]
    other = answered.scores.sum(axis=1) - own
    return pd.DataFrame({"source": answered.source, "correct": (own > other) + 0.5 * (own == other)})

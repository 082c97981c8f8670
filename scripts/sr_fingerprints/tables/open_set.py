"""Are images of networks that a classifier never saw recognised as such? By score and kind of unknown network."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.open_set.measures import (
    auroc,
    auroc_of_random_groups,
    fpr_at_tpr,
    oscr,
    rejected,
    threshold,
)
from sr_fingerprints.open_set.names import KNOWN, NEW, SCORES
from sr_fingerprints.tables.accuracies import overall_accuracy
from sr_fingerprints.tables.statistics import LEVEL, RESAMPLES, SEED, jackknife_interval
from sr_fingerprints.tables.writing import write_table

HALVES = "control: random halves of the known networks"
NEW_PHOTOS = "control: known networks, new photos"
PRINTED = {score: score.replace("_", " ") for score in SCORES} | {
    "mahalanobis": "Mahalanobis distance",
    "gaussian_mixture": "Gaussian mixture",
}
"""The scores, as printed."""

CONTROLS = (HALVES, NEW_PHOTOS)
"""What takes the place of unknown networks in the controls."""

COLUMNS = {
    "experiment": ("Classifier", ""),
    "unknown": ("Unknown", ""),
    "score": ("Score", ""),
    "auroc": ("AUROC", ".3f"),
    "auroc_interval": (r"95\,\% interval", ".3f"),
    "auroc_of_known_interval": ("of as many known", ".3f"),
    "fpr95": (r"FPR at 95\,\% TPR (\%)", ".1f"),
    "oscr": ("OSCR", ".3f"),
    "accuracy_mean": (r"Accuracy, known (\%)", ".1f"),
    "tpr_at_threshold": (r"TPR at threshold (\%)", ".1f"),
    "fpr_at_threshold": (r"FPR at threshold (\%)", ".1f"),
}


def open_set_table(scored: pd.DataFrame, classes: Mapping[str, int]) -> pd.DataFrame:
    """One row per classifier, kind of unknown networks and score. ``scored`` are the rows of `score_experiment`.

    ``classes`` has the number of classes of each experiment. Unknown networks are the positives, and known and
    unknown images are of the same test photos. Columns: experiment, unknown and score; images_known, images_unknown
    and networks_unknown; auroc; auroc_of_known_low and _high, what 95 % of the areas are between of as many known
    networks (at most half of them), drawn at random, against the other known ones; fpr95, the share of known images
    (%) that are rejected where 95 % of the unknown ones are; oscr, the area under `oscr_curve`, and its chance;
    accuracy_mean of attribution of the known images, and its chance (%); tpr_at_threshold and fpr_at_threshold, the
    shares of unknown and of known images (%) that are rejected at `thresholds`. Intervals, ``..._low`` and
    ``..._high``, are over test photos, for fixed networks, classifiers and thresholds (`jackknife_interval`).

    Two controls have other positives. `HALVES`: the mean over random halves of the known networks, against the other
    half, with what 95 % of them are between in the place of the interval. `NEW_PHOTOS`: known networks' images of
    test photos against those of training photos, both scored by known images of other training photos. They have no
    OSCR and no thresholds.
    """
    rows = []
    for name, images in scored.groupby("experiment", sort=False):
        test, train, new = (images[images.photos == photos] for photos in ("test", "train", NEW))
        known = test[test.unknown == KNOWN]
        accuracy = overall_accuracy([known]) | {"chance": 100.0 / classes[str(name)]}
        limits = {score: thresholds(images[images.photos == "validation"], score) for score in SCORES}
        for unknown, positives in test[test.unknown != KNOWN].groupby("unknown", sort=False):
            for score in SCORES:
                measured = _measured(known, positives, score, STATISTICS | _at_thresholds(limits[score]))
                size = min(positives.network.nunique(), known.network.nunique() // 2)
                groups = _random_groups(known, size, score)
                chance = _range(groups, "auroc_of_known") | {"oscr_chance": accuracy["accuracy_mean"] / 200}
                rows.append({"experiment": name, "unknown": unknown, "score": score} | measured | accuracy | chance)
        for score in SCORES:
            halves = _random_groups(known, known.network.nunique() // 2, score)
            measured = {"auroc": halves.mean(), **_range(halves, "auroc"), "images_known": len(known)}
            rows.append({"experiment": name, "unknown": HALVES, "score": score} | measured)
        for score in SCORES if len(train) else ():
            measured = _measured(train, new, score, OF_CONTROLS)
            rows.append({"experiment": name, "unknown": NEW_PHOTOS, "score": score} | measured)
    return pd.DataFrame(rows)


def _random_groups(known: pd.DataFrame, size: int, score: str) -> np.ndarray:
    scores = known[score].to_numpy(np.float64)
    return auroc_of_random_groups(scores, known.network.to_numpy(str), size, RESAMPLES, SEED)


def _range(values: np.ndarray, stem: str) -> dict[str, float]:
    """Columns ``..._low`` and ``..._high``: what 95 % of ``values`` are between."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return {f"{stem}_low": float(low), f"{stem}_high": float(high)}


def thresholds(images: pd.DataFrame, score: str) -> dict[int, float]:
    """Threshold of a score for each half of the unknown networks, 0 and 1, set on networks of the other half.

    ``images`` are a classifier's images of validation photos, as rows of `score_experiment`. The threshold is the
    highest that rejects 95 % of those of the other half. It is NaN if there are none.
    """
    return {half: threshold(images[score][images.half == 1 - half].to_numpy(np.float64)) for half in (0, 1)}


def tabulate_open_set(scored: Path, classes: Mapping[str, int], csv: Path, tex: Path) -> None:
    """Read the scores of `score_experiments`, and write the table."""
    frame = open_set_table(read_csv(scored, "scores of images", ("experiment", *SCORES)), classes)
    write_table(
        frame.assign(score=frame.score.map(PRINTED)),
        csv,
        tex,
        caption="Are images of networks that a classifier never saw recognised as such?",
        label="tab:open_set",
        columns=COLUMNS,
        groups=(frame.experiment + frame.unknown).tolist(),
    )


Statistic = Callable[[pd.DataFrame, str], float]


def _parts(images: pd.DataFrame, score: str) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the known and of the unknown images."""
    values, positive = images[score].to_numpy(np.float64), images.positive.to_numpy(bool)
    return values[~positive], values[positive]


def _auroc(images: pd.DataFrame, score: str) -> float:
    return auroc(*_parts(images, score))


def _fpr95(images: pd.DataFrame, score: str) -> float:
    return 100.0 * fpr_at_tpr(*_parts(images, score))


def _oscr(images: pd.DataFrame, score: str) -> float:
    known, unknown = _parts(images, score)
    return oscr(known, images.correct[~images.positive].to_numpy(bool), unknown)


OF_CONTROLS: dict[str, tuple[Statistic, float]] = {"auroc": (_auroc, 1), "fpr95": (_fpr95, 100)}
STATISTICS = OF_CONTROLS | {"oscr": (_oscr, 1)}
"""Each statistic, and the greatest value that it can have."""


def _at_thresholds(limits: Mapping[int, float]) -> dict[str, tuple[Statistic, float]]:
    """Shares of unknown and of known images (%) that are rejected at the thresholds of the unknown networks' halves.

    Known images belong to no half: the threshold of each half counts as much as its unknown images.
    """

    def tpr(images: pd.DataFrame, score: str) -> float:
        unknown = images[images.positive]
        return 100.0 * float((unknown[score] >= unknown.half.map(limits)).mean())

    def fpr(images: pd.DataFrame, score: str) -> float:
        known, _ = _parts(images, score)
        halves = images.half[images.positive]
        return 100.0 * float(sum((halves == half).mean() * rejected(known, limit) for half, limit in limits.items()))

    if not np.isfinite(list(limits.values())).all():
        return {}
    return {"tpr_at_threshold": (tpr, 100), "fpr_at_threshold": (fpr, 100)}


def _of_score(statistic: Statistic, score: str, images: pd.DataFrame) -> float:
    return statistic(images, score)


def _measured(
    negatives: pd.DataFrame, positives: pd.DataFrame, score: str, statistics: Mapping[str, tuple[Statistic, float]]
) -> dict[str, Any]:
    """Each of the ``statistics`` of known images (``negatives``) and unknown ones, with its interval, and counts."""
    images = pd.concat([negatives.assign(positive=False), positives.assign(positive=True)], ignore_index=True)
    images = images[["source", "positive", "correct", "half", score]]
    measured: dict[str, Any] = {
        "images_known": len(negatives),
        "images_unknown": len(positives),
        "networks_unknown": positives.network.nunique(),
    }
    for name, (statistic, most) in statistics.items():
        measured[name] = statistic(images, score)
        of_score = partial(_of_score, statistic, score)
        measured[f"{name}_low"], measured[f"{name}_high"] = jackknife_interval(images, of_score, (0.0, most))
    return measured

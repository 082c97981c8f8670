"""How cheaply networks are hidden (laundering) or blamed (forging), and whether a score of the unknown notices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

from sr_fingerprints.attacks.columns import ALL, COLUMNS, CONTROLS, FORGING_METHODS
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.hdf5 import open_hdf5
from sr_fingerprints.images.squared_error import psnr_of
from sr_fingerprints.open_set.measures import auroc
from sr_fingerprints.open_set.scores import describe_known, mahalanobis
from sr_fingerprints.tables.accuracies import INTERVAL_HEADING
from sr_fingerprints.tables.statistics import FEWEST_PHOTOS, interval_over_photos, jackknife_interval
from sr_fingerprints.tables.writing import write_table

REJECTED = 0.05
"""Share of validation images of known networks that the threshold of a score rejects."""

HALF = 0.5
"""Share of images that a forger is content with."""

SCORES = ("highest_score", "mahalanobis")
"""Scores of the unknown: minus the highest probability (of PRNU, its score), and, for classifiers, the distance of
features from those of the nearest network (see `open_set.scores`)."""

PRINTED = {
    "attack": ("Attack", ""),
    "recogniser": ("Recogniser", ""),
    "method": ("Method", ""),
    "networks": ("Networks", ""),
    "setting": ("Setting", ""),
    "untouched": ("Without (\\%)", ".1f"),
    "accuracy": ("Own network named (\\%)", ".1f"),
    "accuracy_interval": INTERVAL_HEADING,
    "success": ("Target named (\\%)", ".1f"),
    "success_interval": INTERVAL_HEADING,
    "psnr": ("PSNR (dB)", ".1f"),
    "lpips": ("LPIPS", ".3f"),
    "auroc": ("AUROC", ".2f"),
    "flagged": ("Flagged (\\%)", ".1f"),
    "auroc_mahalanobis": ("AUROC, features", ".2f"),
    "flagged_mahalanobis": ("Flagged, features (\\%)", ".1f"),
}
CAPTION = (
    "Attacks on attribution: networks hidden by the mildest chain of degradations (laundering), or blamed for images "
    "that they did not make (forging), what it costs, and whether a score of unknown networks notices."
)
CAPTION_OF_RANDOM_WEIGHTS = (
    " LPIPS uses an AlexNet with fixed random weights: it ranks attacks, but cannot be compared with published LPIPS."
)


@dataclass(frozen=True)
class Recogniser:
    """What the table tells of a recogniser."""

    words: str  # what it is called
    classes: int  # networks that it knows


def attack_table(measured: pd.DataFrame, recognisers: Mapping[str, Recogniser]) -> pd.DataFrame:
    """Attacks by recogniser, method and networks, all on test images; shares in %.

    ``measured`` has the columns of `attacks.measurements` and those of `with_scores`; ``recognisers`` are by the name
    that they have there. Columns:

    attack (none, laundering, forging, gradient), recogniser, method, networks (a scale and kind of loss, or the kind
    of source and target), setting and strength; sufficient: whether it was enough on validation images; images;
    untouched: the same share without the attack; accuracy, with low and high: images attributed to the network that
    made them; success, with low and high: those attributed to the target; chance, of both; at_chance, of what is to
    be hidden: yes if the interval of the accuracy contains chance or is below it, else no, and undecided with fewer
    than `FEWEST_PHOTOS` photos; psnr (dB, of the mean
    squared error over all images) and lpips against the network's own images, lpips_weights; for each of `SCORES`
    auroc, with low and high, of telling the images from untouched ones of the same networks, or of the targets that
    they are to pass for; and flagged, the share above the threshold that rejects `REJECTED` of untouched validation
    images of all known networks. Intervals are over photos.

    Of forging, one strength is shown: the mildest with which `HALF` of validation images are attributed to the
    target; if none is enough, the one with which most are. Kinds of pairs are shown for the method that is the most
    successful there. Controls have the strength of ``residual``.
    """
    rows = [
        _row(images, of_recogniser, recognisers[str(recogniser)], described)
        for recogniser, of_recogniser in measured.groupby("recogniser", sort=False)
        for described, images in _conditions(of_recogniser)
    ]
    table = pd.DataFrame(rows)
    order = {"none": 0, "laundering": 1, "forging": 2, "gradient": 3}
    return table.sort_values("attack", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def with_scores(measured: pd.DataFrame, features: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """``measured`` with a column for each of `SCORES`; ``features`` (n, d) by recogniser, of its rows in their order.

    Known networks are described by the untouched training images.
    """
    scored = measured.assign(highest_score=-measured.highest, mahalanobis=np.nan)
    for name, values in features.items():
        rows = measured.recogniser == name
        known = (rows & (measured.attack == "none") & (measured.split == "train"))[rows].to_numpy()
        described = describe_known(values[known], measured.network[rows].to_numpy(str)[known])
        scored.loc[rows, "mahalanobis"] = mahalanobis(described, values)
    return scored


def tabulate_attacks(
    measured: Path, features: Path, recognisers: Mapping[str, Recogniser], csv: Path, tex: Path
) -> None:
    """Read what `attacks.trials.try_attacks` wrote, and write the table."""
    frame = read_measurements(measured)
    with open_hdf5(features, "features of attacked images") as file:
        found = {name: values[:] for name, values in file.items() if isinstance(values, h5py.Dataset)}
    table = attack_table(with_scores(frame, found), recognisers)
    write_table(
        table,
        csv,
        tex,
        caption=CAPTION + CAPTION_OF_RANDOM_WEIGHTS * bool((frame.lpips_weights == "random").any()),
        label="tab:attacks",
        columns=PRINTED,
        groups=list(zip(table.attack, table.recogniser, strict=True)),
    )


def read_measurements(path: str | Path) -> pd.DataFrame:
    """Read the table that `attacks.measurements` writes; columns of text are str, empty where there is none."""
    text = dict.fromkeys(["method", "setting", "group", "target", "network"], str)
    missing = {"lpips": [""]}
    return read_csv(path, "measurements of attacks", COLUMNS, dtype=text, keep_default_na=False, na_values=missing)


def psnr(squared_errors: pd.Series) -> float:
    """PSNR (dB) of the mean of ``squared_errors``, in grey levels squared; inf if nothing differs."""
    error = float(squared_errors.mean())
    return psnr_of(error)


def success_by_strength(forged: pd.DataFrame) -> pd.Series:
    """Share of images attributed to their target, 0 to 1, by strength, from mild to strong."""
    shares: pd.Series = (forged.predicted == forged.target).groupby(forged.strength).mean()
    return shares


def chosen_strength(validation: pd.DataFrame) -> tuple[float, bool]:
    """The mildest strength with which `HALF` of images are named the target; else that with most, and False."""
    shares = success_by_strength(validation)
    strengths, values = shares.index.to_numpy(float), shares.to_numpy()
    enough = strengths[values >= HALF]
    return (float(enough[0]), True) if len(enough) else (float(strengths[values.argmax()]), False)


Described = dict[str, Any]


def _conditions(measured: pd.DataFrame) -> Iterator[tuple[Described, pd.DataFrame]]:
    """The rows of the table for one recogniser, with the test images of each."""
    test = measured[measured.split == "test"]
    yield {"attack": "none", "networks": ALL, "sufficient": True}, test[test.attack == "none"]
    for group, images in test[test.attack == "laundering"].groupby("group", sort=False):
        yield {"attack": "laundering", "method": "chain", "networks": group}, images
    if (measured.attack == "forging").any():
        yield from _forging(measured[measured.attack == "forging"])
    for (method, _), images in test[test.attack == "gradient"].groupby(["method", "strength"], sort=False):
        yield {"attack": "gradient", "method": method, "networks": ALL}, images


def _forging(forged: pd.DataFrame) -> Iterator[tuple[Described, pd.DataFrame]]:
    validation, test = (forged[forged.split == split] for split in ("validation", "test"))
    tried = [
        method for method in FORGING_METHODS if (validation.method == method).any()
    ]  # targets of 1X have no grid
    of_method = {method: validation[validation.method == method] for method in tried}
    chosen = {method: chosen_strength(images) for method, images in of_method.items()}
    for method in (*tried, *CONTROLS):
        strength, enough = chosen[tried[0] if method in CONTROLS else method]
        images = test[(test.method == method) & (test.strength == strength)]
        yield {"attack": "forging", "method": method, "networks": ALL, "sufficient": enough}, images
    best = max(tried, key=lambda method: success_by_strength(of_method[method]).max())
    strength, enough = chosen[best]
    images = test[(test.method == best) & (test.strength == strength)]
    for kind, of_kind in images.groupby("group", sort=False):
        yield {"attack": "forging", "method": best, "networks": kind, "sufficient": enough}, of_kind


def _row(images: pd.DataFrame, measured: pd.DataFrame, recogniser: Recogniser, described: Described) -> Described:
    first = images.iloc[0]
    known = measured[(measured.attack == "none") & (measured.split == "test")]
    has_target, has_network = bool(first.target), images.network.isin(known.network)
    columns: Described = {"attack": "", "recogniser": recogniser.words, "method": "", "networks": ""}
    columns |= {"setting": first.setting, "strength": first.strength, "sufficient": bool(first.reached)}
    columns |= described | {"images": len(images), "untouched": np.nan}
    named = images.assign(own=images.predicted == images.network, blamed=images.predicted == images.target)
    for share, column, rows in (("accuracy", "own", named[has_network]), ("success", "blamed", named)):
        applies = len(rows) > 0 and (share == "accuracy" or has_target)
        low, high = interval_over_photos(rows, column) if applies else (np.nan, np.nan)
        mean = rows[column].mean() if applies else np.nan
        columns |= {share: 100 * mean, f"{share}_low": 100 * low, f"{share}_high": 100 * high}
    columns["untouched"] = 100 * _without_attack(images, measured, has_target)
    columns["chance"] = 100 / recogniser.classes
    columns["at_chance"] = ""
    if columns["attack"] != "none" and not has_target:
        hidden = "no" if columns["accuracy_low"] > columns["chance"] else "yes"
        columns["at_chance"] = hidden if images.source.nunique() >= FEWEST_PHOTOS else "undecided"
    if columns["attack"] != "none":
        columns["psnr"] = psnr(images.squared_error)
        columns |= {"lpips": images.lpips.mean(), "lpips_weights": first.lpips_weights}
    validation = measured[(measured.attack == "none") & (measured.split == "validation")]
    passed_for = known[known.network.isin(images.target if has_target else images.network)]
    for score in SCORES:
        columns |= _noticed(images, passed_for, validation, score)
    return columns


def _without_attack(images: pd.DataFrame, measured: pd.DataFrame, has_target: bool) -> float:
    """Share of the same images that get the same answer without the attack: their network, or the target."""
    if has_target:
        before = measured[(measured.method == "untouched") & (measured.split == "test")]
        before = before[before.group.isin(images.group.unique())]
        return float((before.predicted == before.target).mean())
    before = measured[(measured.attack == "none") & (measured.split == "test")]
    before = before.merge(images[["network", "photo"]], on=["network", "photo"])
    return float((before.predicted == before.network).mean())


def _noticed(images: pd.DataFrame, known: pd.DataFrame, validation: pd.DataFrame, score: str) -> Described:
    """How well one of `SCORES` tells ``images`` from untouched ones, and how many its threshold flags."""
    suffix = "" if score == SCORES[0] else f"_{score}"
    threshold = validation[score].quantile(1 - REJECTED)
    both = pd.concat([known.assign(attacked=False), images.assign(attacked=True)])
    both = both[["source", "attacked", score]].dropna()
    if not len(both):
        return {}
    flagged = images.assign(flagged=images[score] > threshold)
    low, high = interval_over_photos(flagged, "flagged")
    found = {
        f"flagged{suffix}": 100 * flagged.flagged.mean(),
        f"flagged{suffix}_low": 100 * low,
        f"flagged{suffix}_high": 100 * high,
    }
    if images.attack.iloc[0] != "none":

        def area(rows: pd.DataFrame) -> float:
            return auroc(rows[score][~rows.attacked].to_numpy(), rows[score][rows.attacked].to_numpy())

        low, high = jackknife_interval(both, area)
        found = {f"auroc{suffix}": area(both), f"auroc{suffix}_low": low, f"auroc{suffix}_high": high} | found
    return found

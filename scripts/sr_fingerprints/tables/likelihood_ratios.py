"""Likelihood ratios of networks: what they cost, how often they mislead, and how strong they may be called."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sr_fingerprints.evidence.calibration import apply_fitted, images_by_origin, of_photos, target_matrix
from sr_fingerprints.evidence.held_out import FITS, HeldOut
from sr_fingerprints.evidence.likelihood_ratios import (
    cllr_min_of_counts,
    costs,
    empirical_bounds,
    verbal,
)
from sr_fingerprints.evidence.reading import Evidence, read_evidence
from sr_fingerprints.study.losses import kind
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.statistics import interval_over_photos, jackknife_interval
from sr_fingerprints.tables.writing import write_table

COLUMNS = {
    "experiment": ("Experiment", ""),
    "group": ("Networks", ""),
    "value": ("", ""),
    "cllr": ("Cllr", ".3f"),
    "cllr_interval": (r"95\,\% interval", ".3f"),
    "cllr_min": ("Cllr min", ".3f"),
    "cllr_bounded": ("bounded", ".3f"),
    "misleading_own": (r"\% misleading, own", ".1f"),
    "misleading_own_interval": (r"95\,\% interval", ".1f"),
    "misleading_others": (r"others", ".2f"),
    "misleading_others_interval": (r"95\,\% interval", ".2f"),
    "strongest_misleading": (r"strongest (log10)", ".1f"),
    "highest": ("Highest LR", ".1f"),
    "support": ("Called at most", ""),
}


ROUNDED = 3


@dataclass(frozen=True)
class Ratios:
    """log10 LRs of the test images (n) of one classifier for each of its classes (c), and what was true."""

    images: HeldOut
    ratios: npt.NDArray[np.float64]  # (n, c), without bounds
    bounded: npt.NDArray[np.float64]  # (n, c)
    targets: npt.NDArray[np.bool_]  # (n, c)


def ratio_table(name: str, seeds: Sequence[Evidence], networks: pd.DataFrame) -> pd.DataFrame:
    """LRs of one experiment on test images, one row per group of networks and way of fitting.

    The networks of a group (group, value) are those that LRs are about; the images are those of all networks and
    photos. Columns: experiment; fitted_on; photos_fitted; photos (of the test); networks; alternatives, the number of
    networks and ways of resampling by origin; cllr and cllr_min in bits, without bounds; cllr_calibration, their
    difference; cllr_bounded, with them; median_own, the median log10 LR of the networks that made the images;
    misleading_own, the share of these below 0, and misleading_others, that of other networks' above 0, in %, with
    misleading_photos and misleading_published for images of photos and of published networks alone;
    strongest_misleading, the highest log10 LR of a network that did not make the image; lowest and highest, the
    bounds as LRs; support, the strongest words that these, and the number of test photos, admit. Means over
    classifier seeds, 95 % intervals over photos (``..._low``, ``..._high``), NaN where there is one photo.
    """
    found = []
    for fit in FITS:
        fits = [part for _, fitted in seeds for part, _ in fitted[fit]]
        applied = []
        for images, fitted in seeds:
            test, ratios, bounded = apply_fitted(fitted[fit], images)
            applied.append(Ratios(test, ratios, bounded, target_matrix(test)))
        lowest, highest = max(part.lowest for part in fits), min(part.highest for part in fits)
        shared = {
            "experiment": name,
            "fitted_on": fit,
            "photos_fitted": max(len(part.photos) for part in fits),
            "photos": len(set(applied[0].images.source)),
            "alternatives": ", ".join(f"{n} {origin}" for origin, n in images_by_origin(applied[0].images).items()),
        }
        for (group, value), chosen in groups(applied[0].images.classes, networks):
            found.append(
                shared
                | {"group": group, "value": value, "networks": int(chosen.sum())}
                | _measured(applied, chosen)
                | {"lowest": 10**lowest, "highest": 10**highest, "support": support(applied, (lowest, highest))}
            )
    return pd.DataFrame(found)


def groups(classes: npt.NDArray[np.str_], networks: pd.DataFrame) -> Iterator[tuple[tuple[str, str], np.ndarray]]:
    """Yield each group of the ``classes`` by scale, loss and kind of loss, where there are several: bool (c,)."""
    rows = networks.set_index("network").loc[classes.tolist()]
    yield ("all", "all"), np.ones(len(classes), bool)
    columns = {"scale": rows.scale.map(str), "loss": rows.loss, "kind of loss": rows.loss.map(kind)}
    seen: list[list[bool]] = []
    for group, values in columns.items():
        for value in sorted(set(values)):
            chosen = (values == value).to_numpy()
            if not chosen.all() and chosen.tolist() not in seen:
                seen.append(chosen.tolist())
                yield (group, value), chosen


def support(applied: Sequence[Ratios], bounds: tuple[float, float]) -> str:
    """The strongest words that ``bounds`` admit, and bounds from the test photos themselves.

    LRs that few photos have tested cannot be called strong either, however many they were fitted on.
    """
    limits = [bounds[1]]
    for each in applied:
        limits.append(empirical_bounds(each.ratios, each.targets, each.images.source)[1])
    return verbal(min(limits), (-np.inf, np.inf))


def _measured(applied: Sequence[Ratios], chosen: np.ndarray) -> dict[str, float]:
    """Measurements of the LRs of the ``chosen`` networks, bool (c,)."""
    own, others = (pd.concat([_pairs(each, chosen, of_targets) for each in applied]) for of_targets in (True, False))
    photos = pd.DataFrame({"source": sorted(set(applied[0].images.source.tolist()))})
    measures = {
        "cllr": [_cost_by_photo(each, each.ratios, chosen) for each in applied],
        "cllr_bounded": [_cost_by_photo(each, each.bounded, chosen) for each in applied],
        "cllr_min": [_least_cost_by_photo(each, chosen) for each in applied],
    }
    numbers: dict[str, float] = {}
    for key, by_classifier in measures.items():

        def mean(rows: pd.DataFrame, by_classifier: Sequence[CostOfPhotos] = by_classifier) -> float:
            return float(np.mean([cost(rows.index.to_numpy()) for cost in by_classifier]))

        numbers[key] = mean(photos)
        numbers[f"{key}_low"], numbers[f"{key}_high"] = jackknife_interval(photos, mean, (0.0, np.inf))
    numbers["cllr_calibration"] = numbers["cllr"] - numbers["cllr_min"]
    numbers["median_own"] = float(own.ratio.median())
    parts = {"own": own, "others": others}
    parts["photos"] = others[of_photos(others.origin.to_numpy(str))]
    parts["published"] = others[others.origin == "published"] if "custom" in set(others.origin) else others[:0]
    for key, rows in parts.items():
        low, high = interval_over_photos(rows, "misleading") if len(rows) else (np.nan, np.nan)
        shares = {"": rows.misleading.mean(), "_low": low, "_high": high}
        numbers |= {f"misleading_{key}{end}": 100 * float(share) for end, share in shares.items()}
    return numbers | {"strongest_misleading": float(others.ratio.max())}


CostOfPhotos = Callable[[npt.NDArray[np.intp]], float]
"""A cost of LRs as a function of the photos that are taken in, by their number in the order of their names."""


def _cost_by_photo(each: Ratios, ratios: npt.NDArray[np.float64], chosen: np.ndarray) -> CostOfPhotos:
    """`cllr` of the LRs of ``chosen`` networks."""
    codes = np.unique(each.images.source, return_inverse=True)[1]
    targets, of_each = each.targets[:, chosen], costs(ratios[:, chosen], each.targets[:, chosen])
    parts = []
    for these in (targets, ~targets):
        parts.append((np.bincount(codes, (of_each * these).sum(axis=1)), np.bincount(codes, these.sum(axis=1))))

    def cost(photos: npt.NDArray[np.intp]) -> float:
        return float(sum(sums[photos].sum() / counts[photos].sum() for sums, counts in parts) / 2)

    return cost


def _least_cost_by_photo(each: Ratios, chosen: np.ndarray) -> CostOfPhotos:
    """`cllr_min` of the same, of LRs rounded to `ROUNDED` digits, so that those of many images are sorted once."""
    codes = np.unique(each.images.source, return_inverse=True)[1]
    values, of_value = np.unique(each.ratios[:, chosen].round(ROUNDED), return_inverse=True)
    place = codes[:, None] * len(values) + of_value.reshape(len(codes), -1)
    targets, size = each.targets[:, chosen], (codes.max() + 1) * len(values)
    counts = [np.bincount(place[these], minlength=size).reshape(-1, len(values)) for these in (targets, ~targets)]

    def cost(photos: npt.NDArray[np.intp]) -> float:
        return cllr_min_of_counts(*(each_count[photos].sum(axis=0) for each_count in counts))

    return cost


def _pairs(each: Ratios, chosen: np.ndarray, of_targets: bool) -> pd.DataFrame:
    """One row per image and chosen network, which made it or did not: ratio, whether it misleads, photo, origin."""
    rows, columns = np.nonzero((each.targets == of_targets) & chosen)
    ratio = each.ratios[rows, columns]
    misleading = ratio < 0 if of_targets else ratio > 0
    origin = each.images.origin[rows]
    return pd.DataFrame(
        {"ratio": ratio, "misleading": misleading, "source": each.images.source[rows], "origin": origin}
    )


def tabulate_likelihood_ratios(
    test: Mapping[str, Sequence[Path]],
    validation: Mapping[str, Sequence[Path]],
    calibrations: Mapping[str, Sequence[Path]],
    networks: Path,
    csv: Path,
    tex: Path,
) -> None:
    """Write the table of all experiments; files are by experiment name, one per classifier seed."""
    table = read_network_table(networks)
    read = read_evidence(test, validation, calibrations, networks)
    frame = pd.concat([ratio_table(name, seeds, table) for name, seeds in read.items()], ignore_index=True)
    write_table(
        frame,
        csv,
        tex,
        caption="Likelihood ratios of each network against others of the study, and photos if evaluated on them.",
        label="tab:likelihood_ratios",
        columns=COLUMNS,
        groups=(frame.experiment + frame.fitted_on).tolist(),
    )

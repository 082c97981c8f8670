"""Findings about the weight of evidence: how sure an attribution may be called."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.evidence.held_out import OTHER_PHOTOS, VALIDATION
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.wording import enough_photos, escape_rst, format_result, verdict
from sr_fingerprints.tables.calibration import NONE

Row = Mapping[str, Any]


def weight_of_evidence(tables: Mapping[str, pd.DataFrame], photos: float, given: str = "published") -> list[str]:
    """Lines about calibration, likelihood ratios, conformal sets and growth; none without these tables.

    ``given`` is what networks of the origin published are called.
    """
    if "calibration" not in tables:
        return []
    return [
        *_probabilities(tables["calibration"], photos),
        *_ratios(tables["likelihood_ratios"], photos, given),
        *_sets(tables["conformal_sets"], photos),
        *_growth(tables["evidence_growth"], photos),
    ]


def _probabilities(table: pd.DataFrame, photos: float) -> Iterator[str]:
    for name, rows in table.groupby("experiment", sort=False):
        ways = {row["fitted_on"]: row for row in records(rows)}
        plain, fitted, others = (ways[way] for way in (NONE, VALIDATION, OTHER_PHOTOS))
        too_confident = verdict(plain["overconfidence_low"], plain["overconfidence_high"], photos)
        leaning = {"seen here": "too confident", "the opposite is seen here": "too cautious"}
        yield (
            f"* Probabilities of {escape_rst(name)}: confident to {plain['confidence']:.1f} %, right in "
            f"{format_result(plain, stem='accuracy')} %, {format_result(plain, '+z.1f', 'overconfidence')} points "
            f"apart: **{leaning.get(too_confident, too_confident)}**. Expected calibration error "
            f"{format_result(plain, stem='ece')} (if calibrated: {plain['ece_if_calibrated']:.1f}); with a "
            f"temperature of {fitted['temperature']:.2f} from {_photos(fitted)} {format_result(fitted, stem='ece')}, "
            f"of {others['temperature']:.2f} from {_photos(others)} {format_result(others, stem='ece')}."
        )


def _ratios(table: pd.DataFrame, photos: float, given: str) -> Iterator[str]:
    for row in records(table[table.group == "all"]):
        better = verdict(-row["cllr_high"], -row["cllr_low"], photos, reference=-1.0)
        yield (
            f"* Likelihood ratios of {escape_rst(row['experiment'])} against others "
            f"({row['alternatives'].replace('published', given)}), fitted on {_photos(row)}: they say more than none "
            f"would (Cllr below 1): **{better}**, "
            f"{format_result(row, '.2f', 'cllr')}, of which {row['cllr_min']:.2f} is discrimination; misleading "
            f"in {format_result(row, stem='misleading_own')} % "
            f"of cases against the network that made the image, and {format_result(row, stem='misleading_others')} % "
            f"for one that did not, at worst by a factor of 10\\ :sup:`{row['strongest_misleading']:.1f}`. So many "
            f"photos support factors of {row['lowest']:.2g} to {row['highest']:.2g} (Cllr within them "
            f"{row['cllr_bounded']:.2f}): at most {escape_rst(row['support'])}."
        )


def _sets(table: pd.DataFrame, photos: float) -> Iterator[str]:
    chosen = table[(table.nominal.round() == 90) & (table.method == "by class")]
    for row in records(chosen):
        covered = verdict(row["coverage_low"], row["coverage_high"], photos, 90.0)
        said = {"seen here": "kept", "the opposite is seen here": "broken"}.get(covered, covered)
        yield (
            f"* Prediction sets of {escape_rst(row['experiment'])} at 90 %, calibrated by class on {_photos(row)}: "
            f"covered {format_result(row, stem='coverage')} %, on the worst photo {row['coverage_worst']:.1f} % "
            f"(promise: {said}); {row['size']:.1f} networks in a set."
        )


def _growth(table: pd.DataFrame, photos: float) -> Iterator[str]:
    for way, rows in table.groupby("grows_with", sort=False):
        ordered = records(rows.sort_values("amount"))
        first, last = ordered[0], ordered[-1]
        if first["amount"] < last["amount"]:
            apart = first["accuracy_high"] < last["accuracy_low"] and enough_photos(photos)
            weights = [f"{row['weight']:z.1f}" for row in (first, last) if not pd.isna(row["weight"])]
            of_weights = f"; mean log10 LR {' to '.join(weights)}" if len(weights) == 2 else ""
            yield (
                f"* From {first['amount']} to {last['amount']} ({escape_rst(way)}): accuracy {format_result(first)} "
                f"to {format_result(last)}, chance {last['chance']:.1f}{of_weights}"
                f"{'' if apart else '; intervals overlap or are missing'}."
            )


def _photos(row: Row) -> str:
    count = row["photos_fitted"]
    return f"{count:.0f} {'photo' if count == 1 else 'photos'} ({escape_rst(row['fitted_on'])})"

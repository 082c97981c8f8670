"""The first numbers of a study: the paper's findings first, then what the study has beyond them.

Each is from the row, and has the verdict, of the finding in words: what is shown as a number and an interval is what
the text says. A study without attribution to custom networks has other ones first.
"""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import records, row_at
from sr_fingerprints.report.findings.fingerprints import LOSS_PARTS
from sr_fingerprints.report.findings.key_number import (
    NOT_IN_IT,
    KeyNumber,
    Tables,
    accuracy_number,
    deviation,
    paper_number,
    value_and_interval,
)
from sr_fingerprints.report.findings.numbers_beyond import (
    answers_in_numbers,
    evidence_in_numbers,
    grids_in_numbers,
    robustness_in_numbers,
)
from sr_fingerprints.report.findings.prnu import prnu_columns
from sr_fingerprints.report.findings.wording import difference_verdict
from sr_fingerprints.study.tabulated import name_of_published
from sr_fingerprints.tables.paper import select_paper_rows


def key_numbers(tables: Tables, study: Mapping[str, Any], photos: int) -> list[KeyNumber]:
    """All that the ``tables`` have, the most important first; arguments are those of `findings.findings`."""
    given = name_of_published(study["published_networks"], study["own_networks"])
    paper = tables["values"].set_index("name") if "values" in tables else None
    groups, triplets = tables.get("accuracy_by_hyperparameter"), tables.get("seed_triplets")
    by_value = groups.set_index(["hyperparameter", "value"]) if groups is not None else None
    return [
        *_attribution(by_value, tables, paper, given, photos),
        *_differences(by_value, "accuracy", paper, photos),
        *_seeds(triplets, paper, photos),
        *answers_in_numbers(tables, photos),
        *_prnu(by_value, triplets, paper, photos),
        *_backbones(tables, given, photos),
        *robustness_in_numbers(tables, given, photos),
        *evidence_in_numbers(tables, photos),
        *grids_in_numbers(tables, given, photos),
    ]


def _attribution(
    groups: pd.DataFrame | None, tables: Tables, paper: pd.DataFrame | None, given: str, photos: float
) -> Iterator[KeyNumber]:
    if groups is not None and "accuracy_mean" in groups:
        row = row_at(groups, ("all", "all"))
        claim = "A classifier names the custom network that made an image"
        yield accuracy_number(row, claim, "custom networks", "accuracy_by_hyperparameter", photos)
    if (published := tables.get("published_networks")) is not None:
        row = row_at(published[published.network == "mean"].set_index(["scale", "loss"]), ("all", "all"))
        claim = f"A classifier names the {given} network that made an image"
        if "accuracy_mean" in row:
            named = paper_number(paper, "PretrainedClassifierAcc") if given != "own" else NOT_IN_IT
            yield accuracy_number(row, claim, f"{given} networks", "published_networks", photos, paper=named)
        else:
            for column in prnu_columns(row.index):
                denoiser, match = column.split("_")[1:]
                claim = f"PRNU, {match} ({denoiser}), names the {given} network that made an image"
                yield accuracy_number(row, claim, f"{given} networks", "published_networks", photos, column)


def _backbones(tables: Tables, given: str, photos: float) -> Iterator[KeyNumber]:
    if "backbones" in tables:
        for row in records(tables["backbones"]):
            claim = f"A classifier ({row['backbone']}) names the network among all, custom and {given}"
            yield accuracy_number(row, claim, "all networks", "backbones", photos)


def _differences(
    groups: pd.DataFrame | None, stem: str, paper: pd.DataFrame | None, photos: float
) -> Iterator[KeyNumber]:
    if groups is None or (stem not in groups and f"{stem}_mean" not in groups):
        return
    compared = [value for kind, value in groups.index if kind == "difference"]
    prnu = "" if stem == "accuracy" else f" PRNU, {stem.split('_')[2]} ({stem.split('_')[1]}):"
    theirs = "" if stem == "accuracy" else "PRNU"
    if "adversarial - L1" in compared:
        claim = f"{prnu} Adversarial losses leave more distinctive fingerprints than L1".strip()
        yield _difference(groups, "adversarial - L1", stem, claim, _paper_of(stem, paper, theirs, "Loss"), photos)
    for added, name in LOSS_PARTS if stem == "accuracy" else ():
        if name in compared:
            claim = f"Adding {added} makes fingerprints more distinctive"
            yield _difference(groups, name, stem, claim, NOT_IN_IT, photos)
    scales = [value for value in compared if value.startswith("scale")]
    if scales:
        claim = f"{prnu} Larger scales leave more distinctive fingerprints".strip()
        yield _difference(groups, scales[0], stem, claim, _paper_of(stem, paper, theirs, "Scale"), photos)


def _paper_of(stem: str, paper: pd.DataFrame | None, prefix: str, what: str) -> tuple[float, float]:
    """The paper's number; of PRNU it has that of the Euclidean match alone."""
    return (
        paper_number(paper, f"{prefix}{what}AccRange")
        if stem == "accuracy" or stem.endswith("euclidean")
        else NOT_IN_IT
    )


def _difference(
    groups: pd.DataFrame, name: str, stem: str, claim: str, of_paper: tuple[float, float], photos: float
) -> KeyNumber:
    row = row_at(groups, ("difference", name))
    both = f"{stem}_networks"
    over_both = not isnan(row[f"{both}_low"])
    ends = both if over_both else stem
    return KeyNumber(
        claim,
        f"accuracy, {name.replace(' - ', ' minus ')}",
        *value_and_interval(row, stem, ends),
        0.0,
        "no difference",
        difference_verdict(row, photos, stem),
        "accuracy_by_hyperparameter",
        unit="points",
        std=deviation(row, stem),
        interval="photos and networks" if over_both else "photos",
        paper=of_paper[0],
        paper_std=of_paper[1],
    )


def _seeds(triplets: pd.DataFrame | None, paper: pd.DataFrame | None, photos: float) -> Iterator[KeyNumber]:
    if triplets is not None and "accuracy_mean" in triplets:
        row = select_paper_rows(triplets).iloc[-1]
        claim = "Networks that differ only in their seed are told apart"
        named = paper_number(paper, "DistinctionBetweenSeedAcc")
        yield accuracy_number(row, claim, "three seeds each", "seed_triplets", photos, paper=named)


def _prnu(
    groups: pd.DataFrame | None, triplets: pd.DataFrame | None, paper: pd.DataFrame | None, photos: float
) -> Iterator[KeyNumber]:
    if groups is None:
        return
    for column in prnu_columns(groups.columns):
        denoiser, match = column.split("_")[1:]
        method = f"PRNU, {match} ({denoiser})"
        claim = f"{method}, names the custom network that made an image"
        table = "accuracy_by_hyperparameter"
        yield accuracy_number(row_at(groups, ("all", "all")), claim, "custom networks", table, photos, column)
        if triplets is not None:
            named = paper_number(paper, "PRNUDistinctionBetweenSeedAcc") if match == "euclidean" else NOT_IN_IT
            row = select_paper_rows(triplets).iloc[-1]
            claim = f"{method}, tells networks apart that differ only in their seed"
            yield accuracy_number(row, claim, "three seeds each", "seed_triplets", photos, column, paper=named)
        if ("difference", "adversarial - L1") in groups.index:
            yield next(_differences(groups, column, paper, photos))

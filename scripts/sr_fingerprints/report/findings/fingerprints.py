"""Findings about what classifiers learned, and what their controls say."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import named_rows, records, row_at
from sr_fingerprints.report.findings.wording import both, enough, ours, papers, plain, seen, verdict
from sr_fingerprints.study.experiments import HYPERPARAMETERS
from sr_fingerprints.tables.paper import in_paper_order

Tables = Mapping[str, pd.DataFrame]


def attribution(groups: pd.DataFrame, tables: Tables, paper: pd.DataFrame) -> list[str]:
    """How often images are attributed to the right network: custom ones, published ones, and all by each backbone."""
    custom, published = row_at(groups, ("all", "all")), tables["published_networks"]
    means = published[published.network == "mean"].set_index(["scale", "loss"])
    everything = row_at(means, ("all", "all"))
    lines = [
        f"* Custom networks: {ours(custom)}, chance {custom.chance:.1f}.",
        f"* Published networks: {ours(everything)}, chance {everything.chance:.1f}; "
        f"paper {papers(row_at(paper, 'PretrainedClassifierAcc'))}.",
    ]
    if "backbones" in tables:
        for row in records(tables["backbones"]):
            lines.append(f"* All networks, {plain(row['backbone'])}: {ours(row)}, chance {row['chance']:.1f}.")
    return lines


def kind_difference(difference: pd.Series, photos: float, paper: pd.Series) -> list[str]:
    """Whether the networks of one scale or loss have more distinctive fingerprints than those of another."""
    return [f"**{seen(difference, photos)}**: {both(difference)} points; paper {papers(paper, '+.1f')} points."]


def loss_parts(groups: pd.DataFrame, photos: float) -> list[str]:
    """What a perceptual loss without a discriminator adds to L1, and a discriminator to that."""
    lines = []
    for added, name in (
        ("perceptual loss", "perceptual - L1"),
        ("discriminator beside it", "adversarial - perceptual"),
    ):
        difference = row_at(groups, ("difference", name))
        lines.append(
            f"* That a {added} makes fingerprints more distinctive: **{seen(difference, photos)}**, "
            f"{both(difference)} points ({name.replace(' - ', ' less ')}). "
            "The paper has no losses without a discriminator."
        )
    return lines


def seeds(triplets: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """Whether networks that differ by their seed alone are told apart."""
    everything = in_paper_order(triplets).iloc[-1]
    seen = verdict(everything.accuracy_low, everything.accuracy_high, photos, everything.chance)
    named = papers(row_at(paper, "DistinctionBetweenSeedAcc"))
    line = f"**{seen}**: {ours(everything)}, chance {everything.chance:.1f}; paper {named}."
    if not pd.isna(everything.left_out):
        line += f" Both are without {plain(everything.left_out)}; with it we have {ours(triplets.iloc[-1])}."
    return [line]


def parsing(parsers: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """One line a task: the least and the greatest accuracy, and in how many cells it is above chance."""
    lines = []
    unseen = parsers[parsers.tested_on == "unseen"]
    for task in HYPERPARAMETERS:
        cells = unseen[unseen.task == task].sort_values("accuracy_mean")
        if cells.empty:
            continue
        verdicts = [verdict(cell.accuracy_low, cell.accuracy_high, photos, cell.chance) for cell in named_rows(cells)]
        above = f"above chance ({cells.chance.iloc[0]:.1f}) in {verdicts.count('seen here')} of {len(cells)} cells"
        least, most = cells.iloc[0], cells.iloc[-1]
        printed = paper.paper[paper.index.str.startswith(f"{task}Withholding")]
        lines.append(
            f"* {task}: {above if enough(photos) else verdicts[0]}; from "
            f"{ours(least)} (without {plain(least.withheld)}) to {ours(most)} (without {plain(most.withheld)}); "
            f"paper {printed.min():.1f} to {printed.max():.1f}."
        )
    return lines


def control_findings(controls: pd.DataFrame) -> list[str]:
    """One line a measurement of a control, beside its chance."""
    return [
        f"* {plain(row['measured'])}: {ours(row)}, chance {chance_of(row)}{_apart(row)}." for row in records(controls)
    ]


def _apart(row: Mapping[str, Any]) -> str:
    """How far the images of twins differ: not at all, and nothing could tell them apart."""
    if pd.isna(row["pixels_differ"]):
        return ""
    differ, greatest = row["pixels_differ"], row["greatest_difference"]
    return f"; {differ:.1f} % of their pixels differ, by up to {greatest:.0f} grey levels"


def chance_of(row: Mapping[str, Any]) -> str:
    spread = "" if pd.isna(row["chance_low"]) else f" [{row['chance_low']:.1f}, {row['chance_high']:.1f}]"
    return f"{row['chance']:.1f}{spread}"

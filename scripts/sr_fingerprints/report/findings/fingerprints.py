"""Findings about attribution, parsing and the controls."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import named_rows, records, row_at
from sr_fingerprints.report.findings.wording import (
    difference_verdict,
    enough_photos,
    escape_rst,
    format_difference,
    format_ours,
    format_paper,
    verdict,
)
from sr_fingerprints.study.experiments import HYPERPARAMETERS
from sr_fingerprints.tables.paper import select_paper_rows

Tables = Mapping[str, pd.DataFrame]


def attribution_findings(groups: pd.DataFrame, tables: Tables, paper: pd.DataFrame) -> list[str]:
    """Accuracy of attribution: to custom networks, to published ones, and to all by each backbone."""
    custom, published = row_at(groups, ("all", "all")), tables["published_networks"]
    means = published[published.network == "mean"].set_index(["scale", "loss"])
    everything = row_at(means, ("all", "all"))
    lines = [
        f"* Custom networks: {format_ours(custom)}, chance {custom.chance:.1f}.",
        f"* Published networks: {format_ours(everything)}, chance {everything.chance:.1f}; "
        f"paper {format_paper(row_at(paper, 'PretrainedClassifierAcc'))}.",
    ]
    if "backbones" in tables:
        for row in records(tables["backbones"]):
            lines.append(
                f"* All networks, {escape_rst(row['backbone'])}: {format_ours(row)}, chance {row['chance']:.1f}."
            )
    return lines


def difference_findings(difference: pd.Series, photos: float, paper: pd.Series) -> list[str]:
    """Whether networks of one scale or loss have more distinctive fingerprints than those of another."""
    return [
        f"**{difference_verdict(difference, photos)}**: {format_difference(difference)} points; "
        f"paper {format_paper(paper, '+.1f')} points."
    ]


def loss_part_findings(groups: pd.DataFrame, photos: float) -> list[str]:
    """Effect of adding a perceptual loss to L1, and a discriminator to that."""
    lines = []
    for added, name in (
        ("perceptual loss", "perceptual - L1"),
        ("discriminator beside it", "adversarial - perceptual"),
    ):
        difference = row_at(groups, ("difference", name))
        lines.append(
            f"* That a {added} makes fingerprints more distinctive: **{difference_verdict(difference, photos)}**, "
            f"{format_difference(difference)} points ({name.replace(' - ', ' less ')}). "
            "The paper has no losses without a discriminator."
        )
    return lines


def seed_findings(triplets: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """Whether networks that differ only by their seed are told apart."""
    everything = select_paper_rows(triplets).iloc[-1]
    seen = verdict(everything.accuracy_low, everything.accuracy_high, photos, everything.chance)
    named = format_paper(row_at(paper, "DistinctionBetweenSeedAcc"))
    line = f"**{seen}**: {format_ours(everything)}, chance {everything.chance:.1f}; paper {named}."
    if not pd.isna(everything.left_out):
        line += (
            f" Both are without {escape_rst(everything.left_out)}; with it we have {format_ours(triplets.iloc[-1])}."
        )
    return [line]


def parsing_findings(parsers: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """One line per task: lowest and highest accuracy, and number of cells above chance."""
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
            f"* {task}: {above if enough_photos(photos) else verdicts[0]}; from "
            f"{format_ours(least)} (without {escape_rst(least.withheld)}) to "
            f"{format_ours(most)} (without {escape_rst(most.withheld)}); "
            f"paper {printed.min():.1f} to {printed.max():.1f}."
        )
    return lines


def control_findings(controls: pd.DataFrame) -> list[str]:
    """One line per measurement of a control, with its chance."""
    return [
        f"* {escape_rst(row['measured'])}: {format_ours(row)}, chance {format_chance(row)}{_twin_difference(row)}."
        for row in records(controls)
    ]


def _twin_difference(row: Mapping[str, Any]) -> str:
    """Text on the difference between the images of twins; without any, they cannot be told apart."""
    if pd.isna(row["pixels_differ"]):
        return ""
    differ, greatest = row["pixels_differ"], row["greatest_difference"]
    return f"; {differ:.1f} % of their pixels differ, by up to {greatest:.0f} grey levels"


def format_chance(row: Mapping[str, Any]) -> str:
    spread = "" if pd.isna(row["chance_low"]) else f" [{row['chance_low']:.1f}, {row['chance_high']:.1f}]"
    return f"{row['chance']:.1f}{spread}"

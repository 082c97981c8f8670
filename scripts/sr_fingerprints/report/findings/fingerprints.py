"""Findings about classifiers, and about the controls."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sr_fingerprints.files.table_rows import named_rows, records, row_at
from sr_fingerprints.report.findings.prnu import prnu_columns
from sr_fingerprints.report.findings.wording import (
    difference_verdict,
    enough_photos,
    escape_rst,
    format_difference,
    format_paper,
    format_result,
    verdict,
)
from sr_fingerprints.study.experiments import HYPERPARAMETERS
from sr_fingerprints.tables.paper import select_paper_rows

Tables = Mapping[str, pd.DataFrame]


def attribution(groups: pd.DataFrame | None, tables: Tables, paper: pd.DataFrame, given: str) -> list[str]:
    """Accuracy of attribution to custom networks, to published networks, and to all networks by each backbone.

    ``groups`` is the table of accuracy by hyperparameter, or None. ``given`` is what networks of the origin published
    are called. Their PRNU has lines here where they have no classifier, or custom networks no PRNU, to which a
    finding is devoted.
    """
    lines = []
    if groups is not None and "accuracy_mean" in groups:
        custom = row_at(groups, ("all", "all"))
        lines.append(f"* Custom networks: {format_result(custom)}, chance {custom.chance:.1f}.")
    if "published_networks" in tables:
        published = tables["published_networks"]
        means = published[published.network == "mean"].set_index(["scale", "loss"])
        everything = row_at(means, ("all", "all"))
        chance = f"chance {everything.chance:.1f}"
        if "accuracy_mean" in means:
            beside = "" if given == "own" else f"; paper {format_paper(row_at(paper, 'PretrainedClassifierAcc'))}"
            lines.append(f"* {given.capitalize()} networks: {format_result(everything)}, {chance}{beside}.")
        if "accuracy_mean" not in means or groups is None or not prnu_columns(groups.columns):
            for column in prnu_columns(means.columns):
                denoiser, match = column.split("_")[1:]
                found = format_result(everything, stem=column)
                lines.append(f"* {given.capitalize()} networks by PRNU, {match} ({denoiser}): {found}, {chance}.")
    if "backbones" in tables:
        for row in records(tables["backbones"]):
            lines.append(
                f"* All networks, {escape_rst(row['backbone'])}: {format_result(row)}, chance {row['chance']:.1f}."
            )
    return lines


def kind_difference(difference: pd.Series, photos: float, paper: pd.Series) -> list[str]:
    """Whether the networks of one scale or loss have more distinctive fingerprints than those of another."""
    decided, printed = difference_verdict(difference, photos), format_paper(paper, "+z.1f")
    return [f"**{decided}**: {format_difference(difference)} points; paper {printed} points."]


LOSS_PARTS = (
    ("a perceptual loss to L1", "perceptual - L1"),
    ("a discriminator to a perceptual loss", "adversarial - perceptual"),
)
"""What is added to a loss, and the row of the table with the difference."""


def loss_parts(groups: pd.DataFrame, photos: float) -> list[str]:
    """Change of accuracy from L1 to a perceptual loss without a discriminator, and from that to one with."""
    lines = []
    for added, name in LOSS_PARTS:
        difference = row_at(groups, ("difference", name))
        lines.append(
            f"* Adding {added} makes fingerprints more distinctive: **{difference_verdict(difference, photos)}**, "
            f"{format_difference(difference)} points ({name.replace(' - ', ' minus ')}). "
            "The paper has no perceptual losses without a discriminator."
        )
    return lines


def seeds(triplets: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """Whether networks that differ only in their seed are told apart."""
    everything = select_paper_rows(triplets).iloc[-1]
    decided = verdict(everything.accuracy_low, everything.accuracy_high, photos, everything.chance)
    named = format_paper(row_at(paper, "DistinctionBetweenSeedAcc"))
    line = f"**{decided}**: {format_result(everything)}, chance {everything.chance:.1f}; paper {named}."
    if not pd.isna(everything.left_out):
        line += (
            f" Both leave out {escape_rst(everything.left_out)}; with it, ours is {format_result(triplets.iloc[-1])}."
        )
    return [line]


def parsing(parsers: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """One line for each task: lowest and highest accuracy, and the number of cells above chance."""
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
            f"{format_result(least)} ({escape_rst(least.withheld)} withheld) to "
            f"{format_result(most)} ({escape_rst(most.withheld)} withheld); "
            f"paper {printed.min():.1f} to {printed.max():.1f}."
        )
    return lines


def control_findings(controls: pd.DataFrame) -> list[str]:
    """One line for each measurement of a control, with its chance level."""
    return [
        f"* {escape_rst(row['measured'])}: {format_result(row)}, "
        f"chance {format_chance(row)}{_pixel_differences(row)}."
        for row in records(controls)
    ]


def _pixel_differences(row: Mapping[str, Any]) -> str:
    """How far the images of twins differ; where they are identical, nothing can tell them apart."""
    if pd.isna(row["pixels_differ"]):
        return ""
    differ, greatest = row["pixels_differ"], row["greatest_difference"]
    return f"; {differ:.1f} % of their pixels differ, by up to {greatest:.0f} grey levels"


def format_chance(row: Mapping[str, Any]) -> str:
    """Format a chance level with its range, where it has one."""
    spread = "" if pd.isna(row["chance_low"]) else f" [{row['chance_low']:.1f}, {row['chance_high']:.1f}]"
    return f"{row['chance']:.1f}{spread}"

"""What the report opens with: the paper's findings, each with this study's numbers and intervals, and the paper's.

Whether a finding is seen here is decided by an interval, not by eye: the 95 % interval over photos of the difference,
or of the accuracy less chance, lies above zero, below it, or spans it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.experiments import HYPERPARAMETERS
from sr_fingerprints.files import write_text
from sr_fingerprints.tables.writing import read_table

Tables = Mapping[str, pd.DataFrame]


def write_findings(tables: Mapping[str, Path], study: Mapping[str, Any], introduction: Path, output: Path) -> None:
    """Write reStructuredText: what was studied, the findings, and then the text of the file ``introduction``.

    ``tables`` are files (CSV) of the package ``tables`` by name: accuracy_by_hyperparameter, seed_triplets,
    published_networks, values, and as far as the study has them backbones, parsers and controls. ``study`` has its
    name and how many custom_networks, published_networks and photos there are.
    """
    read = {name: read_table(path) for name, path in tables.items()}
    paper = read["values"].set_index("name")
    text = [_titled("Which network made this image?", "="), _studied(study, read)]
    for title, lines in findings(read, paper):
        text += [_titled(title, "-"), "\n".join(lines)]
    text.append(introduction.read_text(encoding="utf-8").strip())
    write_text(output, "\n\n".join(text) + "\n")


def findings(tables: Tables, paper: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Titles of findings, and lines (reStructuredText) under each. ``paper`` is the table of values, by name."""
    groups = tables["accuracy_by_hyperparameter"].set_index(["hyperparameter", "value"])
    yield "Attribution", _attribution(groups, tables, paper)
    compared = [value for kind, value in groups.index if kind == "difference"]
    scales = [value for value in compared if value.startswith("scale")]
    if scales:
        difference = groups.loc[("difference", scales[0])]
        yield "Larger scales leave more distinctive fingerprints", _difference(difference, paper.loc["ScaleAccRange"])
    if "adversarial - L1" in compared:
        difference = groups.loc[("difference", "adversarial - L1")]
        yield "Adversarial losses do so too", _difference(difference, paper.loc["LossAccRange"])
    if len(tables["seed_triplets"]):
        yield "Networks that differ by their seed alone are told apart", _seeds(tables["seed_triplets"], paper)
    if "parsers" in tables:
        yield "Parsing of networks with a value that was never seen", _parsing(tables["parsers"], paper)
    if prnu_columns(groups.columns):
        yield "PRNU, matched as the paper does and as the field does", _prnu(groups, tables["seed_triplets"], paper)
    if "prnu" in tables and (lines := _what_prnu_depends_on(tables["prnu"])):
        yield "What PRNU depends on: the arithmetic of its sums, and the grid of upsampling", lines
    if "controls" in tables:
        yield "Controls", _controls(tables["controls"])


def verdict(low: float, high: float, reference: float = 0.0) -> str:
    """What an interval says of a quantity that a finding takes to be above ``reference``."""
    if pd.isna(low):
        return "undecided (one photo)"
    if low > reference:
        return "seen here"
    return "the opposite is seen here" if high < reference else "undecided here"


def _studied(study: Mapping[str, Any], tables: Tables) -> str:
    tested = tables["accuracy_by_hyperparameter"].photos[0]
    return (
        f"Study **{_plain(study['name'])}**: {study['custom_networks']} custom networks, "
        f"{study['published_networks']} published ones, {study['photos']} photos, {tested:.0f} of them for test. "
        "The paper has 180, 25, 1,000 and 100. Numbers are in per cent or points; in brackets stand 95 % intervals "
        "over the test photos, after |plusmn| deviations over classifier seeds.\n\n.. |plusmn| unicode:: U+00B1"
    )


def _attribution(groups: pd.DataFrame, tables: Tables, paper: pd.DataFrame) -> list[str]:
    custom, published = groups.loc[("all", "all")], tables["published_networks"]
    means = published[published.network == "mean"].set_index(["scale", "loss"])
    everything = means.loc[("all", "all")]
    lines = [
        f"* Custom networks: {_ours(custom)}, chance {custom.chance:.1f}.",
        f"* Published networks: {_ours(everything)}, chance {everything.chance:.1f}; "
        f"paper {_paper(paper.loc['PretrainedClassifierAcc'])}.",
    ]
    if "backbones" in tables:
        for row in tables["backbones"].to_dict("records"):
            lines.append(f"* All networks, {_plain(row['backbone'])}: {_ours(row)}, chance {row['chance']:.1f}.")
    return lines


def _difference(difference: pd.Series, paper: pd.Series) -> list[str]:
    seen = verdict(difference.accuracy_low, difference.accuracy_high)
    return [f"**{seen}**: {_ours(difference, '+.1f')} points; paper {_paper(paper, '+.1f')} points."]


def _seeds(triplets: pd.DataFrame, paper: pd.DataFrame) -> list[str]:
    everything = triplets[(triplets.scale == "all") & (triplets.loss == "all")].iloc[0]
    seen = verdict(everything.accuracy_low, everything.accuracy_high, everything.chance)
    named = _paper(paper.loc["DistinctionBetweenSeedAcc"])
    return [f"**{seen}**: {_ours(everything)}, chance {everything.chance:.1f}; paper {named}."]


def _parsing(parsers: pd.DataFrame, paper: pd.DataFrame) -> list[str]:
    """One line a task: the least and the greatest accuracy, and in how many cells it is above chance."""
    lines = []
    unseen = parsers[parsers.tested_on == "unseen"]
    for task in HYPERPARAMETERS:
        cells = unseen[unseen.task == task].sort_values("accuracy_mean")
        if cells.empty:
            continue
        above = int((cells.accuracy_low > cells.chance).sum())
        least, most = cells.iloc[0], cells.iloc[-1]
        printed = paper.paper[paper.index.str.startswith(f"{task}Withholding")]
        lines.append(
            f"* {task}: above chance ({cells.chance.iloc[0]:.1f}) in {above} of {len(cells)} cells; from "
            f"{_ours(least)} (without {_plain(least.withheld)}) to {_ours(most)} (without {_plain(most.withheld)}); "
            f"paper {printed.min():.1f} to {printed.max():.1f}."
        )
    return lines


def _prnu(groups: pd.DataFrame, triplets: pd.DataFrame, paper: pd.DataFrame) -> list[str]:
    """How far each match gets, and which losses' networks have the more distinctive PRNU by it."""
    lines, found = [], set()
    custom = groups.loc[("all", "all")]
    adversarial = ("difference", "adversarial - L1")
    for column in prnu_columns(groups.columns):
        denoiser, match = column.split("_")[1:]
        line = f"* {match} ({denoiser}): {_ours(custom, stem=column)} of custom networks, chance {custom.chance:.1f}"
        if len(triplets):
            everything = triplets.iloc[-1]
            line += f"; {_ours(everything, stem=column)} within seed triplets, chance {everything.chance:.1f}"
        if adversarial in groups.index:
            gap = groups.loc[adversarial]
            better = {"seen here": "adversarial", "the opposite is seen here": "L1"}
            more = better.get(verdict(gap[f"{column}_low"], gap[f"{column}_high"]), "neither")
            line += f"; adversarial less L1 {_ours(gap, '+.1f', column)} points: {more} is more distinctive"
            found.add(more)
        lines.append(line + ".")
    lines.append(
        f"* paper (Euclidean, BM3D): {_paper(paper.loc['PRNUDistinctionBetweenSeedAcc'])} within seed triplets; "
        f"adversarial less L1 {_paper(paper.loc['PRNULossAccRange'], '+.1f')} points: L1 is more distinctive."
    )
    if found:
        agreed = f"{found.pop()} is more distinctive by every match" if len(found) == 1 else "the matches disagree"
        lines.append(f"* That L1 networks have the more distinctive PRNU, as the paper finds: {agreed} here.")
    return lines


MORE_DISTINCTIVE = {"seen here": "adversarial", "the opposite is seen here": "L1"}
PRNU_SETTINGS = ["denoiser", "match", "arithmetic", "grid", "shift", "crop", "training_photos"]


def _what_prnu_depends_on(table: pd.DataFrame) -> list[str]:
    """Experiments beside those that differ from them in one setting alone: int8 sums, a shift, a snapped grid."""
    lines = [*_wrapped_sums(table)]
    for setting, usual in (("shift", "0, 0"), ("grid", "free")):
        for row, other in _varied(table, setting, usual):
            moved = f"test crops shifted by ({row['shift']})" if setting == "shift" else "crops snapped to the grid"
            lines.append(
                f"* {moved}, {row['match']} ({row['denoiser']}, grid {row['grid']}): {_ours(row)} instead of "
                f"{_ours(other)}, chance {row['chance']:.1f}; {other['periodic']:.1f} % of the fingerprints' energy "
                "repeats with the upsampling."
            )
    return lines


def _wrapped_sums(table: pd.DataFrame) -> Iterator[str]:
    """Int8 sums beside exact ones, and how often L1 is ahead by the former alone."""
    found = []
    for row, other in _varied(table, "arithmetic", "exact"):
        if row["arithmetic"] != "int8":
            continue
        line = (
            f"* int8 sums, as in the paper's code ({row['match']}, {row['denoiser']}, {row['training_photos']} "
            f"photos, {row['overflowing']:.1f} % of sums overflow): {_ours(row)} of custom networks, with exact sums "
            f"{_ours(other)}, chance {row['chance']:.1f}"
        )
        if not pd.isna(row.get("difference")):
            more = [
                MORE_DISTINCTIVE.get(verdict(one["difference_low"], one["difference_high"]), "neither")
                for one in (row, other)
            ]
            found.append(tuple(more))
            line += (
                f"; adversarial less L1 {_ours(row, '+.1f', 'difference')} points, with exact sums "
                f"{_ours(other, '+.1f', 'difference')}: {more[0]} is more distinctive by the former, {more[1]} by "
                "the latter"
            )
        yield line + "."
    if found:
        turned = sum(wrapped == "L1" != exact for wrapped, exact in found)
        yield (
            f"* The paper's order of losses, L1 ahead, comes with int8 sums and goes with exact ones in {turned} of "
            f"{len(found)} such comparisons, on this study's networks and photos. Whether it did in the paper cannot "
            "be told without the paper's own images."
        )


def _varied(table: pd.DataFrame, setting: str, usual: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows with an unusual value of a setting, each with the row that has the usual one and is alike in the rest."""
    rows = table.to_dict("records")
    usually = {tuple(row[key] for key in PRNU_SETTINGS): row for row in rows}
    for row in rows:
        alike = tuple(usual if key == setting else row[key] for key in PRNU_SETTINGS)
        if row[setting] != usual and alike in usually:
            yield row, usually[alike]


def prnu_columns(columns: Sequence[str]) -> list[str]:
    """The columns of PRNU accuracies among those of a table, such as ``prnu_wavelet_euclidean``."""
    return [name for name in columns if name.startswith("prnu_") and not name.endswith(("_low", "_high"))]


def _controls(controls: pd.DataFrame) -> list[str]:
    return [
        f"* {_plain(row['measured'])}: {_ours(row)}, chance {_chance(row)}." for row in controls.to_dict("records")
    ]


def _chance(row: Mapping[str, Any]) -> str:
    spread = "" if pd.isna(row["chance_low"]) else f" [{row['chance_low']:.1f}, {row['chance_high']:.1f}]"
    return f"{row['chance']:.1f}{spread}"


def _ours(row: Any, number: str = ".1f", stem: str = "accuracy") -> str:
    """A mean, its deviation over seeds where there are several, and its interval."""
    mean, deviation = row.get(f"{stem}_mean", row.get(stem)), row.get(f"{stem}_std")
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    printed = f"{mean:{number}}"
    if not pd.isna(deviation):
        printed += rf" |plusmn| {deviation:.1f}"
    return printed if pd.isna(low) else f"{printed} [{low:{number}}, {high:{number}}]"


def _paper(row: pd.Series, number: str = ".1f") -> str:
    deviation = "" if pd.isna(row.paper_std) else rf" |plusmn| {row.paper_std:.1f}"
    return f"{row.paper:{number}}{deviation}"


def _plain(text: Any) -> str:
    """``text`` with all but letters and digits made to stand for itself: Snakemake takes findings for a template of
    Jinja, which can call anything, and then for reStructuredText, which can include files and HTML."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(str(text).split()))


def _titled(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}"

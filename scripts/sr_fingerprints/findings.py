"""What the report opens with: the paper's findings, each with this study's numbers and intervals, and the paper's.

Whether a finding is seen here is decided by an interval, not by eye: the 95 % interval of the difference, or of the
accuracy less chance, lies above zero, below it, or spans it. It is that over photos; of differences between scales or
losses, which are claims about networks beyond those at hand, that over photos and networks. Of too few test photos
nothing is decided (`statistics.FEWEST_PHOTOS`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.experiments import HYPERPARAMETERS
from sr_fingerprints.files import write_text
from sr_fingerprints.losses import kind
from sr_fingerprints.statistics import FEWEST_PHOTOS
from sr_fingerprints.storage import ImageFile
from sr_fingerprints.tables.paper import as_in_the_paper
from sr_fingerprints.tables.writing import read_table

Tables = Mapping[str, pd.DataFrame]


def write_findings(
    tables: Mapping[str, Path], study: Mapping[str, Any], photos: Path, introduction: Path, output: Path
) -> None:
    """Write reStructuredText: what was studied, the findings, and then the text of the file ``introduction``.

    ``tables`` are files (CSV) of the package ``tables`` by name: accuracy_by_hyperparameter, seed_triplets,
    published_networks, quality, values, and as far as the study has them backbones, parsers and controls. ``study``
    has its name, how many custom_networks and published_networks there are, and the expected_quality of custom
    networks: by kind of loss, dB of PSNR against bicubic interpolation. ``photos`` are the study's, prepared (HDF5):
    what is left of the files given without copies and unreadable ones.
    """
    read = {name: read_table(path) for name, path in tables.items()}
    paper = read["values"].set_index("name")
    with ImageFile(photos) as file:
        count = len(set(file.source))
    text = [_titled("Which network made this image?", "="), _studied(study, count, read)]
    for title, lines in findings(read, paper, study["expected_quality"]):
        text += [_titled(title, "-"), "\n".join(lines)]
    text.append(introduction.read_text(encoding="utf-8").strip())
    write_text(output, "\n\n".join(text) + "\n")


def findings(
    tables: Tables, paper: pd.DataFrame, expected_quality: Mapping[str, float]
) -> Iterator[tuple[str, list[str]]]:
    """Titles of findings, and lines (reStructuredText) under each. ``paper`` is the table of values, by name."""
    if "quality" in tables:
        yield "Do the networks super-resolve?", _against_bicubic(tables["quality"], expected_quality)
    groups = tables["accuracy_by_hyperparameter"].set_index(["hyperparameter", "value"])
    photos = groups.photos.iloc[0]
    yield "Attribution", _attribution(groups, tables, paper)
    compared = [value for kind, value in groups.index if kind == "difference"]
    scales = [value for value in compared if value.startswith("scale")]
    if scales:
        difference = groups.loc[("difference", scales[0])]
        yield (
            "Larger scales leave more distinctive fingerprints",
            _difference(difference, photos, paper.loc["ScaleAccRange"]),
        )
    if "adversarial - L1" in compared:
        difference = groups.loc[("difference", "adversarial - L1")]
        yield "Adversarial losses do so too", _difference(difference, photos, paper.loc["LossAccRange"])
    if "adversarial - perceptual" in compared:
        yield "The adversarial part of a loss, and the perceptual one", _loss_parts(groups, photos)
    if len(tables["seed_triplets"]):
        title = "Networks that differ by their seed alone are told apart"
        yield title, _seeds(tables["seed_triplets"], photos, paper)
    if "parsers" in tables:
        yield "Parsing of networks with a value that was never seen", _parsing(tables["parsers"], photos, paper)
    if "quality" in tables and (quality := _quality(tables["quality"])):
        yield "Image quality, beside the networks of the paper", quality
    if prnu_columns(groups.columns):
        title = "PRNU, matched as the paper does and as the field does"
        yield title, _prnu(groups, tables["seed_triplets"], photos, paper)
    if "prnu" in tables and (lines := _what_prnu_depends_on(tables["prnu"], photos)):
        yield "What PRNU depends on: the arithmetic of its sums, and the grid of upsampling", lines
    if "controls" in tables:
        yield "Controls", _controls(tables["controls"])


def verdict(low: float, high: float, photos: float, reference: float = 0.0) -> str:
    """What an interval of this many ``photos`` says of a quantity that a finding takes to be above ``reference``."""
    if photos < FEWEST_PHOTOS:
        return f"undecided: {photos:.0f} {'photo is' if photos == 1 else 'photos are'} too few"
    if low > reference:
        return "seen here"
    return "the opposite is seen here" if high < reference else "undecided here"


def _studied(study: Mapping[str, Any], photos: int, tables: Tables) -> str:
    tested = tables["accuracy_by_hyperparameter"].photos[0]
    return (
        f"Study **{_plain(study['name'])}**: {study['custom_networks']} custom networks, "
        f"{study['published_networks']} published ones, {photos:,} photos, {tested:.0f} of them for test. "
        "The paper has 180, 25, 1,000 and 100. Numbers are in per cent or points; in brackets stand 95 % intervals "
        "over the test photos, after |plusmn| deviations over classifier seeds. "
        f"From fewer than {FEWEST_PHOTOS} test photos nothing is decided.\n\n.. |plusmn| unicode:: U+00B1"
    )


def _against_bicubic(quality: pd.DataFrame, expected: Mapping[str, float]) -> list[str]:
    """Which networks are further from the photos than bicubic interpolation; where these are custom, a warning."""
    networks = quality[quality.network != "mean"].sort_values("psnr_gain", kind="stable")
    lines = []
    for loss, least in expected.items():
        of_loss = networks[(networks.origin == "custom") & (networks.loss.map(kind) == loss)]
        below = of_loss[~(of_loss.psnr_gain >= least)]
        if len(below):
            lines.append(
                f"* **WARNING: {len(below)} of {len(of_loss)} {loss} networks fail what is expected of them**, "
                f"{least:+.1f} dB of PSNR against bicubic interpolation: {_gains(below)}. "
                "What tells them apart may be how they fail."
            )
    for origin, of_origin in networks.groupby("origin"):
        worse = of_origin[~(of_origin.psnr_gain >= 0)]
        told = f"{len(worse)} of {len(of_origin)} {origin} networks are worse than bicubic interpolation"
        means = quality[(quality.network == "mean") & (quality.origin == origin)]
        groups = ", ".join(f"{row.scale}X {_plain(row.loss)} {row.psnr_gain:+.2f}" for row in means.itertuples())
        if origin == "custom" and len(worse):
            told = f"**WARNING: {told}**"
        line = f"* {told} (PSNR)" + (f": {_gains(worse)}" if len(worse) else "")
        lines.append(f"{line}. Means in dB against it: {groups}.")
    return lines


def _gains(networks: pd.DataFrame, most: int = 10) -> str:
    """The first networks by name, with dB against bicubic interpolation, and how many more there are."""
    named = [f"{_plain(row.network)} {row.psnr_gain:+.2f} dB" for row in networks.head(most).itertuples()]
    return ", ".join(named) + (f" and {len(networks) - most} more" if len(networks) > most else "")


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


def _difference(difference: pd.Series, photos: float, paper: pd.Series) -> list[str]:
    return [f"**{_seen(difference, photos)}**: {_both(difference)} points; paper {_paper(paper, '+.1f')} points."]


def _seen(difference: pd.Series, photos: float, stem: str = "accuracy") -> str:
    """The verdict on a difference between kinds of networks: these are drawn too."""
    return verdict(difference[f"{stem}_networks_low"], difference[f"{stem}_networks_high"], photos)


def _both(difference: pd.Series, stem: str = "accuracy") -> str:
    """A difference, its interval over photos, and that over photos and networks."""
    low, high = difference[f"{stem}_networks_low"], difference[f"{stem}_networks_high"]
    too = "" if pd.isna(low) else f", over networks too [{low:+.1f}, {high:+.1f}]"
    return _ours(difference, "+.1f", stem) + too


def _loss_parts(groups: pd.DataFrame, photos: float) -> list[str]:
    """What a perceptual loss without a discriminator adds to L1, and a discriminator to that."""
    lines = []
    for added, name in (
        ("perceptual loss", "perceptual - L1"),
        ("discriminator beside it", "adversarial - perceptual"),
    ):
        difference = groups.loc[("difference", name)]
        lines.append(
            f"* That a {added} makes fingerprints more distinctive: **{_seen(difference, photos)}**, "
            f"{_both(difference)} points ({name.replace(' - ', ' less ')}). "
            "The paper has no losses without a discriminator."
        )
    return lines


def _seeds(triplets: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    everything = as_in_the_paper(triplets).iloc[-1]
    seen = verdict(everything.accuracy_low, everything.accuracy_high, photos, everything.chance)
    named = _paper(paper.loc["DistinctionBetweenSeedAcc"])
    line = f"**{seen}**: {_ours(everything)}, chance {everything.chance:.1f}; paper {named}."
    if not pd.isna(everything.left_out):
        line += f" Both are without {_plain(everything.left_out)}; with it we have {_ours(triplets.iloc[-1])}."
    return [line]


def _parsing(parsers: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """One line a task: the least and the greatest accuracy, and in how many cells it is above chance."""
    lines = []
    unseen = parsers[parsers.tested_on == "unseen"]
    for task in HYPERPARAMETERS:
        cells = unseen[unseen.task == task].sort_values("accuracy_mean")
        if cells.empty:
            continue
        verdicts = [
            verdict(cell.accuracy_low, cell.accuracy_high, photos, cell.chance) for cell in cells.itertuples()
        ]
        above = f"above chance ({cells.chance.iloc[0]:.1f}) in {verdicts.count('seen here')} of {len(cells)} cells"
        least, most = cells.iloc[0], cells.iloc[-1]
        printed = paper.paper[paper.index.str.startswith(f"{task}Withholding")]
        lines.append(
            f"* {task}: {above if photos >= FEWEST_PHOTOS else verdicts[0]}; from "
            f"{_ours(least)} (without {_plain(least.withheld)}) to {_ours(most)} (without {_plain(most.withheld)}); "
            f"paper {printed.min():.1f} to {printed.max():.1f}."
        )
    return lines


def _quality(quality: pd.DataFrame) -> list[str]:
    """PSNR of the networks that have the names of the paper's, by scale and loss, beside the paper's (Table 8).

    Photos are others, and so is their PSNR: what can be compared is by how much a loss is below L1, and how far the
    published networks, which are the same, are from what the paper has for them.
    """
    known = quality[quality.network != "mean"].dropna(subset=["psnr_paper"])
    is_custom = known.origin == "custom"
    groups = known[is_custom].groupby(["scale", "loss"], sort=False)
    table = groups[["psnr_mean", "psnr_paper"]].mean().assign(networks=groups.size())
    lines = []
    for (scale, loss), row in table.iterrows():
        line = (
            f"* {scale}X, {_plain(loss)}: {row.psnr_mean:.2f} dB over {row.networks:.0f}, paper {row.psnr_paper:.2f}"
        )
        if loss != "L1" and (scale, "L1") in table.index:
            below = row - table.loc[(scale, "L1")]
            line += f"; less L1 {below.psnr_mean:+.2f}, paper {below.psnr_paper:+.2f}"
        lines.append(line + ".")
    published = known[~is_custom]
    if lines and len(published):
        offset = (published.psnr_mean - published.psnr_paper).median()
        lines.append(
            f"* Published networks of both studies ({len(published)}): {offset:+.2f} dB (median) against the paper, "
            "through the photos alone."
        )
    return lines


def _prnu(groups: pd.DataFrame, triplets: pd.DataFrame, photos: float, paper: pd.DataFrame) -> list[str]:
    """How far each match gets, and which losses' networks have the more distinctive PRNU by it."""
    lines, found = [], set()
    custom = groups.loc[("all", "all")]
    adversarial = ("difference", "adversarial - L1")
    for column in prnu_columns(groups.columns):
        denoiser, match = column.split("_")[1:]
        line = f"* {match} ({denoiser}): {_ours(custom, stem=column)} of custom networks, chance {custom.chance:.1f}"
        if len(triplets):
            everything = as_in_the_paper(triplets).iloc[-1]
            line += f"; {_ours(everything, stem=column)} within seed triplets, chance {everything.chance:.1f}"
        if adversarial in groups.index:
            gap = groups.loc[adversarial]
            more = MORE_DISTINCTIVE.get(_seen(gap, photos, column), "neither")
            line += f"; adversarial less L1 {_both(gap, column)} points: {more} is more distinctive"
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


def _what_prnu_depends_on(table: pd.DataFrame, photos: float) -> list[str]:
    """Experiments beside those that differ from them in one setting alone: int8 sums, a shift, a snapped grid."""
    lines = [*_wrapped_sums(table, photos)]
    for setting, usual in (("shift", "0, 0"), ("grid", "free")):
        for row, other in _varied(table, setting, usual):
            moved = f"test crops shifted by ({row['shift']})" if setting == "shift" else "crops snapped to the grid"
            lines.append(
                f"* {moved}, {row['match']} ({row['denoiser']}, grid {row['grid']}): {_ours(row)} instead of "
                f"{_ours(other)}, chance {row['chance']:.1f}; {other['periodic']:.1f} % of the fingerprints' energy "
                "repeats with the upsampling."
            )
    return lines


def _wrapped_sums(table: pd.DataFrame, photos: float) -> Iterator[str]:
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
            more = [MORE_DISTINCTIVE.get(_seen(one, photos, "difference"), "neither") for one in (row, other)]
            found.append(tuple(more))
            line += (
                f"; adversarial less L1 {_both(row, 'difference')} points, with exact sums "
                f"{_both(other, 'difference')}: {more[0]} is more distinctive by the former, {more[1]} by the latter"
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
        f"* {_plain(row['measured'])}: {_ours(row)}, chance {_chance(row)}{_apart(row)}."
        for row in controls.to_dict("records")
    ]


def _apart(row: Mapping[str, Any]) -> str:
    """How far the images of twins differ: not at all, and nothing could tell them apart."""
    if pd.isna(row["pixels_differ"]):
        return ""
    differ, greatest = row["pixels_differ"], row["greatest_difference"]
    return f"; {differ:.1f} % of their pixels differ, by up to {greatest:.0f} grey levels"


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

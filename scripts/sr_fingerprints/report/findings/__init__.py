"""The opening of the report: the paper's findings, each with this study's numbers and intervals beside the paper's.

An interval decides whether a finding is seen here: the 95 % interval of the difference, or of the accuracy minus
chance, lies above zero, below it, or contains it. It is taken over photos; for differences between scales or losses,
which are claims about networks beyond those at hand, over photos and networks. With too few test photos nothing is
decided (`statistics.FEWEST_PHOTOS`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.files.table_rows import row_at
from sr_fingerprints.report.findings.fingerprints import (
    attribution,
    control_findings,
    kind_difference,
    loss_parts,
    parsing,
    seeds,
)
from sr_fingerprints.report.findings.image_quality import against_bicubic, quality_against_paper
from sr_fingerprints.report.findings.prnu import prnu_columns, prnu_dependencies, prnu_matches
from sr_fingerprints.report.findings.wording import escape_rst, heading
from sr_fingerprints.tables.statistics import FEWEST_PHOTOS
from sr_fingerprints.tables.writing import read_table

Tables = Mapping[str, pd.DataFrame]


def write_findings(
    tables: Mapping[str, Path], study: Mapping[str, Any], photos: Path, introduction: Path, output: Path
) -> None:
    """Write reStructuredText: a summary of the study, the findings, then the text of the file ``introduction``.

    ``tables`` are CSV files by name: accuracy_by_hyperparameter, seed_triplets, published_networks, quality, values,
    and backbones, parsers, controls and prnu where the study has them. ``study`` has its name, the numbers of
    custom_networks and published_networks, and expected_quality: for each kind of loss, the least PSNR gain over
    bicubic interpolation (dB) of a custom network. ``photos`` is the HDF5 file of prepared photos, without copies and
    unreadable files.
    """
    read = {name: read_table(path) for name, path in tables.items()}
    paper = read["values"].set_index("name")
    with ImageFile(photos) as file:
        count = len(set(file.source))
    text = [heading("Which network made this image?", "="), study_summary(study, count, read)]
    for title, lines in findings(read, paper, study["expected_quality"]):
        text += [heading(title, "-"), "\n".join(lines)]
    text.append(introduction.read_text(encoding="utf-8").strip())
    write_text(output, "\n\n".join(text) + "\n")


def findings(
    tables: Tables, paper: pd.DataFrame, expected_quality: Mapping[str, float]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the title of each finding and its lines (reStructuredText). ``paper`` is the table of values, by name."""
    if "quality" in tables:
        yield "Do the networks super-resolve?", against_bicubic(tables["quality"], expected_quality)
    groups = tables["accuracy_by_hyperparameter"].set_index(["hyperparameter", "value"])
    photos = groups.photos.iloc[0]
    yield "Attribution", attribution(groups, tables, paper)
    compared = [value for kind, value in groups.index if kind == "difference"]
    scales = [value for value in compared if value.startswith("scale")]
    if scales:
        difference = row_at(groups, ("difference", scales[0]))
        yield (
            "Larger scales leave more distinctive fingerprints",
            kind_difference(difference, photos, row_at(paper, "ScaleAccRange")),
        )
    if "adversarial - L1" in compared:
        difference = row_at(groups, ("difference", "adversarial - L1"))
        title = "Adversarial losses leave more distinctive fingerprints than L1"
        yield title, kind_difference(difference, photos, row_at(paper, "LossAccRange"))
    if "adversarial - perceptual" in compared:
        yield "Which part of a loss leaves the fingerprint: perceptual or adversarial?", loss_parts(groups, photos)
    if len(tables["seed_triplets"]):
        title = "Networks that differ only in their seed are told apart"
        yield title, seeds(tables["seed_triplets"], photos, paper)
    if "parsers" in tables:
        yield "Parsing networks with a value unseen in training", parsing(tables["parsers"], photos, paper)
    if "quality" in tables and (quality := quality_against_paper(tables["quality"])):
        yield "Image quality compared with the paper's networks", quality
    if prnu_columns(groups.columns):
        title = "PRNU: the paper's matching and the standard one"
        yield title, prnu_matches(groups, tables["seed_triplets"], photos, paper)
    if "prnu" in tables and (lines := prnu_dependencies(tables["prnu"], photos)):
        yield "What PRNU depends on: int8 sums and the upsampling grid", lines
    if "controls" in tables:
        yield "Controls", control_findings(tables["controls"])


def study_summary(study: Mapping[str, Any], photos: int, tables: Tables) -> str:
    """Number of networks and photos in this study and in the paper, and how numbers are printed."""
    tested = tables["accuracy_by_hyperparameter"].photos[0]
    return (
        f"Study **{escape_rst(study['name'])}**: {study['custom_networks']} custom networks, "
        f"{study['published_networks']} published ones, {photos:,} photos, {tested:.0f} of them for testing "
        "(in the paper: 180, 25, 1,000 and 100). Numbers are in per cent or percentage points; |plusmn| is the "
        "standard deviation over classifier seeds, brackets are 95 % intervals over the test photos. "
        f"With fewer than {FEWEST_PHOTOS} test photos nothing is decided.\n\n.. |plusmn| unicode:: U+00B1"
    )

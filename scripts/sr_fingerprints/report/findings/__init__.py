"""Opening of the report: the paper's findings, each with the numbers of this study and of the paper.

A finding is decided by an interval: the 95 % interval of the difference, or of the accuracy minus chance, lies above
zero, below it, or spans it. The interval is over photos, and for differences between scales or losses, which are
claims about networks in general, over photos and networks. With fewer than `statistics.FEWEST_PHOTOS` test photos,
findings are undecided.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.files.table_rows import row_at
from sr_fingerprints.report.findings.fingerprints import (
    attribution_findings,
    control_findings,
    difference_findings,
    loss_part_findings,
    parsing_findings,
    seed_findings,
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
    """Write reStructuredText: a summary of the study, the findings, and the text of the file ``introduction``.

    ``tables`` are files (CSV) of the package ``tables`` by name: accuracy_by_hyperparameter, seed_triplets,
    published_networks, quality, values, and if the study has them backbones, parsers, prnu and controls. ``study``
    has its name, the numbers of custom_networks and published_networks, and the expected_quality of custom networks:
    by kind of loss, the minimum PSNR gain in dB over bicubic interpolation. ``photos`` are the prepared photos
    (HDF5), without copies and unreadable files.
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
    """Titles of findings, and the lines (reStructuredText) below each. ``paper`` is the table of values, by name."""
    if "quality" in tables:
        yield "Do the networks super-resolve?", against_bicubic(tables["quality"], expected_quality)
    groups = tables["accuracy_by_hyperparameter"].set_index(["hyperparameter", "value"])
    photos = groups.photos.iloc[0]
    yield "Attribution", attribution_findings(groups, tables, paper)
    compared = [value for kind, value in groups.index if kind == "difference"]
    scales = [value for value in compared if value.startswith("scale")]
    if scales:
        difference = row_at(groups, ("difference", scales[0]))
        yield (
            "Larger scales leave more distinctive fingerprints",
            difference_findings(difference, photos, row_at(paper, "ScaleAccRange")),
        )
    if "adversarial - L1" in compared:
        difference = row_at(groups, ("difference", "adversarial - L1"))
        yield "Adversarial losses do so too", difference_findings(difference, photos, row_at(paper, "LossAccRange"))
    if "adversarial - perceptual" in compared:
        yield "The adversarial part of a loss, and the perceptual one", loss_part_findings(groups, photos)
    if len(tables["seed_triplets"]):
        title = "Networks that differ by their seed alone are told apart"
        yield title, seed_findings(tables["seed_triplets"], photos, paper)
    if "parsers" in tables:
        yield (
            "Parsing of networks with a value that was never seen",
            parsing_findings(tables["parsers"], photos, paper),
        )
    if "quality" in tables and (quality := quality_against_paper(tables["quality"])):
        yield "Image quality, beside the networks of the paper", quality
    if prnu_columns(groups.columns):
        title = "PRNU, matched as the paper does and as the field does"
        yield title, prnu_matches(groups, tables["seed_triplets"], photos, paper)
    if "prnu" in tables and (lines := prnu_dependencies(tables["prnu"], photos)):
        yield "What PRNU depends on: the arithmetic of its sums, and the grid of upsampling", lines
    if "controls" in tables:
        yield "Controls", control_findings(tables["controls"])


def study_summary(study: Mapping[str, Any], photos: int, tables: Tables) -> str:
    tested = tables["accuracy_by_hyperparameter"].photos[0]
    return (
        f"Study **{escape_rst(study['name'])}**: {study['custom_networks']} custom networks, "
        f"{study['published_networks']} published ones, {photos:,} photos, {tested:.0f} of them for test. "
        "The paper has 180, 25, 1,000 and 100. Numbers are in per cent or points; in brackets stand 95 % intervals "
        "over the test photos, after |plusmn| deviations over classifier seeds. "
        f"From fewer than {FEWEST_PHOTOS} test photos nothing is decided.\n\n.. |plusmn| unicode:: U+00B1"
    )

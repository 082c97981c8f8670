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
from sr_fingerprints.report.columns import with_acronyms
from sr_fingerprints.report.findings.attacks import attack_findings
from sr_fingerprints.report.findings.derived_networks import derived_findings
from sr_fingerprints.report.findings.evidence import weight_of_evidence
from sr_fingerprints.report.findings.fingerprints import (
    attribution,
    control_findings,
    kind_difference,
    loss_parts,
    parsing,
    seeds,
)
from sr_fingerprints.report.findings.grid_and_texture import grid_and_texture_findings
from sr_fingerprints.report.findings.image_quality import against_bicubic, quality_against_paper
from sr_fingerprints.report.findings.open_set import unknown_grouped, unknown_recognised
from sr_fingerprints.report.findings.pipelines import photo_source_findings, pipeline_findings
from sr_fingerprints.report.findings.prnu import prnu_columns, prnu_dependencies, prnu_matches
from sr_fingerprints.report.findings.robustness import robustness_findings
from sr_fingerprints.report.findings.single_images import single_image_findings
from sr_fingerprints.report.findings.wording import escape_rst, heading
from sr_fingerprints.study.tabulated import name_of_published
from sr_fingerprints.tables.statistics import FEWEST_PHOTOS
from sr_fingerprints.tables.writing import read_table

Tables = Mapping[str, pd.DataFrame]
ACCURACY = "accuracy_mean"
"""The column of classifiers' accuracies, which a table of PRNU alone does not have."""


def write_findings(
    tables: Mapping[str, Path],
    study: Mapping[str, Any],
    left_out: Mapping[str, Any],
    photos: Path,
    introduction: Path,
    output: Path,
) -> None:
    """Write reStructuredText: a summary of the study, the findings, then the text of the file ``introduction``.

    ``tables`` are CSV files by name, those that the study has of accuracy_by_hyperparameter, seed_triplets,
    published_networks, quality, values, backbones, parsers, controls, prnu, and of those beyond the paper. ``study``
    has its name, the numbers of custom_networks, published_networks and own_networks, and expected_quality: for each
    kind of loss, the least PSNR gain over bicubic interpolation (dB) of a custom network. ``left_out`` is that of
    `without`. ``photos`` is the HDF5 file of prepared photos, without copies and unreadable files.
    """
    read = {name: read_table(path) for name, path in tables.items()}
    with ImageFile(photos) as file:
        count, tested = len(set(file.source)), len(set(file.source[file.indices("test")]))
    text = [heading("Which network made this image?", "="), study_summary(study, count, tested)]
    for title, lines in [*findings(read, study, tested), *without(left_out)]:
        text += [heading(title, "-"), "\n".join(lines)]
    text.append(introduction.read_text(encoding="utf-8").strip())
    write_text(output, "\n\n".join(text) + "\n")


def findings(tables: Tables, study: Mapping[str, Any], photos: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the title of each finding that the ``tables`` have, and its lines (reStructuredText).

    ``study`` is that of `write_findings`, ``photos`` the number of test photos.
    """
    given = name_of_published(study["published_networks"], study["own_networks"])
    paper = tables["values"].set_index("name") if "values" in tables else pd.DataFrame()
    groups, triplets = (tables.get(name) for name in ("accuracy_by_hyperparameter", "seed_triplets"))
    if groups is not None:
        groups = groups.set_index(["hyperparameter", "value"])
    if "quality" in tables:
        yield "Do the networks super-resolve?", against_bicubic(tables["quality"], study["expected_quality"], given)
    if lines := attribution(groups, tables, paper, given):
        yield "Attribution", lines
    if groups is not None and ACCURACY in groups:
        yield from _differences(groups, photos, paper)
    if triplets is not None and ACCURACY in triplets:
        title = "Networks that differ only in their seed are told apart"
        yield title, seeds(triplets, photos, paper)
    if "parsers" in tables and (lines := parsing(tables["parsers"], photos, paper)):
        yield "Parsing networks with a value unseen in training", lines
    if "quality" in tables and (quality := quality_against_paper(tables["quality"])):
        yield "Image quality compared with the paper's networks", quality
    if groups is not None and prnu_columns(groups.columns):
        title = "PRNU: the paper's matching and the standard one"
        yield title, prnu_matches(groups, triplets, photos, paper)
    if "prnu" in tables and (lines := prnu_dependencies(tables["prnu"], photos)):
        yield "What PRNU depends on: int8 sums and the upsampling grid", lines
    if "controls" in tables and (lines := control_findings(tables["controls"])):
        yield "Controls", lines
    if "robustness" in tables:
        yield "Outside the laboratory: degraded images", robustness_findings(tables["robustness"], photos, given)
    if "open_set" in tables:
        yield "Networks that nobody has seen: recognised as unknown?", unknown_recognised(tables["open_set"], photos)
    if "unknown_networks" in tables and (lines := unknown_grouped(tables["unknown_networks"])):
        yield "Networks that nobody has seen: told from each other?", lines
    if "derived_networks" in tables:
        yield "Networks derived from others", derived_findings(tables["derived_networks"], photos)
    if lines := weight_of_evidence(tables, photos, given):
        yield "The weight of evidence: how sure an attribution may be called", lines
    if lines := grid_and_texture_findings(tables, photos, given):
        yield "What the fingerprint is: the upsampling grid, or texture", lines
    if "pipelines" in tables:
        yield "Is the network recognised, or how it was applied?", pipeline_findings(tables["pipelines"], photos)
    if "photo_sources" in tables:
        title = "Does attribution hold for photos of another source?"
        yield title, photo_source_findings(tables["photo_sources"])
    if "attacks" in tables and (lines := attack_findings(tables["attacks"], photos)):
        yield "Attacks: hiding a network, or blaming another", lines
    if lines := single_image_findings(tables, photos):
        yield "Which network made a single image?", lines


def _differences(groups: pd.DataFrame, photos: float, paper: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Findings about differences between the networks of two scales, or of two kinds of losses."""
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


def without(left_out: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield what the report is without, if anything, in the form of `findings`.

    ``left_out`` has items, tables and figures with what the study would need for them (such as ``tables/parsers``:
    ``parsing of hyperparameters``), the names of experiments that are in no table or figure, and networks that were
    left out with the reason.
    """
    by_need: dict[str, list[str]] = {}
    for item, need in left_out["items"].items():
        folder, name = item.split("/")
        by_need.setdefault(need, []).append(f"{folder.removesuffix('s')} {with_acronyms(name)}")
    lines = [f"* No {escape_rst(need)}, so no {escape_rst(', '.join(items))}." for need, items in by_need.items()]
    if left_out["experiments"]:
        lines.append(
            f"* In no table or figure: {escape_rst(', '.join(left_out['experiments']))}. What they predict is in the "
            "folder predictions."
        )
    if left_out["networks"]:
        names = escape_rst(", ".join(left_out["networks"]))
        lines.append(f"* Without networks that were asked for, {names}, since {escape_rst(left_out['reason'])}.")
    if lines:
        yield "What this study is without", lines


def study_summary(study: Mapping[str, Any], photos: int, tested: int) -> str:
    """Number of networks and photos in this study and in the paper, and how numbers are printed."""
    own = study["own_networks"]
    return (
        f"Study **{escape_rst(study['name'])}**: {study['custom_networks']} custom networks, "
        f"{study['published_networks']} published ones, {f'{own} own ones, ' if own else ''}"
        f"{photos:,} photos, {tested} of them for testing "
        f"(in the paper: 180, 25, {'0, ' if own else ''}1,000 and 100). "
        "Numbers are in per cent or percentage points; |plusmn| is the standard deviation over classifier seeds, "
        "brackets are 95 % intervals over the test photos. "
        f"With fewer than {FEWEST_PHOTOS} test photos nothing is decided.\n\n.. |plusmn| unicode:: U+00B1"
    )

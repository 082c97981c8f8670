"""What the report is made from: files of a finished study, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.files.patches import Patches, read_patches
from sr_fingerprints.fingerprints.measured import Measured, read_measured
from sr_fingerprints.report.items import Item
from sr_fingerprints.report.ran import Study
from sr_fingerprints.study.network_table import read_network_table
from sr_fingerprints.tables.writing import read_table


@dataclass(frozen=True)
class Sources:
    """Files of a study, and what its rules know of it."""

    items: Sequence[Item]
    findings: Path  # reStructuredText
    templates: Path  # folder
    predictions: Sequence[Path]  # HDF5
    photos: Path  # HDF5
    networks: Path  # CSV
    patches: Path  # HDF5, see `files.patches`
    measured: Path | None  # HDF5, see `fingerprints.measured`; None in a study that measures none
    confusion: Path | None  # CSV: actual, predicted, share; None in a study without classifiers of networks
    pairs: Path | None  # CSV of a bundle: first, second, test_confusion
    counts: Mapping[str, Any]  # see `findings.write_findings`, whose ``study`` it is
    stands_for: Mapping[str, str]  # see `values.our_values`
    study: Study


@dataclass(frozen=True)
class Contents:
    """What is in the files."""

    tables: Mapping[str, pd.DataFrame]
    networks: pd.DataFrame  # those with a page: custom, published and own ones, in the order of the table
    patches: Patches
    measured: Measured | None
    confusion: pd.DataFrame | None
    pairs: pd.DataFrame | None
    photos: int
    tested: int  # photos


def read_contents(sources: Sources) -> Contents:
    """Read all files. Raises `InputError` with the file's name when one is damaged."""
    networks = read_network_table(sources.networks)
    patches = read_patches(sources.patches)
    with ImageFile(sources.photos) as file:
        photos, tested = len(set(file.source)), len(set(file.source[file.indices("test")]))
    return Contents(
        {item.file.stem: read_table(item.file) for item in sources.items if item.folder == "tables"},
        networks[networks.network.isin(patches.network)],
        patches,
        read_measured(sources.measured) if sources.measured else None,
        read_csv(sources.confusion, "a table of confusions") if sources.confusion else None,
        read_csv(sources.pairs, "a table of confusions") if sources.pairs else None,
        photos,
        tested,
    )
